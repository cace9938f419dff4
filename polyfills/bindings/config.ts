import type { NodeContext } from '../context.ts';

/** node_config.cc: what this build has. A feature that is false here is absent, and Node's library says so. */
export function createConfig({ facts, intrinsics }: NodeContext): object {
  return {
    ...facts.bindings['config']?.constants(),
    hasInspector: false,
    hasTracing: false,
    hasOpenSSL: true,
    fipsMode: false,
    getDefaultLocale: () => intrinsics.defaultLocale,
  };
}
