import type { Getter, ModuleRecord } from './record.ts';

// Taken before Node's primordials and before programs: namespaces must not look like proxies to `util.inspect`.
const NativeProxy = Proxy;
const namespaces = new WeakSet<object>();
const { apply } = Reflect;
const weakSetHas = WeakSet.prototype.has;

export function isModuleNamespace(value: unknown): boolean {
  return typeof value === 'object' && value !== null && apply(weakSetHas, namespaces, [value]);
}

/** The module's namespace exotic object (ECMA-262 sec. 10.4.6), made at its first use after linking. */
export function namespaceOf(module: ModuleRecord): object {
  if (module.namespace !== undefined) return module.namespace;
  const getters = Object.create(null) as Record<string, Getter>;
  // A cycle of `export * as` may ask for this namespace while its names are being resolved.
  const { proxy, fill } = createNamespace(getters);
  module.namespace = proxy;
  const names = [...new Set(module.exportedNames(new Set()))].sort();
  for (const name of names) {
    const binding = module.resolveExport(name, []);
    if (binding === null || binding === 'ambiguous') continue;
    const { module: target, name: local } = binding;
    getters[name] = local === null ? () => namespaceOf(target) : target.getter(local);
  }
  fill();
  return proxy;
}

function createNamespace(getters: Record<string, Getter>): { proxy: object; fill: () => void } {
  // The target has each export as a writable, non-configurable property: then the traps may report any value.
  const target = Object.create(null) as Record<PropertyKey, unknown>;
  const read = (key: PropertyKey): Getter | undefined => (typeof key === 'string' ? getters[key] : undefined);
  const proxy = new NativeProxy(target, {
    get(object, key) {
      const getter = read(key);
      return getter === undefined ? Reflect.get(object, key) : getter();
    },
    getOwnPropertyDescriptor(object, key) {
      const getter = read(key);
      if (getter === undefined) return Reflect.getOwnPropertyDescriptor(object, key);
      return { value: getter(), writable: true, enumerable: true, configurable: false };
    },
    set: () => false,
    defineProperty(object, key, wanted) {
      const getter = read(key);
      if (getter === undefined) return Reflect.defineProperty(object, key, wanted);
      if (wanted.configurable || wanted.enumerable === false || wanted.get || wanted.set) return false;
      if (wanted.writable === false) return false;
      return !('value' in wanted) || Object.is(wanted.value, getter());
    },
    deleteProperty: (object, key) => !Reflect.has(object, key),
    setPrototypeOf: (_object, prototype) => prototype === null,
  });
  namespaces.add(proxy);
  return {
    proxy,
    fill() {
      for (const name of Object.keys(getters)) {
        Object.defineProperty(target, name, { value: undefined, writable: true, enumerable: true });
      }
      Object.defineProperty(target, Symbol.toStringTag, { value: 'Module' });
      Object.preventExtensions(target);
    },
  };
}
