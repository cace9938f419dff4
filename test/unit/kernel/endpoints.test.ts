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
function listening(endpoints: Endpoints, address: IpEndpoint, ipv6Only = false): Endpoint {
  const endpoint = { ring: ++ring, address, ipv6Only, listening: true, waiting: [] };
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
