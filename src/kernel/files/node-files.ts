/** A file system of the page with Node's fs API, called over its port, as `fs.promises` is. */
import { wrap } from 'comlink';
import type {
  NodeFilesAnswer,
  NodeFilesService,
  NodeHandleCall,
  NodePathCall,
} from '../../protocol/node-files.ts';
import type { NodeFileHandle, NodePromises, NodeSpace, NodeStats } from '../../../vfs/backends/node-files.ts';

type Remote = {
  [Name in keyof NodeFilesService]: NodeFilesService[Name];
};

async function valueOf<Value>(answer: Promise<NodeFilesAnswer<Value>>): Promise<Value> {
  const settled = await answer;
  if (settled.ok) return settled.value;
  // errnoOf understands both codes and the names of the platform's exceptions.
  throw Object.assign(new Error(settled.code), { code: settled.code, name: settled.code });
}

export function nodePromises(port: MessagePort): NodePromises {
  const remote = wrap<NodeFilesService>(port) as unknown as Remote;
  const call = (name: NodePathCall, ...args: (string | number)[]): Promise<unknown> =>
    valueOf(remote.call(name, args));
  return {
    lstat: (path) => valueOf(remote.lstat(path)),
    readdir: async (path) => (await call('readdir', path)) as string[],
    open: async (path, flags, mode = 0o666) =>
      new RemoteHandle(remote, await valueOf(remote.open(path, flags, mode))),
    readlink: (path) => call('readlink', path),
    mkdir: (path, mode = 0o777) => call('mkdir', path, mode),
    rmdir: (path) => call('rmdir', path),
    unlink: (path) => call('unlink', path),
    rename: (from, to) => call('rename', from, to),
    link: (from, to) => call('link', from, to),
    symlink: (target, path) => call('symlink', target, path),
    chmod: (path, mode) => call('chmod', path, mode),
    lchown: (path, uid, gid) => call('lchown', path, uid, gid),
    lutimes: (path, atime, mtime) => call('lutimes', path, atime, mtime),
    statfs: async (path) => (await call('statfs', path)) as NodeSpace,
    utimes: (path, atime, mtime) => call('utimes', path, atime, mtime),
  };
}

class RemoteHandle implements NodeFileHandle {
  readonly #remote: Remote;
  readonly #handle: number;

  constructor(remote: Remote, handle: number) {
    this.#remote = remote;
    this.#handle = handle;
  }

  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }> {
    const bytes = await valueOf(this.#remote.read(this.#handle, length, position));
    buffer.set(bytes, offset);
    return { bytesRead: bytes.length };
  }

  async write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }> {
    const bytes = buffer.slice(offset, offset + length);
    return { bytesWritten: await valueOf(this.#remote.write(this.#handle, bytes, position)) };
  }

  stat(): Promise<NodeStats> {
    return valueOf(this.#remote.stat(this.#handle));
  }

  #on(name: NodeHandleCall, ...args: number[]): Promise<undefined> {
    return valueOf(this.#remote.onHandle(this.#handle, name, args));
  }
  truncate(size: number): Promise<void> {
    return this.#on('truncate', size);
  }
  sync(): Promise<void> {
    return this.#on('sync');
  }
  close(): Promise<void> {
    return this.#on('close');
  }
  chmod(mode: number): Promise<void> {
    return this.#on('chmod', mode);
  }
  chown(uid: number, gid: number): Promise<void> {
    return this.#on('chown', uid, gid);
  }
  utimes(atime: number, mtime: number): Promise<void> {
    return this.#on('utimes', atime, mtime);
  }
}
