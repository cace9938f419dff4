/** A program of this browser that turns out to need the external runtime begins anew there, as the same process. */
import { Errno } from '../../base/errno.ts';
import type { Reply } from '../calls.ts';
import { HostedIo } from '../hosted/io.ts';
import { runHosted } from '../hosted/start.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process/process.ts';
import { nodeProgram } from './node.ts';
import { runRemote } from './run.ts';

/** The caller's thread waits in its call until the process has ended, and is ended with it. */
export function moveToRemote(kernel: Kernel, process: Process, reason: string, reply: Reply): void {
  const { remote } = kernel;
  if (process.leader !== undefined) reply(-Errno.EBUSY);
  else if (remote.policy === 'never') reply(-Errno.EPERM);
  else if (!remote.isConnected) reply(-Errno.ENOTCONN);
  else {
    process.runtime = 'remote';
    const { argv, env, cwd, descriptors } = process;
    const program = nodeProgram(argv.slice(1), reason, false);
    const io = new HostedIo(kernel, process, descriptors);
    void runHosted(kernel, io, { argv, env, cwd }, (own, start) => runRemote(kernel, own, start, program));
  }
}
