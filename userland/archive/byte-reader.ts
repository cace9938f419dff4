import { Failure } from '../program/program.ts';

/** Takes a stream of chunks apart into pieces of known length. Pieces are copies: they stay valid. */
export class ByteReader {
  readonly #source: Iterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array();
  /** Bytes taken so far. */
  position = 0;

  constructor(source: Iterable<Uint8Array>) {
    this.#source = source[Symbol.iterator]();
  }

  /** Up to `length` bytes: fewer only at the end. */
  read(length: number): Uint8Array {
    const piece = new Uint8Array(length);
    let have = 0;
    while (have < length) {
      const part = this.some(length - have);
      if (part === undefined) break;
      piece.set(part, have);
      have += part.length;
    }
    return piece.subarray(0, have);
  }

  /** Exactly `length` bytes; a Failure with `message` when there are fewer. */
  require(length: number, message: string): Uint8Array {
    const piece = this.read(length);
    if (piece.length < length) throw new Failure(message);
    return piece;
  }

  /** What is at hand, at most `limit` bytes; undefined at the end. */
  some(limit = Infinity): Uint8Array | undefined {
    if (this.#held.length === 0) {
      const next = this.#source.next();
      if (next.done === true) return undefined;
      this.#held = next.value.slice();
      return this.some(limit);
    }
    const piece = this.#held.length <= limit ? this.#held : this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(piece.length);
    this.position += piece.length;
    return piece;
  }

  /** Puts the last bytes taken back. */
  unread(bytes: Uint8Array): void {
    const both = new Uint8Array(bytes.length + this.#held.length);
    both.set(bytes);
    both.set(this.#held, bytes.length);
    this.#held = both;
    this.position -= bytes.length;
  }

  /** `length` bytes in chunks; a Failure with `message` when the stream ends before. */
  *take(length: number, message: string): Generator<Uint8Array> {
    for (let left = length; left > 0;) {
      const piece = this.some(left);
      if (piece === undefined) throw new Failure(message);
      left -= piece.length;
      yield piece;
    }
  }
}
