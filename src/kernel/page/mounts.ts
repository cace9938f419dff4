/** Mounting for the page, and its file calls that lead into what is mounted. */
import { Errno } from '../../base/errno.ts';
import type { MountSource, Outcome, PathCall } from '../../protocol/container.ts';
import { FIRST_BACKEND_MOUNT, type TreeAnswer, type TreeOperation } from '../../protocol/trees.ts';
import type { Backend } from '../../../vfs/backends/backend.ts';
import { blobSource, type ByteSource, bytesSource, httpSource } from '../../../vfs/backends/byte-source.ts';
import { DirectoryHandleBackend } from '../../../vfs/backends/directory-handle.ts';
import { errnoOf } from '../../../vfs/backends/errors.ts';
import { httpBackend } from '../../../vfs/backends/http.ts';
import { NodeFilesBackend } from '../../../vfs/backends/node-files.ts';
import { OverlayBackend } from '../../../vfs/backends/overlay.ts';
import { SharedFilesBackend } from '../../../vfs/backends/shared-files.ts';
import { openTar } from '../../../vfs/backends/tar.ts';
import { openZip } from '../../../vfs/backends/zip.ts';
import { CROSSED } from '../../../vfs/file-system.ts';
import { S_IFDIR, S_IFMT } from '../../../vfs/mode.ts';
import type { Kernel } from '../kernel.ts';
import { nodePromises } from '../files/node-files.ts';
import { type FileCall, TreeOpenFile, useFile } from './open-files.ts';
import { spaceFor } from './space.ts';

const READ_BYTES = 1024 * 1024;
/** Where the changed files of overlays are kept, by mount point. */
const OVERLAYS = '/var/lib/overlays';

export async function mountForPage(
  kernel: Kernel,
  path: string,
  source: MountSource,
): Promise<Outcome<undefined>> {
  const failed = (errno: number): Outcome<undefined> => ({ ok: false, errno, syscall: 'mount', path });
  const made = kernel.volume.makeMountPoint(path);
  if (made === CROSSED) return failed(-Errno.EBUSY);
  if (made < 0) return failed(made);
  let backend: Backend;
  try {
    backend = await backendOf(kernel, path, source);
  } catch (error) {
    const isArchive = (error as { name?: unknown }).name === 'ArchiveError';
    return failed(isArchive ? -Errno.EINVAL : errnoOf(error));
  }
  const facts = { path, source: source.type, type: source.type };
  const mount = kernel.trees.mounts.add(facts, backend);
  const marked = kernel.volume.files.mountAt(path, mount);
  if (marked >= 0) return { ok: true, value: undefined };
  await kernel.trees.mounts.remove(mount);
  return failed(marked);
}

export async function unmountForPage(kernel: Kernel, path: string): Promise<Outcome<undefined>> {
  const { mounts } = kernel.trees;
  const mount = mounts.numberOf(path);
  const failed = (errno: number): Outcome<undefined> => ({ ok: false, errno, syscall: 'umount', path });
  if (mount === undefined) return failed(-Errno.EINVAL);
  if (mounts.isBusy(mount)) return failed(-Errno.EBUSY);
  const unmarked = kernel.volume.files.unmount(mount);
  if (unmarked < 0) return failed(unmarked);
  await mounts.remove(mount);
  return { ok: true, value: undefined };
}

async function backendOf(kernel: Kernel, path: string, source: MountSource): Promise<Backend> {
  switch (source.type) {
    case 'directory':
      return new DirectoryHandleBackend(source.handle as FileSystemDirectoryHandle);
    case 'http':
      return httpBackend(source);
    case 'zip':
      return openZip(await bytesOf(source.source));
    case 'node':
      return new NodeFilesBackend(nodePromises(source.port), {
        ...(source.root === undefined ? {} : { root: source.root }),
        ...(source.capabilities === undefined ? {} : { capabilities: source.capabilities }),
        closed: () => source.port.close(),
      });
    case 'tar':
      return openTar(await bytesOf(source.source));
    case 'overlay': {
      const upper = `${OVERLAYS}/${encodeURIComponent(path)}`;
      const made = kernel.volume.makeMountPoint(upper);
      if (made < 0) throw Object.assign(new Error('overlay'), { errno: made });
      const lower = await backendOf(kernel, path, source.lower);
      return OverlayBackend.over(lower, new SharedFilesBackend(kernel.volume.plainFiles(), upper));
    }
  }
}

function bytesOf(source: Uint8Array | object | string): Promise<ByteSource> | ByteSource {
  if (typeof source === 'string') return httpSource(source);
  return source instanceof Uint8Array ? bytesSource(source) : blobSource(source as Blob);
}

type Result = number | object | string | undefined;

/** `call`, whose path leads into what is mounted at `mount`. `again` makes it with another path. */
export async function mountFileCall(
  kernel: Kernel,
  call: PathCall,
  mount: number,
  rest: string,
  again: (call: PathCall) => Promise<Result>,
): Promise<Result> {
  const { mounts } = kernel.trees;
  const ask = (operation: TreeOperation, follow = true): Promise<number | TreeAnswer> =>
    mounts.call({ mount, rest, follow, operation }, kernel.trees.page);
  const taken = async (answer: number | TreeAnswer): Promise<Result> => {
    if (typeof answer === 'number') return answer;
    if (answer.kind === 'elsewhere') return again({ ...call, path: answer.path });
    if (answer.kind === 'text') return answer.text;
    if (answer.kind === 'space') return spaceFor(answer);
    return answer.kind === 'attributes' ? attributesFor(answer) : undefined;
  };
  switch (call.call) {
    case 'readFile':
    case 'writeFile':
    case 'open': {
      const answer = await ask(openingOf(call));
      if (typeof answer === 'number' || answer.kind !== 'file') return taken(answer);
      const file = new TreeOpenFile(kernel.trees, answer.handle);
      return useFile(kernel.pageOpenFiles, call, file, READ_BYTES);
    }
    case 'readdir':
      return listAll(ask, taken);
    case 'stat':
      return taken(await ask({ name: 'stat' }));
    case 'lstat':
      return taken(await ask({ name: 'stat' }, false));
    case 'statfs':
      return taken(await ask({ name: 'statfs' }));
    case 'readlink':
      return taken(await ask({ name: 'readlink' }, false));
    case 'realpath':
      return taken(await ask({ name: 'realpath' }));
    case 'access':
      return taken(await ask({ name: 'access', mode: call.mode }));
    case 'mkdir':
      return call.recursive
        ? makeFolders(kernel, mount, rest, call)
        : taken(await ask({ name: 'make', detail: { call: 'mkdir', mode: call.mode } }, false));
    case 'symlink':
      return taken(await ask({ name: 'make', detail: { call: 'symlink', target: call.target } }, false));
    case 'rm':
    case 'unlink': {
      const recursive = call.call === 'rm' && call.recursive;
      const removed = recursive
        ? await removeTree(kernel, mount, rest)
        : await taken(await ask({ name: 'remove', detail: { call: 'unlink' } }, false));
      return removed === -Errno.ENOENT && call.call === 'rm' && call.force ? 0 : removed;
    }
    case 'rmdir':
      return taken(await ask({ name: 'remove', detail: { call: 'rmdir' } }, false));
    case 'chmod':
      return taken(await ask({ name: 'change', detail: { call: 'chmod', mode: call.mode } }));
    case 'utimes': {
      const { atimeMs, mtimeMs } = call;
      return taken(await ask({ name: 'change', detail: { call: 'utimes', atimeMs, mtimeMs } }));
    }
    case 'truncate':
      return taken(await ask({ name: 'truncate', detail: { call: 'truncate', size: call.size } }));
    case 'rename':
    case 'link':
      return move(kernel, call.call, call.path, call.destination);
    case 'cp':
      return -Errno.EXDEV;
  }
}

function openingOf(call: FileCall): TreeOperation {
  return call.call === 'readFile'
    ? { name: 'open', flags: 0 }
    : { name: 'open', flags: call.flags, mode: call.mode };
}

async function listAll(
  ask: (operation: TreeOperation) => Promise<number | TreeAnswer>,
  taken: (answer: number | TreeAnswer) => Promise<Result>,
): Promise<Result> {
  const list = { names: [] as string[], types: [] as number[] };
  for (let from = 0; ;) {
    const answer = await ask({ name: 'readdir', from });
    if (typeof answer === 'number' || answer.kind !== 'list') return taken(answer);
    list.names.push(...answer.names);
    list.types.push(...answer.types);
    if (answer.next === undefined) return list;
    from = answer.next;
  }
}

/** mkdir -p below the mount. → the first folder made, as Node returns it */
async function makeFolders(
  kernel: Kernel,
  mount: number,
  rest: string,
  { path, mode }: { path: string; mode: number },
): Promise<number | string | undefined> {
  const parts = rest.split('/').filter((part) => part !== '');
  let first: string | undefined;
  for (let count = 1; count <= parts.length; count++) {
    const ask = (operation: TreeOperation): Promise<number | TreeAnswer> => {
      const below = parts.slice(0, count).join('/');
      return kernel.trees.mounts.call({ mount, rest: below, follow: true, operation }, kernel.trees.page);
    };
    const made = await ask({ name: 'make', detail: { call: 'mkdir', mode } });
    if (typeof made !== 'number')
      first ??= path
        .split('/')
        .slice(0, count - parts.length || undefined)
        .join('/');
    else if (made !== -Errno.EEXIST) return made;
    else if (!isFolder(await ask({ name: 'stat' }))) return count === parts.length ? made : -Errno.ENOTDIR;
  }
  return first;
}

function isFolder(answer: number | TreeAnswer): boolean {
  return (
    typeof answer !== 'number' &&
    answer.kind === 'attributes' &&
    (answer.attributes.mode & S_IFMT) === S_IFDIR
  );
}

async function removeTree(kernel: Kernel, mount: number, rest: string): Promise<number> {
  const ask = (operation: TreeOperation): Promise<number | TreeAnswer> =>
    kernel.trees.mounts.call({ mount, rest, follow: false, operation }, kernel.trees.page);
  const errnoOfAnswer = (answer: number | TreeAnswer): number => (typeof answer === 'number' ? answer : 0);
  const removed = errnoOfAnswer(await ask({ name: 'remove', detail: { call: 'unlink' } }));
  if (removed !== -Errno.EISDIR) return removed;
  for (;;) {
    const list = await ask({ name: 'readdir' });
    if (typeof list === 'number' || list.kind !== 'list') return errnoOfAnswer(list);
    for (const name of list.names) {
      const gone = await removeTree(kernel, mount, `${rest}/${name}`);
      if (gone < 0) return gone;
    }
    if (list.next === undefined) break;
  }
  return errnoOfAnswer(await ask({ name: 'remove', detail: { call: 'rmdir' } }));
}

async function move(kernel: Kernel, kind: 'rename' | 'link', from: string, to: string): Promise<number> {
  const placeOf = (path: string): { mount: number; rest: string } | undefined =>
    kernel.files.readlink(path) === CROSSED ? kernel.files.crossing : undefined;
  const [source, target] = [placeOf(from), placeOf(to)];
  if (source === undefined || target?.mount !== source.mount || source.mount < FIRST_BACKEND_MOUNT) {
    return -Errno.EXDEV;
  }
  return kernel.trees.mounts.move({ kind, mount: source.mount, from: source.rest, to: target.rest });
}

function attributesFor({ attributes }: Extract<TreeAnswer, { kind: 'attributes' }>): object {
  const { timeMs, nlink = 1, times, ...rest } = attributes;
  const all = { atimeMs: timeMs, mtimeMs: timeMs, ctimeMs: timeMs, birthtimeMs: timeMs, ...times };
  return { dev: 14, nlink, blksize: 4096, blocks: Math.ceil(rest.size / 512), ...rest, ...all };
}
