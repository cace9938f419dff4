import type { ErrorCalls } from '../context.ts';

const INVALID = 'ERR_INVALID_OBJECT_DEFINE_PROPERTY';

/** Coerces as V8's ToString does: a symbol throws. */
const toText = (value: unknown): string => `${value as string}`;

/**
 * `process.env` (node_env_var.cc): values become strings, descriptors must be plain. `warn` is called with what is
 * assigned when it is neither string, number nor boolean (DEP0104).
 */
export function createEnvironment(
  NativeProxy: ProxyConstructor,
  variables: Record<string, string>,
  errors: ErrorCalls,
  warn: (value: unknown) => void,
): object {
  const set = (key: PropertyKey, value: unknown) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') warn(value);
    const name = toText(key);
    variables[name] = toText(value);
    return true;
  };
  return new NativeProxy(variables, {
    set: (_target, key, value) => set(key, value),
    deleteProperty(target, key) {
      if (typeof key === 'string') delete target[key];
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
  });
}
