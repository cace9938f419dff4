/**
 * Node's `Buffer.prototype`, which Node's library hands over while it boots (`setBufferPrototype`). A worker has one
 * Node, so this is its one copy; bindings that return Buffers make them here.
 */
let bufferPrototype: object = Uint8Array.prototype;
const setPrototypeOf = Object.setPrototypeOf;

export function setBufferPrototype(prototype: object): void {
  bufferPrototype = prototype;
}

/** Turns a fresh Uint8Array into a Buffer, in place. */
export function toBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return setPrototypeOf(bytes, bufferPrototype) as Uint8Array<ArrayBuffer>;
}
