/** The presentation language of TLS: numbers and vectors, each length checked. */
import type { Bytes } from '../../cryptography/encoding/bytes.ts';
import { concat } from '../../cryptography/encoding/bytes.ts';
import { Fail } from './failures.ts';

export type LengthBytes = 1 | 2 | 3;

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }
  get position(): number {
    return this.#at;
  }
  number(size: 1 | 2 | 3 | 4): number {
    if (this.#at + size > this.#bytes.length) throw Fail.decode();
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.#bytes[this.#at++] ?? 0);
    return value;
  }
  bytes(length: number): Bytes {
    if (this.#at + length > this.#bytes.length) throw Fail.decode();
    const part = this.#bytes.slice(this.#at, this.#at + length) as Bytes;
    this.#at += length;
    return part;
  }
  vector(size: LengthBytes): Bytes {
    return this.bytes(this.number(size));
  }
  nested(size: LengthBytes): Reader {
    return new Reader(this.vector(size));
  }
  numbers(size: LengthBytes): number[] {
    const list: number[] = [];
    for (const reader = this.nested(size); !reader.done;) list.push(reader.number(2));
    return list;
  }
  end(): void {
    if (!this.done) throw Fail.decode();
  }
}

export function number(value: number, size: 1 | 2 | 3 | 4): Bytes {
  const bytes = new Uint8Array(size);
  for (let i = size - 1, left = value; i >= 0; i--, left = Math.floor(left / 256)) bytes[i] = left & 0xff;
  return bytes;
}

export function vector(size: LengthBytes, ...contents: readonly Uint8Array[]): Bytes {
  const value = concat(...contents);
  return concat(number(value.length, size), value);
}

/** A list of two-byte numbers. */
export function numbers(size: LengthBytes, list: readonly number[]): Bytes {
  return vector(size, ...list.map((value) => number(value, 2)));
}

export function handshakeMessage(type: number, ...body: readonly Uint8Array[]): Bytes {
  return concat(Uint8Array.of(type), vector(3, ...body));
}

export type Extensions = Map<number, Bytes>;

/** Each type at most once. */
export function readExtensions(reader: Reader): Extensions {
  const extensions: Extensions = new Map();
  if (reader.done) return extensions;
  for (const list = reader.nested(2); !list.done;) {
    const type = list.number(2);
    if (extensions.has(type)) throw Fail.badExtension();
    extensions.set(type, list.vector(2));
  }
  return extensions;
}

export function writeExtensions(extensions: Extensions): Bytes {
  return vector(2, ...[...extensions].map(([type, value]) => concat(number(type, 2), vector(2, value))));
}
