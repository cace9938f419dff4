/**
 * Objects of bindings that structured clone copies by their own rule (Node's BaseObject::CloneForMessaging) define
 * this method; it returns the copy for the receiver.
 */
export const cloneHostObject: unique symbol = Symbol('cloneHostObject');

export interface CloneableHostObject {
  [cloneHostObject](): object;
}

/** Of those, the ones that can go to another thread define this too: what the browser clones, and the binding that makes it again. */
export const packHostObject: unique symbol = Symbol('packHostObject');

export interface PackableHostObject {
  [packHostObject](): { type: string; data: unknown };
}

/** What a binding makes such objects again with. */
export const unpackHostObject: unique symbol = Symbol('unpackHostObject');
