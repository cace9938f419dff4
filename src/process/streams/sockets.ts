/** SocketCalls: stream sockets over pipe rings. The kernel keeps the addresses; bytes go from process to process. */
import { Errno } from '../../base/errno.ts';
import { bytesAllocate } from '../../base/intrinsics.ts';
import type { SocketCalls } from '../../../polyfills/system.ts';
import { CROSSED, type FileSystem, type Path, StatField } from '../../../vfs/file-system.ts';
import { PipeFlag } from '../../protocol/ipc-layout.ts';
import type { ResolveAnswer, SocketAnswer, SocketCall, UnixNode } from '../../protocol/sockets.ts';
import type { Descriptors, StreamDescription } from '../files/descriptors.ts';
import type { Gate } from '../gate.ts';
import { FileType } from '../files/stat.ts';
import type { Trees } from '../files/trees.ts';

const W_OK = 2;
const S_IFMT = 0o170000;
const SOCKET_MODE = FileType.socket | 0o777;

export interface SocketsContext {
  gate: Gate;
  descriptors: Descriptors;
  files: FileSystem;
  trees: Trees;
}

export function createSocketCalls(context: SocketsContext): SocketCalls {
  const { gate, descriptors } = context;
  const connecting = new WeakSet<object>();
  const socketOf = (fd: number): StreamDescription | number => {
    gate.enter();
    const description = descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    return description.kind === 'stream' && description.ends.socket ? description : -Errno.ENOTSOCK;
  };
  /** A call whose answer is a socket → its descriptor. */
  const opened = (request: SocketCall): number => {
    const result = gate.call(request);
    if (result < 0) return result;
    const { pending, ...answer } = gate.payload() as SocketAnswer;
    const description = descriptors.open({ kind: 'stream', ...answer });
    description.nonBlocking = true;
    if (pending === true) connecting.add(description);
    return descriptors.add(description);
  };
  return {
    bind: (address, { ipv6Only, shared }) =>
      'path' in address
        ? bindPath(context, address.path, (node) => opened({ call: 'bind', address: node, ipv6Only, shared }))
        : opened({ call: 'bind', address, ipv6Only, shared }),
    listen(fd, backlog) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      return gate.call({ call: 'listen', ring: socket.ends.input ?? -1, backlog });
    },
    accept(fd) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      if (socket.input === undefined || !socket.ends.socket?.unconnected) return -Errno.EINVAL;
      const token = socket.input.tryRead(bytesAllocate(1));
      if (token <= 0) return token === 0 ? -Errno.EINVAL : token;
      return opened({ call: 'accept', ring: socket.input.id });
    },
    connect(address, bound) {
      const to = 'path' in address ? nodeOf(context, address.path) : address;
      if (typeof to === 'number') return to;
      const own = bound === null ? undefined : socketOf(bound);
      if (typeof own === 'number') return own;
      const ring = own?.ends.input;
      return opened({ call: 'connect', address: to, ...(ring === undefined ? {} : { bound: ring }) });
    },
    isConnecting(fd) {
      const socket = socketOf(fd);
      return typeof socket !== 'number' && connecting.has(socket);
    },
    connected(fd) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return { errno: socket };
      connecting.delete(socket);
      const errno = gate.call({ call: 'connected', ring: socket.output?.id ?? -1 });
      return errno < 0 ? { errno, reason: gate.payload() as string | undefined } : { errno: 0 };
    },
    localAddress(fd) {
      const socket = socketOf(fd);
      return typeof socket === 'number' ? socket : (socket.ends.socket?.local ?? { path: '' });
    },
    remoteAddress(fd) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      return socket.ends.socket?.unconnected ? -Errno.ENOTCONN : (socket.ends.socket?.remote ?? { path: '' });
    },
    isRelayed(fd) {
      const socket = socketOf(fd);
      return typeof socket !== 'number' && socket.ends.socket?.relayed === true;
    },
    reset(fd) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      socket.output?.raise(PipeFlag.reset);
      return 0;
    },
    resolve(name) {
      gate.call({ call: 'resolve', name });
      return gate.payload() as ResolveAnswer;
    },
    nameOf(address) {
      const found = gate.call({ call: 'name-of', address });
      return found < 0 ? undefined : (gate.payload() as string);
    },
  };
}

/** The inode is the socket's place in the kernel's books; its name stays until someone unlinks it. */
function bindPath(context: SocketsContext, path: string, bind: (node: UnixNode) => number): number {
  const { gate, files, trees } = context;
  gate.enter();
  if (path.charCodeAt(0) === 0) return bind({ path, node: path });
  // What is mounted holds no sockets: it says so, unless the path leads out of it again.
  const make = (there: Path): number => {
    const made = files.mknod(trees.at(there), SOCKET_MODE, 0);
    return made === CROSSED ? trees.simple({ name: 'make' }, false, make) : made;
  };
  const made = make(path);
  if (made < 0) return made === -Errno.EEXIST ? -Errno.EADDRINUSE : made;
  const node = inodeOf(context, path);
  const fd = typeof node === 'number' ? node : bind({ path, node: node.node });
  if (fd < 0) files.unlink(trees.at(path));
  return fd;
}

function nodeOf(context: SocketsContext, path: string): UnixNode | number {
  const { gate, files, trees } = context;
  gate.enter();
  if (path.charCodeAt(0) === 0) return { path, node: path };
  const node = inodeOf(context, path);
  if (typeof node === 'number') return node;
  // unix(7): connecting needs permission to write.
  const allowed = files.access(trees.at(path), W_OK);
  return allowed < 0 && allowed !== CROSSED ? allowed : { path, node: node.node };
}

function inodeOf({ files, trees }: SocketsContext, path: string): { node: string } | number {
  const found = probe;
  const look = (there: Path): number => {
    const result = files.stat(trees.at(there), found, 0);
    return result === CROSSED ? trees.stat(true, found, 0, look) : result;
  };
  const result = look(path);
  if (result < 0) return result;
  if (((found[StatField.mode] ?? 0) & S_IFMT) !== FileType.socket) return -Errno.ECONNREFUSED;
  return { node: `${found[StatField.dev] ?? 0}:${found[StatField.ino] ?? 0}` };
}
const probe = new Float64Array(StatField.count);
