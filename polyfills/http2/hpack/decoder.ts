/** Reads header blocks (RFC 7541). A block that breaks the rules is a connection error: the tables differ from then on. */
import { MAX_FIELD_BYTES } from '../limits.ts';
import { decodeHuffman } from './huffman.ts';
import { type Field, HeaderTable } from './table.ts';

export interface ReceivedField extends Field {
  /** The sender wants it in no table, not even at another hop. */
  readonly sensitive: boolean;
}

export class HeaderDecoder {
  readonly #table: HeaderTable;
  /** What this side allows, as the peer has acknowledged it. */
  #allowedBytes: number;
  /** The peer has to begin its next block with a size at most this. */
  #owedBytes: number | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #failed = false;

  constructor(tableBytes: number) {
    this.#table = new HeaderTable(tableBytes);
    this.#allowedBytes = tableBytes;
  }
  get tableBytes(): number {
    return this.#table.bytes;
  }

  allowTable(bytes: number): void {
    this.#allowedBytes = bytes;
    if (bytes < this.#table.maxBytes) {
      this.#owedBytes = bytes;
      this.#table.resize(bytes);
    }
  }

  /** Calls `each` for every field, in order, until it answers false. → whether the block was right as far as it was read. */
  decode(block: Uint8Array, each: (field: ReceivedField) => void): boolean {
    this.#bytes = block;
    this.#at = 0;
    this.#failed = false;
    let mayResize = true;
    while (this.#at < block.length) {
      const first = block[this.#at] as number;
      const isResize = (first & 0xe0) === 0x20;
      if (isResize ? !mayResize : this.#owedBytes !== undefined) return false;
      if (isResize) this.#resize();
      else {
        mayResize = false;
        const field = this.#field(first);
        if (this.#failed || field === undefined) return false;
        each(field);
      }
      if (this.#failed) return false;
    }
    return true;
  }

  #resize(): void {
    const bytes = this.#integer(5);
    if (bytes > this.#allowedBytes || bytes > (this.#owedBytes ?? Infinity)) this.#failed = true;
    if (this.#failed) return;
    this.#owedBytes = undefined;
    this.#table.resize(bytes);
  }

  #field(first: number): ReceivedField | undefined {
    if ((first & 0x80) !== 0) {
      const entry = this.#table.at(this.#integer(7));
      return entry && { name: entry.name, value: entry.value, sensitive: false };
    }
    const isIndexed = (first & 0x40) !== 0;
    const index = this.#integer(isIndexed ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#table.at(index)?.name;
    const value = this.#string();
    if (name === undefined || this.#failed) return undefined;
    const field = { name, value, sensitive: (first & 0xf0) === 0x10 };
    if (isIndexed) this.#table.add(field);
    return field;
  }

  /** RFC 7541, section 5.1. The largest that means anything here has 32 bits. */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = (this.#bytes[this.#at++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || shift > 28) {
        this.#failed = true;
        return 0;
      }
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (value > 0xffff_ffff) this.#failed = true;
    return value;
  }

  #string(): string {
    const first = this.#bytes[this.#at];
    if (first === undefined) {
      this.#failed = true;
      return '';
    }
    const length = this.#integer(7);
    const end = this.#at + length;
    if (this.#failed || end > this.#bytes.length || length > MAX_FIELD_BYTES) {
      this.#failed = true;
      return '';
    }
    const from = this.#at;
    this.#at = end;
    if ((first & 0x80) === 0) return latin1(this.#bytes, from, end);
    const text = decodeHuffman(this.#bytes, from, end);
    if (text === undefined || text.length > MAX_FIELD_BYTES) this.#failed = true;
    return text ?? '';
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}
