/** UDP inside the container: who is bound where, and who gets which datagram. */
import { Errno } from '../../base/errno.ts';
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST, PIPE_BUFFER_BYTES } from '../../base/limits.ts';
import { type DatagramCall, type DatagramMessage, encodeDatagram } from '../../protocol/datagrams.ts';
import type { IpEndpoint, SocketAnswer } from '../../protocol/sockets.ts';
import type { Reply } from '../calls.ts';
import type { Holdings, PipeBooks } from '../pipes/books.ts';
import { destination, loopbackOf, mapped } from './endpoints.ts';
import type { NameServer } from './name-server.ts';

interface Bound {
  readonly ring: number;
  readonly address: IpEndpoint;
  readonly ipv6Only: boolean;
  /** Others may be bound to the same address (SO_REUSEADDR). */
  readonly shared: boolean;
  readonly groups: Set<string>;
}

export class Datagrams {
  readonly #books: PipeBooks;
  readonly #bound = new Map<number, Bound>();
  readonly #nameServer: NameServer;
  #nextPort = EPHEMERAL_PORT_FIRST;

  constructor(books: PipeBooks, nameServer: NameServer) {
    this.#books = books;
    this.#nameServer = nameServer;
  }

  handle(caller: Holdings, request: DatagramCall, reply: Reply): void {
    if (request.call === 'membership') {
      reply(this.#membership(caller, request.ring, request.group, request.join));
      return;
    }
    const answer = this.#bind(caller, request);
    if (typeof answer === 'number') reply(answer);
    else reply(0, answer);
  }

  /** Nobody holds the ring any more. */
  released(ring: number): void {
    this.#bound.delete(ring);
  }

  send(caller: Holdings, { ring, to, bytes }: DatagramMessage): void {
    const sender = this.#held(caller, ring);
    if (sender === undefined) return;
    const target = destination(to);
    if (this.#nameServer.listensAt(target)) {
      void this.#nameServer.answer(bytes).then((answer) => {
        if (this.#bound.get(ring) === sender) this.#deliver(sender, target, answer);
      });
      return;
    }
    const any = loopbackOf(sender.address) === 'any';
    const from: IpEndpoint = {
      family: target.family,
      address:
        any || sender.address.family !== target.family ? loopbackAddress(target) : sender.address.address,
      port: sender.address.port,
    };
    for (const receiver of this.#receivers(target)) this.#deliver(receiver, from, bytes);
  }

  #deliver({ ring, address }: Bound, from: IpEndpoint, bytes: Uint8Array): void {
    const shown = address.family === 6 && from.family === 4 ? mapped(from) : from;
    const record = encodeDatagram(shown, bytes);
    const queue = this.#books.ring(ring);
    if (PIPE_BUFFER_BYTES - queue.length >= record.length) queue.tryWrite(record);
  }

  #receivers(to: IpEndpoint): Bound[] {
    const here = [...this.#bound.values()].filter(({ address }) => address.port === to.port);
    const hears = ({ address, ipv6Only }: Bound): boolean =>
      address.family === to.family
        ? address.address === to.address || loopbackOf(address) === 'any'
        : to.family === 4 && address.address === '::' && !ipv6Only;
    if (isMulticast(to)) return here.filter(({ groups }) => groups.has(to.address));
    if (isBroadcast(to)) return here.filter((one) => one.address.family === 4);
    if (loopbackOf(to) === undefined) return [];
    const fitting = here.filter(hears);
    const exact = fitting.filter(({ address }) => address.address === to.address);
    // Of several that share an address the last one bound gets what is sent to one.
    return (exact.length > 0 ? exact : fitting).slice(-1);
  }

  #bind(
    caller: Holdings,
    { address, ipv6Only, shared }: Extract<DatagramCall, { call: 'bind-datagram' }>,
  ): SocketAnswer | number {
    if (loopbackOf(address) === undefined && !isMulticast(address)) return -Errno.EADDRNOTAVAIL;
    const port = address.port === 0 ? this.#ephemeralPort() : address.port;
    const wanted: IpEndpoint = { ...address, port };
    const taken =
      this.#nameServer.listensAt(wanted) ||
      [...this.#bound.values()].some(
        (other) =>
          other.address.port === port && conflict(other, wanted, ipv6Only) && !(shared && other.shared),
      );
    if (taken || port === 0) return -Errno.EADDRINUSE;
    const ring = this.#books.allocate();
    if (ring < 0) return ring;
    this.#bound.set(ring, { ring, address: wanted, ipv6Only, shared, groups: new Set() });
    this.#books.hold(caller, { input: ring });
    return { input: ring, socket: { kind: 'udp', local: wanted, unconnected: true } };
  }

  #membership(caller: Holdings, ring: number, group: string, join: boolean): number {
    const groups = this.#held(caller, ring)?.groups;
    if (groups === undefined) return -Errno.EBADF;
    if (join === groups.has(group)) return join ? -Errno.EADDRINUSE : -Errno.EADDRNOTAVAIL;
    if (join) groups.add(group);
    else groups.delete(group);
    return 0;
  }

  #held(caller: Holdings, ring: number): Bound | undefined {
    return this.#books.holds(caller, { input: ring }) ? this.#bound.get(ring) : undefined;
  }

  #ephemeralPort(): number {
    const taken = new Set([...this.#bound.values()].map(({ address }) => address.port));
    for (let tries = EPHEMERAL_PORT_FIRST; tries <= EPHEMERAL_PORT_LAST; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === EPHEMERAL_PORT_LAST ? EPHEMERAL_PORT_FIRST : port + 1;
      if (!taken.has(port)) return port;
    }
    return 0;
  }
}

function conflict(other: Bound, wanted: IpEndpoint, ipv6Only: boolean): boolean {
  const own = other.address;
  if (own.family === wanted.family) {
    return own.address === wanted.address || loopbackOf(own) === 'any' || loopbackOf(wanted) === 'any';
  }
  return own.family === 6 ? own.address === '::' && !other.ipv6Only : wanted.address === '::' && !ipv6Only;
}

function loopbackAddress({ family }: IpEndpoint): string {
  return family === 4 ? '127.0.0.1' : '::1';
}

function isMulticast({ family, address }: IpEndpoint): boolean {
  if (family === 6) return /^ff/i.test(address);
  const first = Number(address.split('.')[0]);
  return first >= 224 && first <= 239;
}

function isBroadcast({ address }: IpEndpoint): boolean {
  return address === '255.255.255.255' || address === '127.255.255.255';
}
