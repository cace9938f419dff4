import type { NodeContext } from '../context.ts';
import { nativeClass } from '../native-class.ts';
import { type AreaDatabase, StorageArea } from '../sqlite/storage-area.ts';

type DatabaseClass = new (path: string) => AreaDatabase;
type DomException = new (message: string, name: string) => Error;

/** node_webstorage.cc: `localStorage` and `sessionStorage` over SQLite. */
export function createWebStorage({ realm, errors }: NodeContext): object {
  const constructorKey = Symbol('kConstructorKey');
  const areas = new WeakMap<object, StorageArea>();
  const areaOf = (storage: unknown): StorageArea => {
    const area = typeof storage === 'object' && storage !== null ? areas.get(storage) : undefined;
    if (area === undefined) throw new TypeError('Illegal invocation');
    return area;
  };
  const parts = (path: string) => ({
    open: () => new (realm.internalBinding('sqlite')['DatabaseSync'] as DatabaseClass)(path),
    newer: () =>
      errors.coded(Error, 'ERR_INVALID_STATE', 'localStorage was created with a newer version of Node.js'),
    quotaExceeded: () =>
      new (realm.perContextExports['DOMException'] as DomException)(
        'Setting the value exceeded the quota',
        'QuotaExceededError',
      ),
  });
  const needs = (given: readonly unknown[], count: number, method: string): void => {
    if (given.length >= count) return;
    throw errors.coded(
      TypeError as ErrorConstructor,
      'ERR_MISSING_ARGS',
      `Failed to execute '${method}' on 'Storage': ${count} argument${count > 1 ? 's' : ''} required`,
    );
  };
  const illegal = (): Error => errors.coded(Error, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');

  class Storage {
    constructor(key?: symbol, path = ':memory:') {
      if (key !== constructorKey) throw illegal();
      const area = new StorageArea(parts(path));
      const storage = new Proxy<Storage>(this, handlerOf(area));
      areas.set(storage, area);
      return storage;
    }
    get length(): number {
      return areaOf(this).length;
    }
    clear(): void {
      areaOf(this).clear();
    }
    getItem(...given: unknown[]): unknown {
      const area = areaOf(this);
      needs(given, 1, 'getItem');
      return area.load(`${given[0] as string}`);
    }
    key(...given: unknown[]): string | null {
      const area = areaOf(this);
      needs(given, 1, 'key');
      const index = (given[0] as number) | 0;
      return index < 0 ? null : area.keyAt(index);
    }
    removeItem(...given: unknown[]): void {
      const area = areaOf(this);
      needs(given, 1, 'removeItem');
      area.remove(`${given[0] as string}`);
    }
    setItem(...given: unknown[]): void {
      const area = areaOf(this);
      needs(given, 2, 'setItem');
      area.store(`${given[0] as string}`, given[1]);
    }
  }
  return { Storage: nativeClass(Storage, 'Storage', illegal), kConstructorKey: constructorKey };
}

/** Properties that the prototype does not have are entries. */
function handlerOf<T extends object>(area: StorageArea): ProxyHandler<T> {
  const inherited = (target: object, key: PropertyKey): boolean =>
    key in (Reflect.getPrototypeOf(target) ?? {});
  return {
    get: (target, key, receiver) =>
      inherited(target, key)
        ? (Reflect.get(target, key, receiver) as unknown)
        : (area.load(key) ?? undefined),
    set(_target, key, value) {
      area.store(key, value);
      return true;
    },
    has: (target, key) => inherited(target, key) || area.load(key) !== null,
    deleteProperty(_target, key) {
      area.remove(key);
      return true;
    },
    ownKeys: () => area.keys(),
    getOwnPropertyDescriptor(target, key) {
      const value = inherited(target, key) ? null : area.load(key);
      return value === null ? undefined : { value, writable: true, enumerable: true, configurable: true };
    },
    defineProperty(_target, key, descriptor) {
      if ('value' in descriptor) area.store(key, descriptor.value);
      return true;
    },
  };
}
