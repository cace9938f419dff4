/** Numbers in network order. */

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
export function readUint24(bytes: Uint8Array, at: number): number {
  return (readUint16(bytes, at) << 8) | (bytes[at + 2] as number);
}
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
}
/** Without the bit that is reserved in stream ids and increments. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) & 0x7fff_ffff;
}

/** Writes into bytes of a known length. */
export class ByteWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #at = 0;
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }
  uint8(value: number): this {
    this.bytes[this.#at++] = value;
    return this;
  }
  uint16(value: number): this {
    return this.uint8(value >>> 8).uint8(value);
  }
  uint24(value: number): this {
    return this.uint8(value >>> 16).uint16(value);
  }
  uint32(value: number): this {
    return this.uint16(value >>> 16).uint16(value);
  }
  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }
  latin1(text: string): this {
    for (let i = 0; i < text.length; i++) this.bytes[this.#at++] = text.charCodeAt(i);
    return this;
  }
}
