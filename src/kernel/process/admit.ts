/** A new entry of the process table, with what it holds: common to every kind of process. */
import { Errno } from '../../base/errno.ts';
import type { ProcessBounds, ProcessCapabilities } from '../../protocol/container.ts';
import { ControlWord, FRESH_CONTROL_WORDS } from '../../protocol/ipc-layout.ts';
import type { DescriptorGrant, ProcessCredentials } from '../../protocol/process.ts';
import { narrowed } from './bounds.ts';
import { type Grants, narrowedGrants } from '../capabilities.ts';
import type { Program } from './exec.ts';
import type { Kernel } from '../kernel.ts';
import { Process } from './process.ts';
import { ignoredBy } from './signals.ts';
import type { Thread } from './threads.ts';

export interface StartRequest {
  /** A number that was reserved. Left out: the next. */
  pid?: number;
  program: Program;
  cwd: string;
  descriptors: (DescriptorGrant | null)[];
  ppid: number;
  /** Left out: a new group and session of its own. */
  group?: { pgid: number; sid: number };
  /** A new group in the session given by `group`. */
  ownGroup?: boolean;
  terminal: number | null;
  credentials: ProcessCredentials;
  /** Signals, as two masks; left out: those of a program that nobody started. */
  ignored?: readonly [low: number, high: number];
  bounds?: ProcessBounds;
  capabilities?: ProcessCapabilities;
  /** A thread of a process rather than a process. */
  thread?: { leader: Process; processKey: string; init: unknown; transfer: Transferable[] };
}

/** → the process, or -EAGAIN at the limit of processes. Takes no reference to descriptors when it fails. */
export function admit(
  kernel: Kernel,
  request: StartRequest,
  runtime: 'browser' | 'remote',
  takeThread: () => Thread | undefined,
): Process | number {
  const { table, options } = kernel;
  const thread = kernel.hasRoom ? takeThread() : undefined;
  if (thread === undefined) {
    kernel.emit({ type: 'limit', limit: 'processes', pid: request.ppid });
    return -Errno.EAGAIN;
  }
  const { program } = request;
  const pid = request.pid ?? table.nextPid();
  const process = new Process(kernel.memory, thread, {
    pid,
    ppid: request.ppid,
    pgid: request.ownGroup ? pid : (request.group?.pgid ?? pid),
    sid: request.group?.sid ?? pid,
    argv: program.argv,
    env: program.env,
    execPath: program.execPath,
    cwd: request.cwd,
    descriptors: request.descriptors,
    credentials: request.credentials,
    grants: grantsOf(kernel, request),
    bounds: narrowed(table.get(request.ppid)?.bounds, options.limits, request.bounds),
    terminal: request.terminal,
    runtime,
    program: program.kind === 'wasi' ? 'wasi' : 'node',
    ...(request.thread ? { leader: request.thread.leader } : {}),
  });
  for (const word of FRESH_CONTROL_WORDS) process.setWord(word, 0);
  ignore(process, request.ignored ?? ignoredBy(undefined, program, undefined));
  table.add(process);
  kernel.watchdog.watch(process);
  holdDescriptors(kernel, process, request.descriptors);
  return process;
}

/** Before its program starts. */
export function ignore(process: Process, [low, high]: readonly [low: number, high: number]): void {
  process.setWord(ControlWord.ignoredLow, low);
  process.setWord(ControlWord.ignoredHigh, high);
}

/** The process has its own reference to each. */
export function holdDescriptors(
  { books, volume, trees }: Kernel,
  process: Process,
  descriptors: readonly (DescriptorGrant | null)[],
): void {
  for (const grant of descriptors) {
    if (grant?.kind === 'stream') books.hold(process.holdings, grant);
    else if (grant?.kind === 'file') volume.share(grant.ofd, process.slot);
    else if (grant?.kind === 'tree') trees.hold(grant.handle, process);
  }
}

/** What the process to be may do: at most what its parent may, and the container as a whole. */
export function grantsOf({ table, options }: Kernel, { ppid, capabilities }: StartRequest): Grants {
  return narrowedGrants(table.get(ppid)?.grants, options.process, capabilities);
}
