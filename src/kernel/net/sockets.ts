/**
 * Sockets: binding, listening, connecting and accepting. What a process holds of one are pipe ends, counted by the
 * pipe books like any other, so that a socket is inherited as a pipe is and ends with its last holder.
 */
import { Errno } from '../../base/errno.ts';
import { PipeFlag } from '../../protocol/ipc-layout.ts';
import type {
  IpEndpoint,
  ResolveAnswer,
  SocketAddress,
  SocketAnswer,
  SocketCall,
  UnixNode,
} from '../../protocol/sockets.ts';
import type { Reply } from '../calls.ts';
import { Holdings, type PipeBooks } from '../pipes/books.ts';
import type { NetworkPolicy } from './policy.ts';
import type { Outcome } from './relay.ts';
import { Datagrams } from './datagrams.ts';
import { destination, type Endpoint, Endpoints, loopbackOf, mapped } from './endpoints.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { NameServer } from './name-server.ts';

export interface SocketsHost {
  readonly books: PipeBooks;
  /** The first listener of a port is there, or the last one has gone. */
  portChanged(port: number, open: boolean): void;
  readonly policy: NetworkPolicy;
  readonly outside: Outside;
  /** The external runtime, while one is connected. */
  runtime(): RemoteConnection | undefined;
  report(message: string): void;
}

/** Other hosts. */
export interface Outside {
  resolve(name: string): ResolveAnswer;
  nameOf(address: string): string | undefined;
  /** → the caller's ends, or -errno. */
  connect(caller: Holdings, to: IpEndpoint, from: IpEndpoint): SocketAnswer | number;
  /** How a pending attempt ended. */
  outcome(ring: number): Outcome;
}

const TOKEN = new Uint8Array(1);

export class Sockets {
  readonly endpoints = new Endpoints();
  readonly datagrams: Datagrams;
  readonly #host: SocketsHost;
  /** Holds the ends of connections that nobody has accepted yet. */
  readonly #pending = new Holdings();
  /** The ring that goes the other way, by ring: both of a connection. */
  readonly #twins = new Map<number, number>();

  constructor(host: SocketsHost) {
    this.#host = host;
    this.datagrams = new Datagrams(host.books, new NameServer(host.policy, () => host.runtime()));
    host.books.onRelease((ring, side, unread) => this.#released(ring, side, unread));
  }

  handle(caller: Holdings, request: SocketCall, reply: Reply): void {
    if (request.call === 'connected') {
      const { result, reason } = this.#host.outside.outcome(request.ring);
      reply(result, reason);
      return;
    }
    const answer = this.#answer(caller, request);
    if (typeof answer === 'number') reply(answer);
    else reply(0, answer);
  }

  #answer(
    caller: Holdings,
    request: Exclude<SocketCall, { call: 'connected' }>,
  ): SocketAnswer | ResolveAnswer | string | number {
    switch (request.call) {
      case 'resolve':
        return this.#host.outside.resolve(request.name);
      case 'name-of':
        return this.#host.outside.nameOf(request.address) ?? -Errno.ENOENT;
      case 'bind':
        return this.#bind(caller, request);
      case 'listen':
        return this.#listen(caller, request.ring);
      case 'connect':
        return this.#connect(caller, request.address, request.bound);
      case 'accept':
        return this.#accept(caller, request.ring);
    }
  }

  /** A connection of the kernel's own to a port of this host. */
  dial(caller: Holdings, port: number): SocketAnswer | number {
    const four: IpEndpoint = { family: 4, address: '127.0.0.1', port };
    const answer = this.#connect(caller, four, undefined);
    return answer === -Errno.ECONNREFUSED
      ? this.#connect(caller, { family: 6, address: '::1', port }, undefined)
      : answer;
  }

  #bind(
    caller: Holdings,
    { address: wanted, ipv6Only, shared }: Extract<SocketCall, { call: 'bind' }>,
  ): SocketAnswer | number {
    const { books } = this.#host;
    let address = wanted;
    if ('path' in wanted) {
      if (this.endpoints.atNode(wanted.node)) return -Errno.EADDRINUSE;
    } else {
      const free = this.endpoints.available(wanted, ipv6Only, shared);
      if (typeof free === 'number') return free;
      address = free;
    }
    const ring = books.allocate();
    if (ring < 0) return ring;
    this.endpoints.add({ ring, address, ipv6Only, shared, listening: false, accepted: 0, waiting: [] });
    books.hold(caller, { input: ring });
    return { input: ring, socket: { kind: kindOf(address), local: named(address), unconnected: true } };
  }

  #listen(caller: Holdings, ring: number): number {
    const endpoint = this.#held(caller, ring);
    if (endpoint === undefined) return -Errno.EINVAL;
    if (endpoint.listening) return 0;
    const { address } = endpoint;
    if ('port' in address && !this.#host.policy.listen) {
      this.#host.report(
        `A program may not listen on port ${address.port}: the capability network.listen is off.`,
      );
      return -Errno.EACCES;
    }
    const first = 'port' in address && !this.endpoints.atPort(address.port).some((one) => one.listening);
    endpoint.listening = true;
    if (first) this.#host.portChanged(address.port, true);
    return 0;
  }

  #connect(caller: Holdings, to: IpEndpoint | UnixNode, bound: number | undefined): SocketAnswer | number {
    const own = bound === undefined ? undefined : this.#held(caller, bound)?.address;
    if ('path' in to) {
      const listener = this.endpoints.atNode(to.node);
      if (!listener?.listening) return -Errno.ECONNREFUSED;
      return this.#establish(caller, listener, { path: to.path }, own && named(own));
    }
    const target = destination(to);
    const from = own && 'port' in own ? { ...own } : this.#clientAddress(target);
    if (loopbackOf(target) === undefined) return this.#host.outside.connect(caller, target, from);
    if (loopbackOf(from) === 'any') from.address = target.address;
    const listener = this.endpoints.listenerFor(target);
    return listener ? this.#establish(caller, listener, target, from) : -Errno.ECONNREFUSED;
  }

  #clientAddress({ family }: IpEndpoint): IpEndpoint {
    return { family, address: family === 4 ? '127.0.0.1' : '::1', port: this.endpoints.ephemeralPort() };
  }

  #establish(
    caller: Holdings,
    listener: Endpoint,
    to: SocketAddress,
    from: SocketAddress | undefined,
  ): SocketAnswer | number {
    const pair = this.pair();
    if (typeof pair === 'number') return pair;
    const [there, back] = pair;
    const kind = kindOf(listener.address);
    const client: SocketAnswer = { input: back, output: there, socket: { kind, remote: to } };
    const server: SocketAnswer = { input: there, output: back, socket: { kind, local: to } };
    if (from) client.socket.local = server.socket.remote = from;
    // A socket of both families shows its IPv4 peers in IPv6's form.
    if ('port' in listener.address && listener.address.family === 6 && 'port' in to && to.family === 4) {
      server.socket.local = mapped(to);
      if (from && 'port' in from) server.socket.remote = mapped(from);
    }
    const { books } = this.#host;
    books.hold(caller, { input: back, output: there });
    books.hold(this.#pending, { input: there, output: back });
    listener.waiting.push(server);
    listener.accepted++;
    books.ring(listener.ring).tryWrite(TOKEN);
    return client;
  }

  /** Two rings that are one connection. */
  pair(): [number, number] | number {
    const { books } = this.#host;
    const there = books.allocate();
    if (there < 0) return there;
    const back = books.allocate();
    if (back < 0) {
      books.hold(this.#pending, { input: there });
      books.drop(this.#pending, { input: there });
      return back;
    }
    this.#twins.set(there, back).set(back, there);
    return [there, back];
  }

  #accept(caller: Holdings, ring: number): SocketAnswer | number {
    const connection = this.#held(caller, ring)?.waiting.shift();
    if (connection === undefined) return -Errno.EAGAIN;
    const { books } = this.#host;
    books.hold(caller, connection);
    books.drop(this.#pending, connection);
    return connection;
  }

  #held(caller: Holdings, ring: number): Endpoint | undefined {
    return this.#host.books.holds(caller, { input: ring }) ? this.endpoints.get(ring) : undefined;
  }

  #released(ring: number, side: 'reader' | 'all', unread: number): void {
    const endpoint = this.endpoints.get(ring);
    if (endpoint !== undefined) {
      if (side === 'all') this.#closed(endpoint);
      return;
    }
    if (side === 'all') this.datagrams.released(ring);
    const twin = this.#twins.get(ring);
    if (twin === undefined) return;
    // As TCP does: an end that is closed before it has read everything resets the connection.
    const { books } = this.#host;
    if (unread > 0 && books.exists(twin)) books.ring(twin).raise(PipeFlag.reset);
    if (side === 'all') this.#twins.delete(ring);
  }

  #closed(endpoint: Endpoint): void {
    const { books } = this.#host;
    this.endpoints.remove(endpoint);
    for (const connection of endpoint.waiting) {
      if (connection.output !== undefined) books.ring(connection.output).raise(PipeFlag.reset);
      books.drop(this.#pending, connection);
    }
    const { address } = endpoint;
    if (!endpoint.listening || 'path' in address) return;
    if (this.endpoints.atPort(address.port).some((one) => one.listening)) return;
    this.#host.portChanged(address.port, false);
  }
}

function kindOf(address: SocketAddress): 'tcp' | 'unix' {
  return 'path' in address ? 'unix' : 'tcp';
}

function named(address: IpEndpoint | UnixNode): SocketAddress {
  return 'path' in address ? { path: address.path } : address;
}
