/** Which addresses are taken, and who answers at one. */
import { Errno } from '../../base/errno.ts';
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from '../../base/limits.ts';
import type { SocketAnswer, IpEndpoint, UnixNode } from '../../protocol/sockets.ts';

/** A bound socket, named by the ring that its holders read connections from. */
export interface Endpoint {
  readonly ring: number;
  readonly address: IpEndpoint | UnixNode;
  readonly ipv6Only: boolean;
  /** Others may be bound to the same address (SO_REUSEPORT). */
  readonly shared: boolean;
  listening: boolean;
  /** Connections that came to it so far. */
  accepted: number;
  /** Connections that nobody has accepted yet: the server's ends. */
  readonly waiting: SocketAnswer[];
}

const MAPPED = '::ffff:';

/** What an address stands for on this host; undefined when it is another host's. */
export function loopbackOf({ family, address }: IpEndpoint): 'any' | 'loopback' | undefined {
  if (family === 6 && address.startsWith(MAPPED) && address.includes('.')) {
    return loopbackOf({ family: 4, address: address.slice(MAPPED.length), port: 0 });
  }
  if (address === (family === 4 ? '0.0.0.0' : '::')) return 'any';
  return (family === 4 ? address.startsWith('127.') : address === '::1') ? 'loopback' : undefined;
}

/** IPv4 where the address is one in IPv6's clothes; the loopback address for the one that means any. */
export function destination(address: IpEndpoint): IpEndpoint {
  const { port } = address;
  if (address.family === 6 && address.address.startsWith(MAPPED) && address.address.includes('.')) {
    return destination({ family: 4, address: address.address.slice(MAPPED.length), port });
  }
  if (address.address === '0.0.0.0') return { family: 4, address: '127.0.0.1', port };
  return address.address === '::' ? { family: 6, address: '::1', port } : address;
}

/** An IPv4 peer as a socket of both families shows it. */
export function mapped({ address, port }: IpEndpoint): IpEndpoint {
  return { family: 6, address: MAPPED + address, port };
}

export class Endpoints {
  readonly #byRing = new Map<number, Endpoint>();
  readonly #byNode = new Map<string, Endpoint>();
  readonly #byPort = new Map<number, Endpoint[]>();
  #nextPort = EPHEMERAL_PORT_FIRST;

  get(ring: number): Endpoint | undefined {
    return this.#byRing.get(ring);
  }
  atNode(node: string): Endpoint | undefined {
    return this.#byNode.get(node);
  }
  atPort(port: number): readonly Endpoint[] {
    return this.#byPort.get(port) ?? [];
  }

  /** The address with its port given out, or -EADDRINUSE, -EADDRNOTAVAIL. */
  available(address: IpEndpoint, ipv6Only: boolean, shared = false): IpEndpoint | number {
    if (loopbackOf(address) === undefined) return -Errno.EADDRNOTAVAIL;
    const wanted = address.port === 0 ? { ...address, port: this.ephemeralPort() } : address;
    const taken = this.atPort(wanted.port).some(
      (other) => conflict(other, wanted, ipv6Only) && !(shared && other.shared),
    );
    return taken || wanted.port === 0 ? -Errno.EADDRINUSE : wanted;
  }

  /** A port that nobody is bound to, the next after the one given out last; 0 when all are taken. */
  ephemeralPort(): number {
    for (let tries = EPHEMERAL_PORT_FIRST; tries <= EPHEMERAL_PORT_LAST; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === EPHEMERAL_PORT_LAST ? EPHEMERAL_PORT_FIRST : port + 1;
      if (!this.#byPort.has(port)) return port;
    }
    return 0;
  }

  add(endpoint: Endpoint): void {
    this.#byRing.set(endpoint.ring, endpoint);
    if ('path' in endpoint.address) this.#byNode.set(endpoint.address.node, endpoint);
    else {
      const { port } = endpoint.address;
      this.#byPort.set(port, [...this.atPort(port), endpoint]);
    }
  }

  remove(endpoint: Endpoint): void {
    this.#byRing.delete(endpoint.ring);
    if ('path' in endpoint.address) {
      this.#byNode.delete(endpoint.address.node);
      return;
    }
    const { port } = endpoint.address;
    const others = this.atPort(port).filter((other) => other !== endpoint);
    if (others.length > 0) this.#byPort.set(port, others);
    else this.#byPort.delete(port);
  }

  /** Who accepts connections to an address of this host: the exact one before those of any address. */
  listenerFor(to: IpEndpoint): Endpoint | undefined {
    const listeners = this.atPort(to.port).filter(({ listening }) => listening);
    const at = (family: number, address: string) =>
      fairest(
        listeners.filter((one) => {
          const own = one.address as IpEndpoint;
          return own.family === family && own.address === address;
        }),
      );
    if (to.family === 6) return at(6, to.address) ?? at(6, '::');
    const both = at(6, MAPPED + to.address) ?? at(6, '::');
    return at(4, to.address) ?? at(4, '0.0.0.0') ?? (both?.ipv6Only ? undefined : both);
  }

  /** Internet addresses that are listened at, by port. */
  listeners(): { address: IpEndpoint; ring: number }[] {
    const all = [...this.#byPort.values()].flat().filter(({ listening }) => listening);
    const addresses = all.map(({ address, ring }) => ({ address: address as IpEndpoint, ring }));
    return addresses.sort((a, b) => a.address.port - b.address.port);
  }

  ports(): number[] {
    const open = [...this.#byPort].filter(([, endpoints]) => endpoints.some(({ listening }) => listening));
    return open.map(([port]) => port).sort((a, b) => a - b);
  }
}

/** Of several that share an address: the one with the fewest connections so far. */
function fairest(endpoints: readonly Endpoint[]): Endpoint | undefined {
  let chosen = endpoints[0];
  for (const endpoint of endpoints) if (chosen && endpoint.accepted < chosen.accepted) chosen = endpoint;
  return chosen;
}

function conflict(other: Endpoint, wanted: IpEndpoint, ipv6Only: boolean): boolean {
  const own = other.address as IpEndpoint;
  if (own.family === wanted.family) {
    const any = wanted.family === 4 ? '0.0.0.0' : '::';
    return own.address === wanted.address || own.address === any || wanted.address === any;
  }
  // A socket for any IPv6 address also takes IPv4, unless it was made for one family alone.
  const six = own.family === 6 ? own : wanted;
  return six.address === '::' && !(own.family === 6 ? other.ipv6Only : ipv6Only);
}
