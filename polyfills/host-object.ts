/**
 * Objects of bindings that structured clone copies by their own rule (Node's BaseObject::CloneForMessaging) define
 * this method; it returns the copy for the receiver.
 */
export const cloneHostObject: unique symbol = Symbol('cloneHostObject');

export interface CloneableHostObject {
  [cloneHostObject](): object;
}
