import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { type ConnectRequest, createConnections } from '../net/connections.ts';
import { AF_INET, AF_INET6, formatIp, parseIp } from '../net/ip-address.ts';
import { libuvStreamsOf } from '../stream/libuv-stream.ts';
import type { Fd, IpAddress, SocketAddress } from '../system.ts';

const Kind = { socket: 0, server: 1 } as const;
const UV_TCP_IPV6ONLY = 1;
const UV_TCP_REUSEPORT = 2;

interface NameTarget {
  address?: string;
  family?: string;
  port?: number;
}

/** An address as the system takes it, or undefined when the text is no address of the family. */
function endpoint(text: string, port: number, family: 4 | 6): IpAddress | undefined {
  const parsed = parseIp(`${text}`, family === 4 ? AF_INET : AF_INET6);
  return parsed && { family, address: formatIp(parsed), port: port >>> 0 };
}

/** `internalBinding('tcp_wrap')`: TCP sockets and servers (src/tcp_wrap.cc, libuv's unix/tcp.c). */
export function createTcpWrap(context: NodeContext): object {
  const { LibuvStreamWrap, attach, handles } = libuvStreamsOf(context);
  const { sockets, streams } = context.system;
  const connections = createConnections(context, {
    provider: 'TCPCONNECTWRAP',
    request: 'TCPConnectWrap',
    triggers: true,
    accepted: () => new TCP(Kind.socket),
  });

  class TCPConnectWrap extends context.async.AsyncWrap {}

  class TCP extends LibuvStreamWrap {
    readonly #serves: boolean;
    /** Before it listens or is connected. */
    #bound: Fd | null = null;
    /** An address that is taken is told when the socket is used, not when it is bound. */
    #delayed = 0;
    #typeOfService = 0;

    constructor(kind: number) {
      const server = kind === Kind.server;
      super(server ? 'TCPSERVERWRAP' : 'TCPWRAP', server ? 'TCPServerWrap' : 'TCPSocketWrap');
      this.#serves = server;
    }
    open(fd: Fd): number {
      const errno = streams.setNonBlocking(fd, true);
      if (errno < 0) return errno;
      attach(this, fd);
      if (this.#serves) this.#bound = fd;
      return 0;
    }
    bind(address: string, port: number, flags: number): number {
      return this.#bind(endpoint(address, port, 4), flags);
    }
    bind6(address: string, port: number, flags: number): number {
      return this.#bind(endpoint(address, port, 6), flags);
    }
    listen(backlog: number): number {
      if (!handles.isAlive(this)) return -Errno.EBADF;
      if (this.#delayed !== 0) return this.#delayed;
      // As the kernel does with a socket that was bound to nothing.
      const errno = this.#fd() < 0 ? this.bind6('::', 0, 0) : 0;
      return errno < 0 ? errno : connections.listen(this, this.#fd(), backlog);
    }
    connect(request: ConnectRequest, address: string, port: number): number {
      return this.#connect(request, endpoint(address, port, 4));
    }
    connect6(request: ConnectRequest, address: string, port: number): number {
      return this.#connect(request, endpoint(address, port, 6));
    }
    getsockname(out: NameTarget): number {
      if (this.#delayed !== 0) return this.#delayed;
      return describe(out, sockets.localAddress(this.#fd()));
    }
    getpeername(out: NameTarget): number {
      if (this.#delayed !== 0) return this.#delayed;
      return describe(out, sockets.remoteAddress(this.#fd()));
    }
    /** Nothing is delayed here, and no connection fades. */
    setNoDelay(): number {
      return handles.isAlive(this) ? 0 : -Errno.EBADF;
    }
    setKeepAlive(): number {
      return handles.isAlive(this) ? 0 : -Errno.EBADF;
    }
    setTypeOfService(value: number): number {
      if (this.#fd() < 0) return -Errno.EBADF;
      this.#typeOfService = value & 0xff;
      return 0;
    }
    getTypeOfService(): number {
      return this.#fd() < 0 ? -Errno.EBADF : this.#typeOfService;
    }
    reset(callback?: unknown): number {
      if (!handles.isAlive(this) || handles.isClosing(this)) return 0;
      const fd = this.#fd();
      if (fd >= 0) sockets.reset(fd);
      this.close(callback);
      return 0;
    }
    #bind(address: IpAddress | undefined, flags: number): number {
      if (!handles.isAlive(this)) return -Errno.EBADF;
      if (address === undefined || this.#fd() >= 0) return -Errno.EINVAL;
      const options = {
        ipv6Only: (flags & UV_TCP_IPV6ONLY) !== 0,
        shared: (flags & UV_TCP_REUSEPORT) !== 0,
      };
      let fd = sockets.bind(address, options);
      if (fd === -Errno.EADDRINUSE) {
        this.#delayed = fd;
        // There is a socket all the same, which can be sent to another process: it is bound to another port.
        fd = sockets.bind({ ...address, port: 0 }, options);
      }
      if (fd < 0) return fd;
      attach(this, fd);
      if (this.#delayed === 0) this.#bound = fd;
      return 0;
    }
    #connect(request: ConnectRequest, address: SocketAddress | undefined): number {
      if (!handles.isAlive(this)) return -Errno.EBADF;
      if (address === undefined) return -Errno.EINVAL;
      if (this.#delayed !== 0) return this.#delayed;
      if (this.#fd() >= 0 && this.#bound === null) return -Errno.EISCONN;
      const result = connections.connect(this, request, address, this.#bound);
      if (result === 0) this.#bound = null;
      return result;
    }
    #fd(): Fd {
      return (this as unknown as { fd: Fd }).fd;
    }
  }

  return {
    TCP,
    TCPConnectWrap,
    constants: { SOCKET: Kind.socket, SERVER: Kind.server, UV_TCP_IPV6ONLY, UV_TCP_REUSEPORT },
  };
}

/** AddressToJS. */
function describe(out: NameTarget, address: SocketAddress | number): number {
  if (typeof address === 'number') return address;
  if ('path' in address) return -Errno.EINVAL;
  out.address = address.address;
  out.family = address.family === 4 ? 'IPv4' : 'IPv6';
  out.port = address.port;
  return 0;
}
