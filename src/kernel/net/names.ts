/**
 * Names of other hosts. A browser resolves names itself and shows no address, so each name that a program looks up gets
 * one of a range that no network uses (RFC 2544), by which the gateway knows the name again when it is connected to.
 */
import { GATEWAY_NAMES_MAX } from '../../base/limits.ts';
import type { IpEndpoint, ResolveAnswer } from '../../protocol/sockets.ts';
import type { NetworkPolicy } from './policy.ts';

/** 198.18.0.0/15 */
const FIRST = (198 << 24) | (18 << 16);
const HOST_NAME =
  /^(?=.{1,253}$)(?:[\da-z_](?:[\da-z_-]{0,61}[\da-z_])?\.)*[\da-z_](?:[\da-z_-]{0,61}[\da-z_])?$/;

export class Names {
  readonly #policy: NetworkPolicy;
  readonly #byName = new Map<string, string>();
  readonly #byAddress = new Map<string, string>();

  constructor(policy: NetworkPolicy) {
    this.#policy = policy;
  }

  resolve(asked: string): ResolveAnswer {
    const name = asked.toLowerCase().replace(/\.$/, '');
    // Names that are promised never to exist (RFC 6761) and what is no name at all.
    if (!HOST_NAME.test(name) || /(?:^|\.)(?:invalid|test|example|local)$/.test(name))
      return { denied: false };
    const refusal = this.#policy.refusalOf(name);
    if (refusal !== undefined && !this.#policy.mayResolve(name)) return { denied: true, refusal };
    const known = this.#byName.get(name);
    if (known !== undefined) return { address: known };
    if (this.#byName.size >= GATEWAY_NAMES_MAX) return { denied: false, refusal: 'too many names' };
    const number = FIRST + this.#byName.size + 1;
    const address = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
    this.#byName.set(name, address);
    this.#byAddress.set(address, name);
    return { address };
  }

  nameOf(address: string): string | undefined {
    return this.#byAddress.get(address);
  }

  /** The host behind a connection's destination: a name, or the address itself. */
  hostOf({ address, family }: IpEndpoint): string {
    return this.nameOf(address) ?? (family === 6 ? `[${address}]` : address);
  }
}
