/** DNS messages (RFC 1035): a query is written, an answer read. */
import { Encoding, encodeFresh } from '../fs/text.ts';
import { latin1Decode } from '../text/latin1.ts';

export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  TLSA: 52,
  ANY: 255,
  CAA: 257,
} as const;
export type RecordName = keyof typeof RecordType;

/** Codes of c-ares by the response code of a server. */
const RESPONSE_CODES = ['', 'EFORMERR', 'ESERVFAIL', 'ENOTFOUND', 'ENOTIMP', 'EREFUSED'];
const CLASS_IN = 1;
const LABEL_MAX = 63;
const NAME_MAX = 255;
/** A name may point back so often. */
const POINTERS_MAX = 64;

export interface DnsRecord {
  readonly type: number;
  readonly name: string;
  readonly ttl: number;
  /** Where its data lies in the message. */
  readonly begin: number;
  readonly end: number;
}
export interface DnsAnswer {
  readonly id: number;
  readonly truncated: boolean;
  /** c-ares' code, '' for success. */
  readonly failure: string;
  readonly records: readonly DnsRecord[];
  readonly bytes: Uint8Array;
}

/** undefined for a name that cannot be asked for. */
export function writeQuery(id: number, name: string, type: number): Uint8Array<ArrayBuffer> | undefined {
  const labels = name.replace(/\.$/, '').split('.');
  const parts: number[] = [];
  for (const label of name === '' || name === '.' ? [] : labels) {
    const bytes = encodeFresh(label, Encoding.utf8);
    if (bytes.length === 0 || bytes.length > LABEL_MAX) return undefined;
    parts.push(bytes.length, ...bytes);
  }
  if (parts.length + 1 > NAME_MAX) return undefined;
  const two = (value: number): number[] => [value >> 8, value & 0xff];
  // Recursion is wanted; one question.
  return Uint8Array.from([
    ...two(id),
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    ...parts,
    0,
    ...two(type),
    ...two(CLASS_IN),
  ]);
}

class Malformed extends Error {}

export class DnsReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }
  number(size: 1 | 2 | 4): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new Malformed();
      value = value * 256 + byte;
    }
    return value;
  }
  text(length: number): string {
    if (this.at + length > this.#bytes.length) throw new Malformed();
    const text = latin1Decode(this.#bytes, this.at, this.at + length);
    this.at += length;
    return text;
  }
  string(): string {
    return this.text(this.number(1));
  }
  slice(end: number): Uint8Array<ArrayBuffer> {
    if (end > this.#bytes.length) throw new Malformed();
    return Uint8Array.from(this.#bytes.subarray(this.at, end));
  }
  name(): string {
    const labels: string[] = [];
    let back: number | undefined;
    for (let pointers = 0; ;) {
      const length = this.number(1);
      if (length === 0) break;
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | this.number(1);
        back ??= this.at;
        if (++pointers > POINTERS_MAX) throw new Malformed();
        this.at = target;
      } else if (length > LABEL_MAX) throw new Malformed();
      else labels.push(this.text(length));
    }
    if (back !== undefined) this.at = back;
    return labels.join('.');
  }
}

/** undefined for what is no answer. */
export function readAnswer(bytes: Uint8Array): DnsAnswer | undefined {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function read(bytes: Uint8Array): DnsAnswer {
  const reader = new DnsReader(bytes);
  const id = reader.number(2);
  const flags = reader.number(2);
  const questions = reader.number(2);
  const answers = reader.number(2);
  reader.number(4);
  for (let i = 0; i < questions; i++) {
    reader.name();
    reader.number(4);
  }
  const records: DnsRecord[] = [];
  for (let i = 0; i < answers; i++) {
    const name = reader.name();
    const type = reader.number(2);
    reader.number(2);
    const ttl = reader.number(4);
    const length = reader.number(2);
    const begin = reader.at;
    reader.text(length);
    records.push({ type, name, ttl, begin, end: reader.at });
  }
  return {
    id,
    truncated: (flags & 0x200) !== 0,
    failure: RESPONSE_CODES[flags & 0xf] ?? 'ESERVFAIL',
    records,
    bytes,
  };
}
