/** File systems of the page with Node's fs API (memfs, ZenFS, …): the page's end, which the kernel calls. */
import { expose } from 'comlink';
import type {
  NodeFilesAnswer,
  NodeFilesService,
  NodeFileStats,
  NodeHandleCall,
  NodePathCall,
} from '../src/protocol/node-files.ts';

type Call = (...args: never[]) => Promise<unknown>;

/** What of a FileHandle is used. Without `chmod`, `chown` or `utimes` that call on an open file is ENOTSUP. */
export interface NodeLikeHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  stat(): Promise<object>;
  truncate(size: number): Promise<unknown>;
  sync(): Promise<unknown>;
  close(): Promise<unknown>;
  chmod?(mode: number): Promise<unknown>;
  chown?(uid: number, gid: number): Promise<unknown>;
  utimes?(atime: number, mtime: number): Promise<unknown>;
}

/** What of Node's `fs.promises` is used. */
export interface NodeLikePromises {
  lstat(path: string): Promise<object>;
  readdir(path: string): Promise<unknown>;
  open(path: string, flags: string, mode?: number): Promise<unknown>;
}

/** A module like `node:fs`, or its `promises`. */
export type NodeLikeFiles = NodeLikePromises | { promises: NodeLikePromises };

const CALLS = ['lstat', 'readdir', 'open'] as const;

export function isNodeLike(given: unknown): given is NodeLikeFiles {
  const has = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    CALLS.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
  if (typeof given !== 'object' || given === null) return false;
  return has((given as { promises?: unknown }).promises) || has(given);
}

const FIELDS = [
  'mode',
  'size',
  'ino',
  'nlink',
  'uid',
  'gid',
  'atimeMs',
  'mtimeMs',
  'ctimeMs',
  'birthtimeMs',
] as const;

/** Stats have getters and methods: only the figures cross, as numbers. */
function figuresOf(stats: object): NodeFileStats {
  const figures = Object.fromEntries(
    FIELDS.map((field) => [field, Number((stats as Record<string, unknown>)[field] ?? 0)]),
  );
  return figures as unknown as NodeFileStats;
}

function spaceOf({ bsize, blocks, bfree }: Record<string, unknown>): object {
  return { bsize: Number(bsize), blocks: Number(blocks), bfree: Number(bfree) };
}

async function answer<Value>(action: () => Promise<Value>): Promise<NodeFilesAnswer<Value>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
    return { ok: false, code: typeof code === 'string' ? code : String(name) };
  }
}

class NodeFilesServer implements NodeFilesService {
  readonly #fs: NodeLikePromises;
  readonly #handles = new Map<number, NodeLikeHandle>();
  #last = 0;

  constructor(fs: NodeLikePromises) {
    this.#fs = fs;
  }

  #handle(handle: number): NodeLikeHandle {
    const open = this.#handles.get(handle);
    if (open === undefined) throw Object.assign(new Error('closed'), { code: 'EBADF' });
    return open;
  }

  lstat(path: string): Promise<NodeFilesAnswer<NodeFileStats>> {
    return answer(async () => figuresOf(await this.#fs.lstat(path)));
  }

  call(name: NodePathCall, args: readonly (string | number)[]): Promise<NodeFilesAnswer<unknown>> {
    return answer(async () => {
      const method = (this.#fs as unknown as Record<string, Call | undefined>)[name];
      if (method === undefined) throw Object.assign(new Error(name), { code: 'ENOTSUP' });
      const value = await method.apply(this.#fs, args as never[]);
      if (name === 'readdir') return (value as unknown[]).map(String);
      if (name === 'statfs') return spaceOf(value as Record<string, unknown>);
      return name === 'readlink' ? String(value) : undefined;
    });
  }

  open(path: string, flags: string, mode: number): Promise<NodeFilesAnswer<number>> {
    return answer(async () => {
      const handle = (await this.#fs.open(path, flags, mode)) as NodeLikeHandle;
      this.#handles.set(++this.#last, handle);
      return this.#last;
    });
  }

  read(handle: number, length: number, position: number): Promise<NodeFilesAnswer<Uint8Array>> {
    return answer(async () => {
      const into = new Uint8Array(length);
      const { bytesRead } = await this.#handle(handle).read(into, 0, length, position);
      return into.subarray(0, bytesRead);
    });
  }

  write(handle: number, bytes: Uint8Array, position: number): Promise<NodeFilesAnswer<number>> {
    return answer(
      async () => (await this.#handle(handle).write(bytes, 0, bytes.length, position)).bytesWritten,
    );
  }

  stat(handle: number): Promise<NodeFilesAnswer<NodeFileStats>> {
    return answer(async () => figuresOf(await this.#handle(handle).stat()));
  }

  onHandle(
    handle: number,
    name: NodeHandleCall,
    args: readonly number[],
  ): Promise<NodeFilesAnswer<undefined>> {
    return answer(async () => {
      const open = this.#handle(handle) as unknown as Record<string, Call | undefined>;
      if (name === 'close') this.#handles.delete(handle);
      const method = open[name];
      if (method === undefined) throw Object.assign(new Error(name), { code: 'ENOTSUP' });
      await method.apply(open, args as never[]);
      return undefined;
    });
  }
}

/** → the port on which the file system is served until it is closed */
export function serveNodeFiles(fs: NodeLikeFiles): MessagePort {
  const { port1, port2 } = new MessageChannel();
  expose(new NodeFilesServer('promises' in fs ? fs.promises : fs), port1);
  return port2;
}
