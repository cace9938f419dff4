/**
 * Hidden per-object data: what V8's private symbols are to Node's C++. A private field can be put on any object by a
 * constructor that returns that object; it is invisible to reflection, never reaches a proxy's target, and costs less than
 * a WeakMap. Objects that cannot be extended fall back to a WeakMap, as engines may refuse them private fields.
 */
export interface Stamp<T> {
  get(object: object): T | undefined;
  set(object: object, value: T): void;
  has(object: object): boolean;
}

class Given {
  constructor(object: object) {
    return object;
  }
}

const { isExtensible } = Object;
const mapGet = Function.prototype.call.bind(WeakMap.prototype.get);
const mapSet = Function.prototype.call.bind(WeakMap.prototype.set);
const mapHas = Function.prototype.call.bind(WeakMap.prototype.has);

export function createStamp<T>(): Stamp<T> {
  const rigid = new WeakMap<object, T>();
  let anyRigid = false;
  class Stamped extends Given {
    #value: T;
    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }
    static read(object: object): T | undefined {
      if (#value in object) return object.#value;
      return anyRigid ? mapGet(rigid, object) : undefined;
    }
    static holds(object: object): boolean {
      return #value in object || (anyRigid && mapHas(rigid, object));
    }
    static write(object: object, value: T): void {
      if (#value in object) {
        object.#value = value;
      } else if (anyRigid && mapHas(rigid, object)) {
        mapSet(rigid, object, value);
      } else {
        new Stamped(object, value);
      }
    }
  }
  return {
    get: Stamped.read,
    has: Stamped.holds,
    set(object, value) {
      // A proxy's isExtensible may run its handler: proxies are stamped directly, which never reaches the handler.
      try {
        Stamped.write(object, value);
      } catch (error) {
        if (isExtensible(object)) throw error;
        anyRigid = true;
        mapSet(rigid, object, value);
      }
    },
  };
}
