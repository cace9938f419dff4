// Copied from src/dns/message.ts by scripts/runtime-protocol.mjs: edit it there.
/** As much of DNS messages (RFC 1035, 4) as a relay has to read: whose answer it is, and which addresses it tells. */

const HEAD_BYTES = 12;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
/** Bits of a length byte that make it a pointer. */
const POINTER = 0xc0;
const TYPE_A = 1;
const TYPE_AAAA = 28;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Behind the name at `at`; undefined if it does not end. */
function afterName(bytes: Uint8Array, at: number): number | undefined {
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    if (length === 0) return at + 1;
    if ((length & POINTER) === POINTER) return at + 2;
    at += length + 1;
  }
  return undefined;
}

/** The name that is asked for, in small letters; undefined for what is no query with one question. */
export function questionOf(query: Uint8Array): string | undefined {
  if (query.length <= HEAD_BYTES || ((query[2] ?? 0) & RESPONSE) !== 0) return undefined;
  if (view(query).getUint16(4) !== 1) return undefined;
  const labels: string[] = [];
  for (let at = HEAD_BYTES; at < query.length;) {
    const length = query[at] ?? 0;
    if (length === 0) return at + 5 <= query.length ? labels.join('.').toLowerCase() : undefined;
    if ((length & POINTER) !== 0 || at + length >= query.length) return undefined;
    labels.push(Buffer.from(query.subarray(at + 1, at + 1 + length)).toString('latin1'));
    at += length + 1;
  }
  return undefined;
}

/** The same id, and the same question. */
export function isAnswerTo(answer: Uint8Array, query: Uint8Array): boolean {
  if (answer.length < HEAD_BYTES || ((answer[2] ?? 0) & RESPONSE) === 0) return false;
  if (answer[0] !== query[0] || answer[1] !== query[1]) return false;
  const end = (afterName(query, HEAD_BYTES) ?? 0) + 4;
  const asked = Buffer.from(query.subarray(HEAD_BYTES, end)).toString('latin1');
  return (
    Buffer.from(answer.subarray(HEAD_BYTES, end)).toString('latin1').toLowerCase() === asked.toLowerCase()
  );
}

export const isTruncated = (answer: Uint8Array): boolean => ((answer[2] ?? 0) & TRUNCATED) !== 0;

function addressOf(type: number, data: Uint8Array): string | undefined {
  if (type === TYPE_A && data.length === 4) return data.join('.');
  if (type !== TYPE_AAAA || data.length !== 16) return undefined;
  const part = view(data);
  return Array.from({ length: 8 }, (_, index) => part.getUint16(2 * index).toString(16)).join(':');
}

/** All addresses of its records, in whatever section. An answer that cannot be read to its end tells one that nobody may know. */
export function addressesIn(answer: Uint8Array): string[] {
  const unreadable = ['0.0.0.0'];
  const head = view(answer);
  let at: number | undefined = HEAD_BYTES;
  for (let questions = head.getUint16(4); questions > 0; questions--) {
    at = afterName(answer, at);
    if (at === undefined) return unreadable;
    at += 4;
  }
  const addresses: string[] = [];
  for (let records = head.getUint16(6) + head.getUint16(8) + head.getUint16(10); records > 0; records--) {
    at = afterName(answer, at);
    if (at === undefined || at + 10 > answer.length) return unreadable;
    const type = head.getUint16(at);
    const end: number = at + 10 + head.getUint16(at + 8);
    if (end > answer.length) return unreadable;
    const address = addressOf(type, answer.subarray(at + 10, end));
    if (address !== undefined) addresses.push(address);
    at = end;
  }
  return addresses;
}

const IPV4_REVERSE = /^((?:\d{1,3}\.){4})in-addr\.arpa$/;
const IPV6_REVERSE = /^((?:[0-9a-f]\.){32})ip6\.arpa$/;

/** The address whose name is asked for (RFC 1035, 3.5; RFC 3596, 2.5): undefined where a name below arpa tells of no single one. */
export function reversedAddress(name: string): string | undefined {
  const parts = (pattern: RegExp): string[] | undefined =>
    pattern.exec(name)?.[1]?.split('.').slice(0, -1).reverse();
  const digits = parts(IPV6_REVERSE)?.join('');
  return digits === undefined ? parts(IPV4_REVERSE)?.join('.') : digits.replace(/.{4}(?!$)/g, '$&:');
}
