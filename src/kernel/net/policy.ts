/** What the container may do on the network, and how it says no. */
import type { NetworkBoot } from '../../protocol/container.ts';

export class NetworkPolicy {
  readonly #boot: NetworkBoot;
  readonly #granted = new Set<string>();

  constructor(boot: NetworkBoot) {
    this.#boot = boot;
  }

  get listen(): boolean {
    return this.#boot.listen;
  }
  get corsProxy(): string | undefined {
    return this.#boot.corsProxy;
  }

  /** Further than the boot options say: the registry, once its address is known. */
  grantFetch(host: string): void {
    this.#granted.add(host);
  }

  /** Why a host may not be reached by fetch; undefined when it may. */
  refusalOf(host: string): string | undefined {
    const { fetch } = this.#boot;
    if (fetch === true || this.#granted.has(host)) return undefined;
    if (Array.isArray(fetch) && fetch.some((pattern) => matches(pattern, host))) return undefined;
    return `the capability network.fetch does not include ${host}: boot({ capabilities: { network: { fetch: ['${host}'] } } })`;
  }
}

/** `example.org`, or `*.example.org` for the names below it. */
function matches(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase();
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}
