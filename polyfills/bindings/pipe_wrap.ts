import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { type ConnectRequest, createConnections } from '../net/connections.ts';
import { libuvStreamsOf } from '../stream/libuv-stream.ts';
import type { Fd } from '../system.ts';

const Kind = { socket: 0, server: 1, ipc: 2 } as const;
const Access = { UV_READABLE: 1, UV_WRITABLE: 2 } as const;
/** sun_path of sockaddr_un, its terminating NUL counted for what is no abstract name. */
const SOCKET_PATH_MAX_BYTES = 108;

type HandleClass = new (kind?: number) => { open(fd: Fd): number };

/** `internalBinding('pipe_wrap')`: pipes and Unix domain sockets (src/pipe_wrap.cc, libuv's unix/pipe.c). */
export function createPipeWrap(context: NodeContext): object {
  const { LibuvStreamWrap, attach, carryHandles, handles } = libuvStreamsOf(context);
  const { files, sockets, streams } = context.system;
  const connections = createConnections(context, {
    provider: 'PIPECONNECTWRAP',
    request: 'PipeConnectWrap',
    triggers: false,
    accepted: () => new Pipe(Kind.socket),
  });

  class PipeConnectWrap extends context.async.AsyncWrap {}

  class Pipe extends LibuvStreamWrap {
    readonly #serves: boolean;
    #bound: Fd | null = null;
    /** The name in the file system that goes when the socket is closed. */
    #path: string | undefined;

    constructor(kind: number) {
      super(kind === Kind.server ? 'PIPESERVERWRAP' : 'PIPEWRAP', 'PipeWrap');
      this.#serves = kind === Kind.server;
      if (kind === Kind.ipc) carryHandles(this, receive);
      handles.onClosing(this, () => {
        if (this.#path !== undefined) files.unlink(this.#path);
      });
    }
    /** → 0 or -errno. The descriptor is the pipe's from now on and is not blocked on. */
    open(fd: Fd): number {
      const errno = streams.setNonBlocking(fd, true);
      if (errno < 0) return errno;
      attach(this, fd);
      if (this.#serves) this.#bound = fd;
      return 0;
    }
    bind(path: string): number {
      if (this.#fd() >= 0) return -Errno.EINVAL;
      if (path.length >= SOCKET_PATH_MAX_BYTES) return -Errno.EINVAL;
      const fd = sockets.bind({ path: absolute(path) }, { ipv6Only: false, shared: false });
      if (fd < 0) return fd === -Errno.ENOENT ? -Errno.EACCES : fd;
      attach(this, fd);
      this.#bound = fd;
      if (path.charCodeAt(0) !== 0) this.#path = absolute(path);
      return 0;
    }
    listen(backlog: number): number {
      // A server that came from another process was opened as any stream.
      const bound = this.#bound ?? this.#fd();
      const errno = bound < 0 ? -Errno.EINVAL : connections.listen(this, bound, backlog);
      // A descriptor that was opened and is no socket.
      return errno === -Errno.ENOTSOCK ? -Errno.EINVAL : errno;
    }
    connect(request: ConnectRequest, path: string): number {
      if (path.length >= SOCKET_PATH_MAX_BYTES) return -Errno.EINVAL;
      return connections.connect(this, request, { path: absolute(path) }, null);
    }
    /** Who may connect: 1 everyone may read from it, 2 write to it. */
    fchmod(mode: number): number {
      if (this.#path === undefined) return -Errno.EBADF;
      if ((mode & ~(Access.UV_READABLE | Access.UV_WRITABLE)) !== 0 || mode === 0) return -Errno.EINVAL;
      const more = (mode & Access.UV_READABLE ? 0o444 : 0) | (mode & Access.UV_WRITABLE ? 0o222 : 0);
      const stat = new Float64Array(18);
      const found = files.stat(this.#path, stat, 0);
      return found < 0 ? found : files.chmod(this.#path, ((stat[1] ?? 0) & 0o7777) | more, true);
    }
    #fd(): Fd {
      return (this as unknown as { fd: Fd }).fd;
    }
  }

  /** AcceptHandle of stream_base.cc: what arrived over an IPC channel, as a handle of its kind. */
  function receive(fd: Fd): object | undefined {
    const { internalBinding } = context.realm;
    const type = streams.type(fd);
    const made =
      type === 'UDP'
        ? new (internalBinding('udp_wrap')['UDP'] as HandleClass)()
        : type === 'TCP'
          ? new (internalBinding('tcp_wrap')['TCP'] as HandleClass)(Kind.socket)
          : new Pipe(Kind.socket);
    made.open(fd);
    return made;
  }

  /** A name that still means the same after chdir. */
  function absolute(path: string): string {
    if (path.charCodeAt(0) === 0 || path.startsWith('/')) return path;
    const directory = files.cwd();
    return typeof directory === 'number' ? path : `${directory}/${path}`;
  }

  return {
    Pipe,
    PipeConnectWrap,
    constants: { SOCKET: Kind.socket, SERVER: Kind.server, IPC: Kind.ipc, ...Access },
  };
}
