/**
 * Objects of bindings that structured clone copies by their own rule (Node's BaseObject::CloneForMessaging) define
 * this method; it returns the copy for the receiver.
 */
export const cloneHostObject: unique symbol = Symbol('cloneHostObject');

export interface CloneableHostObject {
  [cloneHostObject](): object;
}

/** Objects that move to whoever receives them: this returns the one that takes the place of the sender's. */
export const transferHostObject: unique symbol = Symbol('transferHostObject');

export interface TransferableHostObject {
  [transferHostObject](): object;
}

/** Of either kind, those that can go to another thread define this too: what the browser clones, and the binding that makes it again. */
export const packHostObject: unique symbol = Symbol('packHostObject');

export interface PackableHostObject {
  [packHostObject](): { type: string; data: unknown };
}

/** What a binding makes such objects again with. */
export const unpackHostObject: unique symbol = Symbol('unpackHostObject');

/** How an object is copied whose prototypes a program sees, and so must not carry the methods above. */
export interface HiddenHostObject {
  clone(): object;
  pack(): { type: string; data: unknown };
}
const hidden = new WeakMap<object, HiddenHostObject>();

export function registerHostObject(object: object, methods: HiddenHostObject): void {
  hidden.set(object, methods);
}
export function hiddenHostObject(object: object): HiddenHostObject | undefined {
  return hidden.get(object);
}
