/** IP addresses as numbers: parsing as inet_pton, printing as inet_ntop, ordering as Node's SocketAddress. */

export const AF_INET = 2;
export const AF_INET6 = 10;
export type Family = typeof AF_INET | typeof AF_INET6;

export interface IpAddress {
  readonly family: Family;
  /** 128 bits; an IPv4 address as its mapped form ::ffff:a.b.c.d, so that both families compare. */
  readonly bits: bigint;
}

const MAPPED_PREFIX = 0xffff_0000_0000n;
const IPV4_MASK = 0xffff_ffffn;
const WORDS = 8;

export function parseIp(text: string, family: number): IpAddress | undefined {
  if (family === AF_INET) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { family, bits: MAPPED_PREFIX | BigInt(value) };
  }
  if (family !== AF_INET6) return undefined;
  const bits = parseIpv6(text);
  return bits === undefined ? undefined : { family, bits };
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const head = parseWords(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? parseWords(halves[1] as string, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const zeros = WORDS - head.length - tail.length;
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined;
  let bits = 0n;
  for (const word of [...head, ...new Array<number>(zeros).fill(0), ...tail])
    bits = (bits << 16n) | BigInt(word);
  return bits;
}

/** Groups between colons; a dotted quad may stand at the very end. */
function parseWords(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const words: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      words.push(Number.parseInt(group, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    words.push(ipv4 >>> 16, ipv4 & 0xffff);
  }
  return words;
}

export function formatIp(address: IpAddress): string {
  if (address.family === AF_INET) return formatIpv4(Number(address.bits & IPV4_MASK));
  const words: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) words.push(Number((address.bits >> shift) & 0xffffn));
  const zeros = longestZeroRun(words);
  const text: string[] = [];
  for (let index = 0; index < WORDS;) {
    if (index === zeros.start) {
      text.push(index === 0 ? '::' : ':');
      index += zeros.length;
      continue;
    }
    if (index === 6 && holdsIpv4(words, zeros)) {
      text.push(formatIpv4(((words[6] as number) << 16) | (words[7] as number)));
      break;
    }
    text.push((words[index] as number).toString(16), index < WORDS - 1 ? ':' : '');
    index++;
  }
  return text.join('');
}

function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** inet_ntop prints IPv4-compatible and IPv4-mapped addresses with a dotted quad. */
function holdsIpv4(words: readonly number[], zeros: { start: number; length: number }): boolean {
  if (zeros.start !== 0) return false;
  return zeros.length === 6 || (zeros.length === 5 && words[5] === 0xffff);
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < WORDS; start++) {
    let length = 0;
    while (start + length < WORDS && words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** Negative, 0 or positive; undefined between families when the IPv6 one is no mapped IPv4 address. */
export function compareIp(a: IpAddress, b: IpAddress): number | undefined {
  if (a.family !== b.family && !(isMapped(a) && isMapped(b))) return undefined;
  return a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;
}

function isMapped(address: IpAddress): boolean {
  return address.bits >> 32n === MAPPED_PREFIX >> 32n;
}

export function familyName(family: Family): 'IPv4' | 'IPv6' {
  return family === AF_INET ? 'IPv4' : 'IPv6';
}
