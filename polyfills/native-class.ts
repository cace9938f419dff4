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
