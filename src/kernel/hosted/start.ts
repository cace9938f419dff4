/**
 * Programs that have no thread of their own: the kernel runs them, event by event. To everyone else they are processes:
 * they have a pid, a parent, a group and descriptors, take signals, and are waited for.
 */
import { admit, type StartRequest } from '../process/admit.ts';
import type { Kernel } from '../kernel.ts';
import type { ExitInfo, Process } from '../process/process.ts';
import { BrokenPipe, HostedIo } from './io.ts';

export interface HostedStart {
  readonly argv: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly cwd: string;
}

/** Runs the program to its end. */
export type HostedMain = (io: HostedIo, start: HostedStart) => Promise<ExitInfo>;

const SIGPIPE_STATUS = 141;

/** → the process, or -EAGAIN at the limit of processes. Takes no reference to descriptors when it fails. */
export function startHosted(
  kernel: Kernel,
  request: StartRequest,
  runtime: 'browser' | 'remote',
  main: HostedMain,
): Process | number {
  const process = admit(kernel, request, runtime, () => kernel.threads.takeSlot());
  if (typeof process === 'number') return process;
  // No thread of it runs that could hold a lock when it is killed.
  process.exitedItself = true;
  kernel.emit({ type: 'process', event: 'start', process: process.facts });
  // In a task of its own: whoever spawned it has its answer first.
  const { argv, env } = request.program;
  const io = new HostedIo(kernel, process, request.descriptors);
  setTimeout(() => void runHosted(kernel, io, { argv, env, cwd: request.cwd }, main));
  return process;
}

/** Runs it to its end, which is the process's. */
export async function runHosted(
  kernel: Kernel,
  io: HostedIo,
  start: HostedStart,
  main: HostedMain,
): Promise<void> {
  let exit: ExitInfo;
  try {
    exit = await main(io, start);
  } catch (error) {
    exit = { code: error instanceof BrokenPipe ? SIGPIPE_STATUS : 1, signal: 0 };
    if (!(error instanceof BrokenPipe)) {
      const text = error instanceof Error ? error.message : String(error);
      await io.write(2, `${start.argv[0] ?? ''}: ${text}\n`).catch(() => undefined);
    }
  }
  kernel.table.finish(io.process, exit);
}
