/** The `stdio` lists of spawn and spawnSync, in Node's terms and in the system's. */
import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import type { Fd, StdioSource } from '../system.ts';
import { libuvStreamsOf, type LibuvStreamInstance } from '../stream/libuv-stream.ts';

/** One entry as lib/internal/child_process.js makes it. */
export interface StdioEntry {
  type: 'ignore' | 'pipe' | 'overlapped' | 'wrap' | 'inherit' | 'fd';
  handle?: LibuvStreamInstance;
  fd?: Fd;
  ipc?: boolean;
  readable?: boolean;
  writable?: boolean;
  input?: unknown;
}

export function stdioSource(entry: StdioEntry): StdioSource {
  switch (entry.type) {
    case 'ignore':
      return { kind: 'null' };
    case 'pipe':
    case 'overlapped':
      return entry.ipc === true ? { kind: 'pipe', duplex: true } : { kind: 'pipe' };
    case 'wrap':
      return { kind: 'fd', fd: (entry.handle as unknown as { fd: Fd }).fd };
    default:
      return { kind: 'fd', fd: entry.fd as Fd };
  }
}

/** Gives each new pipe of the parent to the stream object that the library prepared for it. */
export function attachPipes(
  context: NodeContext,
  stdio: readonly StdioEntry[],
  pipes: Map<number, Fd>,
): void {
  const { attach } = libuvStreamsOf(context);
  for (let i = 0; i < stdio.length; i++) {
    const fd = pipes.get(i);
    const handle = stdio[i]?.handle;
    if (fd === undefined || handle === undefined) continue;
    context.system.streams.setNonBlocking(fd, true);
    attach(handle, fd);
  }
}

/**
 * After a failed spawn the library still reads and writes the pipes it prepared: they end at once, as libuv's do
 * (the other end was made and closed).
 */
export function attachEndedPipes(context: NodeContext, stdio: readonly StdioEntry[]): void {
  const { attach } = libuvStreamsOf(context);
  const { files, streams } = context.system;
  for (let i = 0; i < stdio.length; i++) {
    const entry = stdio[i];
    if (entry?.handle === undefined || (entry.type !== 'pipe' && entry.type !== 'overlapped')) continue;
    const ends = streams.pipe();
    if (typeof ends === 'number') continue;
    const mine = i === 0 ? ends[1] : ends[0];
    files.close(i === 0 ? ends[0] : ends[1]);
    streams.setNonBlocking(mine, true);
    attach(entry.handle, mine);
  }
}

/** Changing to another user is the kernel's to allow, and it never does. 0 or -EPERM. */
export function checkOwner(context: NodeContext, uid: unknown, gid: unknown): number {
  const { process } = context.system;
  const foreignUser = typeof uid === 'number' && uid !== process.uid;
  const foreignGroup = typeof gid === 'number' && gid !== process.gid;
  return foreignUser || foreignGroup ? -Errno.EPERM : 0;
}

/** Arguments and environment as the strings that C++ makes of whatever is in the list. */
export function textList(list: readonly unknown[]): string[] {
  const texts: string[] = [];
  for (let i = 0; i < list.length; i++) texts[i] = `${list[i] as string}`;
  return texts;
}
