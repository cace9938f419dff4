/** A copy whose bytes are its buffer's only ones. Methods of a program's Buffer are not to be trusted: its slice shares. */
export function copyOf(view: ArrayBufferView, length = view.byteLength): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(view.buffer, view.byteOffset, length));
  return copy;
}
