/** What `boot` was told of the network, as the kernel takes it. */
import type { NetworkBoot, NpmBoot } from '../src/protocol/container.ts';
import type { BootOptions } from './options.ts';

/** @throws TypeError for addresses that are none */
export function networkOf(options: BootOptions): NetworkBoot {
  const { capabilities = 'sandbox', corsProxy, nameServer } = options;
  const granted = typeof capabilities === 'object' ? (capabilities.network ?? {}) : {};
  const fetch = granted.fetch ?? capabilities === 'trusted';
  const tcp = granted.tcp ?? capabilities === 'trusted';
  const boot: NetworkBoot = {
    fetch: Array.isArray(fetch) ? [...fetch] : fetch,
    registry: granted.fetch === undefined,
    tcp: typeof tcp === 'boolean' ? tcp : [...tcp],
    websocket: granted.websocket ?? capabilities === 'trusted',
    listen: granted.listen ?? true,
  };
  const { registry = DEFAULT_REGISTRY, registryFrom } = npmOf(options);
  if (granted.fetch === undefined && boot.fetch !== true && registryFrom === undefined) {
    const { hostname } = new URL(registry);
    boot.fetch = [...(boot.fetch === false ? [] : boot.fetch), hostname];
  }
  if (corsProxy !== undefined) boot.corsProxy = new URL(corsProxy, document.baseURI).href;
  if (nameServer !== undefined) boot.nameServer = new URL(nameServer, document.baseURI).href;
  return boot;
}

/** npm's own default. */
const DEFAULT_REGISTRY = 'https://registry.npmjs.org/';

/** @throws TypeError for addresses that are none */
export function npmOf({ registry }: BootOptions): NpmBoot {
  if (registry === undefined) return {};
  if (typeof registry === 'string') return { registry: new URL(registry).href };
  return { registryFrom: new URL(registry.from, document.baseURI).href };
}
