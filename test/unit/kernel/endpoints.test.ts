import { describe, expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { destination, type Endpoint, Endpoints } from '../../../src/kernel/net/endpoints.ts';
import type { IpEndpoint } from '../../../src/protocol/sockets.ts';

let ring = 0;
const ip = (address: string, port: number): IpEndpoint => ({
  family: address.includes(':') ? 6 : 4,
  address,
  port,
});
function listening(endpoints: Endpoints, address: IpEndpoint, ipv6Only = false, shared = false): Endpoint {
  const endpoint = { ring: ++ring, address, ipv6Only, shared, listening: true, accepted: 0, waiting: [] };
  endpoints.add(endpoint);
  return endpoint;
}

describe('addresses', () => {
  test.each([
    ['0.0.0.0', '127.0.0.1', false, true],
    ['127.0.0.1', '127.0.0.1', false, true],
    ['127.0.0.1', '127.0.0.2', false, false],
    ['::', '127.0.0.1', false, true],
    ['::', '127.0.0.1', true, false],
    ['127.0.0.1', '::', false, true],
    ['::1', '127.0.0.1', false, false],
  ])('%s taken, %s wanted, IPv6 alone %s: a conflict %s', (taken, wanted, ipv6Only, conflict) => {
    const endpoints = new Endpoints();
    listening(endpoints, ip(taken, 80), ipv6Only);
    const answer = endpoints.available(ip(wanted, 80), false);
    expect(answer === -Errno.EADDRINUSE).toBe(conflict);
  });

  test('sockets that all share an address are bound to it, and each gets its part of the connections', () => {
    const endpoints = new Endpoints();
    const first = listening(endpoints, ip('127.0.0.1', 80), false, true);
    expect(endpoints.available(ip('127.0.0.1', 80), false, false)).toBe(-Errno.EADDRINUSE);
    expect(endpoints.available(ip('127.0.0.1', 80), false, true)).toEqual(ip('127.0.0.1', 80));
    const second = listening(endpoints, ip('127.0.0.1', 80), false, true);
    const chosen = [1, 2, 3, 4].map(() => {
      const endpoint = endpoints.listenerFor(ip('127.0.0.1', 80));
      if (endpoint) endpoint.accepted++;
      return endpoint;
    });
    expect(chosen).toEqual([first, second, first, second]);
  });

  test('a connection goes to the exact address before the one of any address', () => {
    const endpoints = new Endpoints();
    const any = listening(endpoints, ip('0.0.0.0', 80));
    const both = listening(endpoints, ip('::', 81));
    const exact = listening(endpoints, ip('127.0.0.2', 80));
    expect(endpoints.listenerFor(ip('127.0.0.2', 80))).toBe(exact);
    expect(endpoints.listenerFor(ip('127.0.0.1', 80))).toBe(any);
    expect(endpoints.listenerFor(ip('127.0.0.1', 81))).toBe(both);
    expect(endpoints.listenerFor(ip('::1', 80))).toBeUndefined();
    endpoints.remove(exact);
    expect(endpoints.listenerFor(ip('127.0.0.2', 80))).toBe(any);
    expect(endpoints.ports()).toEqual([80, 81]);
  });

  test('any address means this host, and IPv4 in the clothes of IPv6 is IPv4', () => {
    expect(destination(ip('0.0.0.0', 1))).toEqual(ip('127.0.0.1', 1));
    expect(destination(ip('::', 1))).toEqual(ip('::1', 1));
    expect(destination(ip('::ffff:127.0.0.1', 1))).toEqual(ip('127.0.0.1', 1));
  });

  test('other hosts cannot be bound to', () => {
    expect(new Endpoints().available(ip('192.0.2.1', 80), false)).toBe(-Errno.EADDRNOTAVAIL);
  });
});
