/**
 * Sockets between processes. A connection is two pipe rings, so its bytes never pass the kernel; a listener is a ring
 * into which the kernel writes one byte for each connection that waits to be accepted. The kernel binds, listens,
 * connects and accepts, and knows the addresses.
 */

export interface IpEndpoint {
  family: 4 | 6;
  /** As inet_ntop prints it. */
  address: string;
  port: number;
}

/** A Unix domain socket. An abstract one has a path that begins with NUL. */
export interface UnixEndpoint {
  path: string;
}

export type SocketAddress = IpEndpoint | UnixEndpoint;

/** A socket's place in the kernel's books: a path by the inode behind it (`dev:ino`), an abstract name by itself. */
export interface UnixNode extends UnixEndpoint {
  node: string;
}

/** What getsockname(2) and getpeername(2) say of a stream. */
export interface SocketNames {
  kind: 'tcp' | 'udp' | 'unix';
  local?: SocketAddress;
  remote?: SocketAddress;
  /** A socket that is bound and perhaps listens: nothing can be read or written. */
  unconnected?: true;
  /** Bytes pass to the other host as they are: what is to be encrypted, the program encrypts. */
  relayed?: true;
}

export type SocketCall =
  /** → the ring of a bound socket; its payload is a SocketAnswer. Port 0 takes a free one. `shared`:
   * others that ask for it too may be bound to the same address (SO_REUSEPORT), and connections go to each in turn. */
  | { call: 'bind'; address: IpEndpoint | UnixNode; ipv6Only: boolean; shared: boolean }
  | { call: 'listen'; ring: number; backlog: number }
  /** → 0, payload SocketAnswer. `bound`: the ring of a bound socket whose address the connection takes over. */
  | { call: 'connect'; address: IpEndpoint | UnixNode; bound?: number }
  /** How the attempt ended that an answer to `connect` said is pending; `ring` is the one that is written. → 0 or -errno, payload: why. */
  | { call: 'connected'; ring: number }
  /** After a byte was read from the listener's ring. → 0, payload SocketAnswer. */
  | { call: 'accept'; ring: number }
  /** A name outside the container. Payload ResolveAnswer. */
  | { call: 'resolve'; name: string }
  /** The name that `resolve` was asked for. → 0, payload string. */
  | { call: 'name-of'; address: string };

/** The address that stands for the name, or why there is none; `denied`: a capability is missing. */
export type ResolveAnswer = { address: string } | { denied: boolean; refusal?: string };

export interface SocketAnswer {
  input?: number;
  output?: number;
  socket: SocketNames;
  /** The connection is being made: the socket is writable when the attempt has ended. */
  pending?: true;
}
