/** Giving a program a thread: the common end of every spawn. */
import { Errno } from '../base/errno.ts';
import type { DescriptorGrant, ProcessCredentials, RunMessage } from '../protocol/process.ts';
import type { Program } from './exec.ts';
import type { Kernel } from './kernel.ts';
import { Process } from './process.ts';

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
  /** A thread of a process rather than a process. */
  thread?: { leader: Process; processKey: string; init: unknown; transfer: Transferable[] };
}

/** → the process, or -EAGAIN at the limit of processes. Takes no reference to descriptors when it fails. */
export function startProcess(kernel: Kernel, request: StartRequest): Process | number {
  const { table, threads, books, options } = kernel;
  const { thread: beside } = request;
  const thread =
    table.livingCount < options.limits.processes ? threads.take(beside ? 'thread' : 'main') : undefined;
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
    terminal: request.terminal,
    ...(beside ? { leader: beside.leader } : {}),
  });
  table.add(process);
  for (const grant of request.descriptors) {
    if (grant?.kind === 'stream') books.hold(process.holdings, grant);
    else if (grant?.kind === 'file') kernel.volume.share(grant.ofd, thread.slot);
    else if (grant?.kind === 'tree') kernel.trees.hold(grant.handle, process);
  }
  const message: RunMessage = {
    type: 'run',
    pid: beside?.leader.pid ?? pid,
    ppid: beside?.leader.ppid ?? request.ppid,
    argv: program.argv,
    program: program.kind === 'node' ? { kind: 'node' } : { kind: 'userland', name: program.name },
    execPath: program.execPath,
    env: program.env,
    cwd: request.cwd,
    credentials: request.credentials,
    descriptors: request.descriptors,
    tty: request.terminal,
  };
  if (beside) {
    thread.run({ ...message, thread: { processKey: beside.processKey, init: beside.init } }, beside.transfer);
    return process;
  }
  thread.run(message);
  kernel.emit({ type: 'process', event: 'start', process: process.facts });
  return process;
}
