/**
 * ConnectionWrap: what TCP and Pipe share. A server's descriptor becomes readable when a connection waits; a connection
 * attempt is answered by the system at once and reported in the loop's poll phase, as libuv does.
 */
import { Errno } from '../../src/base/errno.ts';
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import type { LibuvStreamInstance } from '../stream/libuv-stream.ts';
import { libuvStreamsOf } from '../stream/libuv-stream.ts';
import type { Fd, SocketAddress, Watch } from '../system.ts';

export interface ConnectRequest extends AsyncWrapInstance {
  oncomplete?: unknown;
}

export interface ServerHandle extends LibuvStreamInstance {
  onconnection?: unknown;
}

export interface ConnectionsOptions {
  /** Names of the request: async provider, and of the resource that keeps the loop alive. */
  provider: string;
  request: string;
  /** The handle is what triggers an attempt to connect: so it is with TCP, and not with pipes. */
  triggers: boolean;
  /** The handle that the library gets for an accepted connection. */
  accepted(): LibuvStreamInstance;
}

export interface Connections {
  listen(server: ServerHandle, fd: Fd, backlog: number): number;
  /** → 0, or -errno that is reported at once. `bound`: the descriptor whose address the connection takes. */
  connect(
    handle: LibuvStreamInstance,
    request: ConnectRequest,
    address: SocketAddress,
    bound: Fd | null,
  ): number;
}

export function createConnections(context: NodeContext, options: ConnectionsOptions): Connections {
  const { async: asyncCalls, loop, system } = context;
  const { attach, handles } = libuvStreamsOf(context);
  const owner = context.realm.symbols['owner_symbol'] as symbol;

  /** One connection a turn: what its callback queued runs before the next. */
  function serve(server: ServerHandle, fd: Fd): void {
    let watch: Watch | undefined;
    const next = (): void => {
      watch = system.streams.whenReadable(fd, () => {
        if (handles.isClosing(server)) return;
        const accepted = system.sockets.accept(fd);
        try {
          if (accepted !== -Errno.EAGAIN) deliver(server, accepted);
        } finally {
          if (!handles.isClosing(server) && accepted !== -Errno.EINVAL) next();
        }
      });
    };
    handles.onClosing(server, () => watch?.close());
    handles.setActive(server, true);
    next();
  }

  function deliver(server: ServerHandle, accepted: Fd): void {
    if (accepted < 0) {
      asyncCalls.makeCallback(server, server.onconnection, accepted, undefined);
      return;
    }
    const client = asyncCalls.triggeredBy(server, options.accepted);
    attach(client, accepted);
    asyncCalls.makeCallback(server, server.onconnection, 0, client);
  }

  /** An attempt that takes its time: through the external runtime. */
  function whenConnected(
    handle: LibuvStreamInstance,
    fd: Fd,
    settle: (errno: number, reason?: string) => void,
  ): void {
    let ended = false;
    const once = (errno: number, reason?: string): void => {
      if (!ended) settle(errno, reason);
      ended = true;
    };
    const watch = system.streams.whenWritable(fd, () => {
      const { errno, reason } = system.sockets.connected(fd);
      once(errno, reason);
    });
    handles.onClosing(handle, () => {
      watch.close();
      loop.enqueueUnref(() => once(-Errno.ECANCELED));
    });
  }

  return {
    listen(server, fd, backlog) {
      const errno = system.sockets.listen(fd, backlog);
      if (errno === 0) serve(server, fd);
      return errno;
    },
    connect(handle, request, address, bound) {
      const fd = system.sockets.connect(address, bound);
      if (fd < 0 && !isReportedLater(fd)) return fd;
      if (fd >= 0) {
        if (bound !== null) system.files.close(bound);
        attach(handle, fd);
      }
      const init = (): void => asyncCalls.init(request, options.provider);
      if (options.triggers) asyncCalls.triggeredBy(handle, init);
      else init();
      const end = loop.beginRequest(options.request);
      const settle = (errno: number, reason?: string): void => {
        end();
        const status = handles.isClosing(handle) ? -Errno.ECANCELED : errno;
        const usable = status === 0;
        const complete =
          reason === undefined ? request.oncomplete : explained(request.oncomplete, handle, owner, reason);
        asyncCalls.makeCallback(request, complete, status, handle, request, usable, usable);
        asyncCalls.destroy(request);
      };
      if (fd >= 0 && system.sockets.isConnecting(fd)) whenConnected(handle, fd, settle);
      else loop.enqueueUnref(() => settle(fd < 0 ? fd : 0));
      return 0;
    },
  };
}

/** What a network tells after the attempt has begun. */
function isReportedLater(errno: number): boolean {
  return (
    errno === -Errno.ECONNREFUSED ||
    errno === -Errno.ENOENT ||
    errno === -Errno.ENOTDIR ||
    errno === -Errno.EACCES ||
    errno === -Errno.ELOOP
  );
}

/** Says why in the error that the library makes of the status, before anyone is told of it. */
function explained(
  oncomplete: unknown,
  handle: LibuvStreamInstance,
  ownerSymbol: symbol,
  reason: string,
): unknown {
  if (typeof oncomplete !== 'function') return oncomplete;
  return function (this: unknown, ...results: unknown[]): unknown {
    const answer: unknown = Reflect.apply(oncomplete, this, results);
    const owner = Reflect.get(handle, ownerSymbol) as { errored?: unknown } | undefined;
    if (owner?.errored instanceof Error) owner.errored.message += ` (${reason})`;
    return answer;
  };
}
