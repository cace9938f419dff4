/** Giving a program a thread: the common end of every spawn. */
import { NODE_COMMANDS } from '../../protocol/node-commands.ts';
import type { RunMessage, ThreadRole } from '../../protocol/process.ts';
import { admit, grantsOf, type StartRequest } from './admit.ts';
import { Errno } from '../../base/errno.ts';
import { grantedEnvironment, kernelRefusal } from '../capabilities.ts';
import { startHostedProgram } from '../hosted/programs.ts';
import type { Program } from './exec.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from './process.ts';

/** Which kind of thread runs it: commands that are Node programs need Node. */
export function roleOf(program: Program): ThreadRole {
  return program.kind === 'userland' && !NODE_COMMANDS.includes(program.name) ? 'userland' : 'main';
}

const STANDARD_STREAMS = 3;

/** Node opens /dev/null in the place of a standard stream that was closed (PlatformInit): what it opens later is none. */
function withStandardStreams(descriptors: StartRequest['descriptors']): StartRequest['descriptors'] {
  const all = [...descriptors];
  for (let fd = 0; fd < STANDARD_STREAMS; fd++) all[fd] ??= { kind: 'null' };
  return all;
}

/** What a thread is told of the program that it is to run. */
export function runMessage(
  program: Program & { kind: Exclude<Program['kind'], 'hosted'> },
  place: Pick<StartRequest, 'cwd' | 'descriptors' | 'ppid' | 'terminal' | 'credentials'> & { pid: number },
): RunMessage {
  return {
    type: 'run',
    pid: place.pid,
    ppid: place.ppid,
    argv: program.argv,
    program: program.kind === 'userland' ? { kind: 'userland', name: program.name } : { kind: program.kind },
    execPath: program.execPath,
    env: program.env,
    cwd: place.cwd,
    credentials: place.credentials,
    descriptors: program.kind === 'node' ? withStandardStreams(place.descriptors) : place.descriptors,
    tty: place.terminal,
  };
}

/** → the process, -EAGAIN at the limit of processes, or -EACCES. Takes no reference to descriptors when it fails. */
export function startProcess(kernel: Kernel, wanted: StartRequest): Process | number {
  const refusal = kernelRefusal(kernel, wanted.program);
  if (refusal !== undefined) {
    kernel.emit({ type: 'error', message: refusal });
    return -Errno.EACCES;
  }
  const env = grantedEnvironment(grantsOf(kernel, wanted), wanted.program.env);
  const request = { ...wanted, program: { ...wanted.program, env } };
  const { threads } = kernel;
  const { thread: beside } = request;
  if (request.program.kind === 'hosted') return startHostedProgram(kernel, request, request.program.name);
  const process = admit(kernel, request, 'browser', () =>
    threads.take(beside ? 'thread' : roleOf(request.program)),
  );
  if (typeof process === 'number') return process;
  const { thread, pid } = process;
  const { program } = request;
  const message = runMessage(program, {
    ...request,
    pid: beside?.leader.pid ?? pid,
    ppid: beside?.leader.ppid ?? request.ppid,
  });
  if (beside) {
    const { processKey, init, leader } = beside;
    thread.run({ ...message, thread: { processKey, init, leaderSlot: leader.slot } }, beside.transfer);
    return process;
  }
  thread.run(message);
  kernel.emit({ type: 'process', event: 'start', process: process.facts });
  return process;
}
