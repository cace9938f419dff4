/**
 * Which hosts the relay connects to: the public internet, and what MHNOS_RELAY_ALLOW names. A name is resolved here
 * and the checked address is what is connected to, so that it cannot resolve to another one afterwards.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { BridgeError, codeOf } from '../errors.ts';

export interface RelayTarget {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Not the public internet: IANA's special-purpose registries (RFC 6890 and later). Cloud metadata is in 169.254/16 and fd00::/8. */
const PRIVATE_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
/** Also the ranges that embed an IPv4 address, through which a private one could be meant. */
const PRIVATE_6 = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;

/** A list each: in one, a rule for mapped addresses (::ffff:0:0/96) would match all of IPv4. */
const private4 = new BlockList();
const private6 = new BlockList();
for (const [network, prefix] of PRIVATE_4) private4.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of PRIVATE_6) private6.addSubnet(network, prefix, 'ipv6');

export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !private4.check(address, 'ipv4');
  return family === 6 && !private6.check(address, 'ipv6');
}

/** `host`, `host:port`, `*.domain`, `*.domain:port`; an IPv6 address in brackets. */
function entryMatches(entry: string, host: string, port: number): boolean {
  const [, pattern = '', onlyPort] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [];
  if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
  const name = host.toLowerCase().replace(/\.$/, '');
  const wanted = pattern.toLowerCase().replace(/^\[|\]$/g, '');
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
}

export class RelayPolicy {
  readonly #allow: readonly string[];

  constructor(allow: readonly string[]) {
    this.#allow = allow;
  }

  /** True if an entry names the host, at whatever port. */
  names(host: string): boolean {
    return this.#allow.some((entry) => entryMatches(entry.replace(/(\]|^[^:[\]]+):\d+$/, '$1'), host, 0));
  }

  /** Throws EACCES (not public and not allowed), ENOTFOUND and the like. */
  async target(host: string, port: number): Promise<RelayTarget> {
    const [first] = await this.resolve(host, 0, port);
    if (first === undefined) throw new BridgeError('ENOTFOUND', `${host} has no address.`);
    return first;
  }

  /** The addresses of the name that may be connected to. */
  async resolve(host: string, family: 0 | 4 | 6, port = 0): Promise<RelayTarget[]> {
    const name = host.replace(/^\[|\]$/g, '');
    let found;
    try {
      found = await lookup(name, { all: true, family });
    } catch (error) {
      throw new BridgeError(codeOf(error), `${host} could not be resolved.`);
    }
    const targets = found.map((each): RelayTarget => ({
      address: each.address,
      family: each.family === 6 ? 6 : 4,
    }));
    if (this.#allow.some((entry) => entryMatches(entry, name, port))) return targets;
    const allowed = targets.filter(({ address }) => isPublic(address));
    if (allowed.length === 0) {
      throw new BridgeError(
        'EACCES',
        `${host} is not on the public internet: MHNOS_RELAY_ALLOW can name it.`,
      );
    }
    return allowed;
  }
}
