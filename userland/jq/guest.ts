/** The memory of the WebAssembly program: numbers, strings and vectors at addresses. */
import { encodeText } from '../text/text.ts';

const IOVEC_BYTES = 8;
const WORD = 4;

export class Guest {
  memory: WebAssembly.Memory | undefined;

  get #buffer(): ArrayBuffer | SharedArrayBuffer {
    if (this.memory === undefined) throw new Error('jq called its host before it stood');
    return this.memory.buffer;
  }
  get view(): DataView {
    return new DataView(this.#buffer);
  }
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, at, length);
  }
  /** The bytes of a C string. */
  string(at: number): Uint8Array {
    const all = new Uint8Array(this.#buffer, at);
    return all.slice(0, all.indexOf(0));
  }
  word(at: number): number {
    return this.view.getInt32(at, true);
  }
  setWord(at: number, value: number): void {
    this.view.setInt32(at, value, true);
  }
  setLong(at: number, value: number): void {
    this.view.setBigInt64(at, BigInt(Math.trunc(value)), true);
  }
  vectors(at: number, count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, index) => {
      const place = at + index * IOVEC_BYTES;
      return this.bytes(this.view.getUint32(place, true), this.view.getUint32(place + WORD, true));
    });
  }
  /** C strings one after the other at `at`. → their addresses */
  placeStrings(at: number, strings: readonly string[]): number[] {
    let next = at;
    return strings.map((text) => {
      const place = next;
      const encoded = encodeText(`${text}\0`);
      this.bytes(place, encoded.length).set(encoded);
      next += encoded.length;
      return place;
    });
  }
}
