/**
 * Which hosts the relay connects to: the public internet, and what MHNOS_RELAY_ALLOW names. A name is resolved here
 * and the checked address is what is connected to, so that it cannot resolve to another one afterwards.
 */
import { lookup } from 'node:dns/promises';
import { isPublic } from '../dns/public-addresses.ts';
import { BridgeError, codeOf } from '../errors.ts';

export interface RelayTarget {
  readonly address: string;
  readonly family: 4 | 6;
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
