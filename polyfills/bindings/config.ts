import type { NodeContext } from '../context.ts';

/** node_config.cc: what this build has. A feature that is false here is absent, and Node's library says so. */
export function createConfig({ facts, intrinsics, realm }: NodeContext): object {
  return {
    ...facts.bindings['config']?.constants(),
    /**
     * Not while the library boots, of which it makes process.features.inspector: nothing can be attached. Afterwards it
     * lets programs load the module, whose functions say what is missing (bindings/inspector.ts).
     */
    get hasInspector() {
      return realm.booted;
    },
    hasTracing: false,
    hasOpenSSL: true,
    fipsMode: false,
    getDefaultLocale: () => intrinsics.defaultLocale,
  };
}
