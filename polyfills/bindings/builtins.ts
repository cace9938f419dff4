import type { NodeContext, Realm } from '../context.ts';
import type { Builtins } from '../realm/builtins.ts';

type Loaders = Pick<Realm, 'internalBinding' | 'require'>;

/** node_builtins.cc. */
export function createBuiltinsBinding(
  { facts, errors }: NodeContext,
  builtins: Builtins,
  setLoaders: (loaders: Loaders) => void,
): object {
  return {
    ...facts.bindings['builtins']?.constants(),
    config: builtins.config,
    builtinIds: [...facts.builtinIds],
    natives: {},
    compileFunction: (id: string) => builtins.compile(id),
    setInternalLoaders(internalBinding: Loaders['internalBinding'], require: Loaders['require']) {
      setLoaders({ internalBinding, require });
    },
    hasCachedBuiltins: () => true,
    getCacheUsage: () => ({
      compiledWithCache: new Set(),
      compiledWithoutCache: new Set(),
      compiledInSnapshot: [],
    }),
    importBuiltinSourceTextModule(id: string) {
      throw errors.coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${id} is not part of this container`);
    },
  };
}
