import { copyBytes, lengthOf, setBytes } from '../text/captured.ts';

const INITIAL_BYTES = 64;

/** Bytes that grow, with the number codings of the wire format. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  readonly #double = new DataView(new ArrayBuffer(8));

  get length(): number {
    return this.#length;
  }

  /** What was written; the writer is empty afterwards. */
  release(): Uint8Array<ArrayBuffer> {
    const bytes = copyBytes(this.#bytes, 0, this.#length);
    this.#bytes = new Uint8Array(INITIAL_BYTES);
    this.#length = 0;
    return bytes;
  }

  /** Room for `count` bytes: where they go and from which index. */
  reserve(count: number): { bytes: Uint8Array; at: number } {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      setBytes(grown, this.#bytes, 0);
      this.#bytes = grown;
    }
    this.#length = needed;
    return { bytes: this.#bytes, at };
  }

  byte(value: number): void {
    const { bytes, at } = this.reserve(1);
    bytes[at] = value;
  }

  raw(source: Uint8Array): void {
    const { bytes, at } = this.reserve(lengthOf(source));
    setBytes(bytes, source, at);
  }

  /** Seven bits a byte, the low ones first. */
  varint(value: number): void {
    let rest = value >>> 0;
    for (; rest > 127; rest >>>= 7) this.byte((rest & 127) | 128);
    this.byte(rest);
  }

  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) this.byte(Number(rest & 127n) | 128);
    this.byte(Number(rest));
  }

  /** Signed, small magnitudes short. */
  zigZag(value: number): void {
    this.varint((value << 1) ^ (value >> 31));
  }

  double(value: number): void {
    this.#double.setFloat64(0, value, true);
    this.raw(new Uint8Array(this.#double.buffer));
  }
}

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 0; rest > 127; rest >>>= 7) length++;
  return length;
}
