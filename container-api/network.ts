/** What `boot` was told of the network, as the kernel takes it. */
import type { NetworkBoot } from '../src/protocol/container.ts';
import type { BootOptions } from './options.ts';

/** @throws TypeError for addresses that are none */
export function networkOf(options: BootOptions): NetworkBoot {
  const { capabilities = 'sandbox', registry, corsProxy } = options;
  const granted = typeof capabilities === 'object' ? (capabilities.network ?? {}) : {};
  const fetch = granted.fetch ?? capabilities === 'trusted';
  const boot: NetworkBoot = {
    fetch: Array.isArray(fetch) ? [...fetch] : fetch,
    listen: granted.listen ?? true,
  };
  if (registry !== undefined && boot.fetch !== true) {
    const { hostname } = new URL(registry);
    boot.fetch = [...(boot.fetch === false ? [] : boot.fetch), hostname];
  }
  if (corsProxy !== undefined) boot.corsProxy = new URL(corsProxy, document.baseURI).href;
  return boot;
}
