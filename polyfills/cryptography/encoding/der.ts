/** DER (X.690): a reader that checks every length, and a writer. */
import { type Bytes, concat, fromBigInt, toBigInt, toLatin1, toUtf8 } from './bytes.ts';

export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  printable: 0x13,
  teletex: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universal: 0x1c,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Context-specific, constructed. */
export const contextTag = (number: number): number => 0xa0 | number;
/** Context-specific, primitive. */
export const implicitTag = (number: number): number => 0x80 | number;

/** The bytes are no DER, or not of the expected shape. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

export interface Element {
  readonly tag: number;
  readonly value: Bytes;
  /** With tag and length. */
  readonly whole: Bytes;
}

/** Most levels that a reader descends. */
const LENGTH_BYTES_MAX = 4;

export class DerReader {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes as Bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }
  get position(): number {
    return this.#at;
  }
  /** The tag of what comes next, -1 at the end. */
  get next(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  element(): Element {
    const begin = this.#at;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new DerError('long tags are not supported');
    let length = this.#byte();
    if (length > 0x80) {
      const count = length & 0x7f;
      if (count > LENGTH_BYTES_MAX) throw new DerError('too long');
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    } else if (length === 0x80) {
      throw new DerError('indefinite length');
    }
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError('not enough data');
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag, value, whole: this.#bytes.subarray(begin, end) };
  }
  expect(tag: number): Element {
    if (this.next !== tag) throw new DerError(`wrong tag ${this.next}, expected ${tag}`);
    return this.element();
  }
  optional(tag: number): Element | undefined {
    return this.next === tag ? this.element() : undefined;
  }
  sequence(tag: number = Tag.sequence): DerReader {
    return new DerReader(this.expect(tag).value);
  }
  integer(): bigint {
    return integerOf(this.expect(Tag.integer).value);
  }
  smallInteger(): number {
    const value = this.integer();
    if (value < -0x80000000n || value > 0x7fffffffn) throw new DerError('integer out of range');
    return Number(value);
  }
  oid(): string {
    return oidOf(this.expect(Tag.oid).value);
  }
  octets(): Bytes {
    return this.expect(Tag.octetString).value;
  }
  /** A bit string of whole bytes. */
  bits(): Bytes {
    return bitsOf(this.expect(Tag.bitString).value);
  }
  end(): void {
    if (!this.done) throw new DerError('extra data');
  }
  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new DerError('not enough data');
    return byte;
  }
}

/** One element and nothing behind it. */
export function readOne(bytes: Uint8Array, tag: number = Tag.sequence): DerReader {
  const outer = new DerReader(bytes);
  const inner = outer.sequence(tag);
  outer.end();
  return inner;
}

export function bitsOf(value: Bytes): Bytes {
  if (value.length === 0) throw new DerError('empty bit string');
  return value.subarray(1);
}

/** Two's complement. */
function integerOf(value: Bytes): bigint {
  if (value.length === 0) throw new DerError('empty integer');
  const unsigned = toBigInt(value);
  return (value[0] ?? 0) & 0x80 ? unsigned - (1n << BigInt(8 * value.length)) : unsigned;
}

export function oidOf(value: Bytes): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of value) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.trunc(number / 40));
      numbers.push(first, number - 40 * first);
    } else {
      numbers.push(number);
    }
    number = 0;
  }
  return numbers.join('.');
}

/** The text of a string element of any kind; undefined for what is no string. */
export function textOf({ tag, value }: Element): string | undefined {
  switch (tag) {
    case Tag.utf8:
      return toUtf8(value);
    case Tag.printable:
    case Tag.ia5:
    case Tag.teletex:
      return toLatin1(value);
    case Tag.bmp: {
      let text = '';
      for (let i = 0; i + 1 < value.length; i += 2) {
        text += String.fromCharCode(((value[i] ?? 0) << 8) | (value[i + 1] ?? 0));
      }
      return text;
    }
    case Tag.universal: {
      let text = '';
      for (let i = 0; i + 3 < value.length; i += 4) {
        text += String.fromCodePoint(Number(toBigInt(value.subarray(i, i + 4))) % 0x110000);
      }
      return text;
    }
    default:
      return undefined;
  }
}

export function encode(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const value = concat(...contents);
  const { length } = value;
  if (length < 0x80) return concat(Uint8Array.of(tag, length), value);
  const size = fromBigInt(BigInt(length));
  return concat(Uint8Array.of(tag, 0x80 | size.length), size, value);
}

export const sequence = (...contents: readonly Uint8Array[]): Bytes => encode(Tag.sequence, ...contents);
export const octetString = (value: Uint8Array): Bytes => encode(Tag.octetString, value);
export const bitString = (value: Uint8Array): Bytes => encode(Tag.bitString, Uint8Array.of(0), value);
export const derNull = (): Bytes => Uint8Array.of(Tag.null, 0);

/** Of a value that is not negative. */
export function integer(value: bigint | number): Bytes {
  const bytes = fromBigInt(BigInt(value));
  return encode(Tag.integer, (bytes[0] ?? 0) & 0x80 ? concat(Uint8Array.of(0), bytes) : bytes);
}

export function oid(text: string): Bytes {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes: number[] = [];
  for (const number of [40 * first + second, ...rest]) {
    const digits = [number & 0x7f];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left & 0x7f) | 0x80);
    }
    bytes.push(...digits);
  }
  return encode(Tag.oid, Uint8Array.from(bytes));
}
