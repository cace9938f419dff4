import type { ErrorCalls } from '../context.ts';
import type { Variables } from '../process/variables.ts';

const INVALID = 'ERR_INVALID_OBJECT_DEFINE_PROPERTY';

/** Coerces as V8's ToString does: a symbol throws. */
const toText = (value: unknown): string => `${value as string}`;

const TIME_ZONE = 'TZ';

/**
 * `process.env` (node_env_var.cc): values become strings, descriptors must be plain. `warn` is called with what is
 * assigned when it is neither string, number nor boolean (DEP0104); `onTimeZone` with each change of TZ.
 */
export function createEnvironment(
  NativeProxy: ProxyConstructor,
  variables: Variables,
  errors: ErrorCalls,
  warn: (value: unknown) => void,
  onTimeZone: (name: string | undefined) => void,
): object {
  const set = (key: PropertyKey, value: unknown) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') warn(value);
    const name = toText(key);
    const text = toText(value);
    // setenv(3) refuses such a name, and nobody is told.
    if (name !== '') variables.change((all) => (all[name] = text));
    if (name === TIME_ZONE) onTimeZone(text);
    variables.told?.('set', name);
    return true;
  };
  const handler: ProxyHandler<Record<string, string>> = {
    set: (_target, key, value) => set(key, value),
    deleteProperty(_target, key) {
      if (typeof key === 'string') variables.change((all) => delete all[key]);
      if (key === TIME_ZONE) onTimeZone(undefined);
      if (typeof key === 'string') variables.told?.('delete', key);
      return true;
    },
    defineProperty(_target, key, descriptor) {
      if ('value' in descriptor) {
        if (descriptor.configurable && descriptor.writable && descriptor.enumerable)
          return set(key, descriptor.value);
      } else if ('get' in descriptor || 'set' in descriptor) {
        throw errors.coded(
          TypeError,
          INVALID,
          "'process.env' does not accept an accessor(getter/setter) descriptor",
        );
      }
      throw errors.coded(
        TypeError,
        INVALID,
        "'process.env' only accepts a configurable, writable, and enumerable data descriptor",
      );
    },
  };
  // Looking costs nothing until there is another thread that may have changed something, or somebody who wants to know.
  variables.onWatched = () => Object.assign(handler, lookers(variables));
  return new NativeProxy(variables.all, handler);
}

const { get, has, ownKeys, getOwnPropertyDescriptor } = Reflect;

function lookers(variables: Variables): ProxyHandler<Record<string, string>> {
  const tell = (what: string, key: PropertyKey): void => {
    if (typeof key === 'string') variables.told?.(what, key);
  };
  return {
    get(_target, key) {
      tell('get', key);
      return get(variables.all, key) as unknown;
    },
    has(_target, key) {
      tell('query', key);
      return has(variables.all, key);
    },
    ownKeys() {
      variables.told?.('enumerate environment variables');
      return ownKeys(variables.all);
    },
    getOwnPropertyDescriptor(_target, key) {
      tell('query', key);
      return getOwnPropertyDescriptor(variables.all, key);
    },
  };
}
