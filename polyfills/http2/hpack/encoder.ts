/** Writes header blocks (RFC 7541), choosing what goes to the table as nghttp2 does. */
import { encodeHuffman, huffmanLength } from './huffman.ts';
import { type Field, HeaderTable, sizeOf } from './table.ts';

export interface SentField extends Field {
  readonly sensitive: boolean;
}

/** Fields whose values seldom come twice: they would only push out others. */
const NOT_INDEXED = new Set([
  ':path',
  'age',
  'content-length',
  'etag',
  'if-modified-since',
  'if-none-match',
  'location',
  'set-cookie',
]);
/** A cookie shorter than this could be guessed by trying (RFC 7541, section 7.1.3). */
const SHORT_COOKIE = 20;
/** Of a field's text: prefix integers of up to 6 bytes for its name, its value and its index. */
const FIELD_OVERHEAD_BYTES = 12;
const BLOCK_OVERHEAD_BYTES = 12;

const Kind = { indexed: 0x40, plain: 0x00, never: 0x10 } as const;

/** No block of these fields is longer. */
export function blockBound(fields: readonly Field[]): number {
  let total = BLOCK_OVERHEAD_BYTES;
  for (const { name, value } of fields) total += name.length + value.length + FIELD_OVERHEAD_BYTES;
  return total;
}

export class HeaderEncoder {
  readonly #table: HeaderTable;
  readonly #ownMaxBytes: number;
  /** Sizes to tell at the next block: the smallest that was set meanwhile, and the last. */
  #smallest: number | undefined;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #at = 0;

  constructor(peerTableBytes: number, ownMaxBytes: number) {
    this.#ownMaxBytes = ownMaxBytes;
    this.#table = new HeaderTable(Math.min(peerTableBytes, ownMaxBytes));
    if (ownMaxBytes < peerTableBytes) this.#smallest = ownMaxBytes;
  }
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /** The peer's setting. */
  allowTable(bytes: number): void {
    const next = Math.min(bytes, this.#ownMaxBytes);
    this.#smallest = Math.min(this.#smallest ?? next, next);
    this.#table.resize(next);
  }

  encode(fields: readonly SentField[]): Uint8Array<ArrayBuffer> {
    this.#bytes = new Uint8Array(blockBound(fields));
    this.#at = 0;
    if (this.#smallest !== undefined) {
      const { maxBytes } = this.#table;
      if (this.#smallest < maxBytes) this.#integer(this.#smallest, 5, 0x20);
      this.#integer(maxBytes, 5, 0x20);
      this.#smallest = undefined;
    }
    for (const field of fields) this.#field(field);
    return this.#bytes.subarray(0, this.#at);
  }

  #field(field: SentField): void {
    const kind = this.#kindOf(field);
    const { index, withValue } = this.#table.find(field, kind !== Kind.never);
    if (withValue) {
      this.#integer(index, 7, 0x80);
      return;
    }
    this.#integer(index, kind === Kind.indexed ? 6 : 4, kind);
    if (index === 0) this.#string(field.name);
    this.#string(field.value);
    if (kind === Kind.indexed) this.#table.add({ name: field.name, value: field.value });
  }

  #kindOf(field: SentField): number {
    const { name, value, sensitive } = field;
    if (sensitive || name === 'authorization' || (name === 'cookie' && value.length < SHORT_COOKIE))
      return Kind.never;
    const isLarge = sizeOf(field) * 4 > this.#table.maxBytes * 3;
    return isLarge || NOT_INDEXED.has(name) ? Kind.plain : Kind.indexed;
  }

  #integer(value: number, prefixBits: number, first: number): void {
    const mask = (1 << prefixBits) - 1;
    if (value < mask) {
      this.#bytes[this.#at++] = first | value;
      return;
    }
    this.#bytes[this.#at++] = first | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #string(text: string): void {
    const coded = huffmanLength(text);
    if (coded < text.length) {
      this.#integer(coded, 7, 0x80);
      this.#at = encodeHuffman(text, this.#bytes, this.#at);
      return;
    }
    this.#integer(text.length, 7, 0);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#at++] = text.charCodeAt(i);
  }
}
