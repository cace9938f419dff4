import { errnoName } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { describeAbort } from '../realm/fatal.ts';

const STDERR = 2;
/** libuv opens everything else so that it is closed (O_CLOEXEC), and marks what a program was given so, too. */
const KEPT = [0, 1, 2];
const encoder = new TextEncoder();

/** Execve in node_process_methods.cc: what cannot be executed ends the program. */
export function execve(context: NodeContext, file: string, args: string[], env: string[]): never {
  const { files, process, streams } = context.system;
  const descriptors = KEPT.map((fd) => (streams.type(fd) === 'INVALID' ? null : fd));
  const failed = process.replace({ file, args, env, descriptors, search: false });
  const reason = `process.execve failed with error code ${errnoName(failed) ?? failed}`;
  files.write(STDERR, encoder.encode(describeAbort(new Error(reason), reason, context)), null);
  return process.abort();
}
