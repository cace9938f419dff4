/**
 * A class as Node's C++ makes them: a constructor function that throws Node's own error when it is called without
 * `new`, with the prototype of `Class`. `notNew` makes that error.
 */
export function nativeClass<Class extends new (...parameters: never[]) => object>(
  Class: Class,
  name: string,
  notNew: () => Error,
): Class {
  function constructor(...parameters: unknown[]): object {
    if (new.target === undefined) throw notNew();
    return Reflect.construct(Class, parameters, new.target) as object;
  }
  Object.defineProperty(constructor, 'name', { value: name, configurable: true });
  Object.defineProperty(constructor, 'length', { value: Class.length, configurable: true });
  constructor.prototype = Class.prototype as object;
  Object.defineProperty(Class.prototype, 'constructor', {
    value: constructor,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return constructor as unknown as Class;
}

/**
 * Methods and accessors of `Class` fail as those of a native class do when they are called on what is none of its objects.
 * For classes whose calls are few: each goes through one function more.
 */
export function guardMethods(
  Class: { readonly prototype: object },
  isInstance: (value: unknown) => boolean,
): void {
  const { prototype } = Class;
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor') continue;
    for (const part of ['value', 'get', 'set'] as const) {
      const original: unknown = property[part];
      if (typeof original === 'function') property[part] = guarded(original, isInstance);
    }
    Object.defineProperty(prototype, name, property);
  }
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;
function guarded(original: object, isInstance: (value: unknown) => boolean): Method {
  const method = original as Method;
  const { name, length } = method;
  const outer = { [name](this: unknown, ...parameters: unknown[]): unknown {
    if (!isInstance(this)) throw new TypeError('Illegal invocation');
    return Reflect.apply(method, this, parameters);
  } }[name] as Method; // prettier-ignore
  return Object.defineProperty(outer, 'length', { value: length, configurable: true });
}
