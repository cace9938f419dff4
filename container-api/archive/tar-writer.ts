/** Writes a tar archive: ustar, with pax records for what its fields cannot hold. POSIX pax(1), "ustar Interchange Format". */
import type { TreeEntry } from '../../src/protocol/container.ts';

const BLOCK = 512;
const NAME_BYTES = 100;
const SIZE_MAX = 0o77777777777;
const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

/** Modes, links and times are kept; an entry without a mode gets the usual one. */
export function tarOf(entries: readonly TreeEntry[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    if (entry.path === '') continue;
    const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
    const link = entry.kind === 'symlink' ? entry.target : '';
    const data = entry.kind === 'file' ? entry.data : NOTHING;
    const records: Record<string, string> = {};
    if (!fits(path)) records.path = path;
    if (!fits(link)) records.linkpath = link;
    if (data.length > SIZE_MAX) records.size = String(data.length);
    const mtimeMs = entry.kind === 'file' ? (entry.mtimeMs ?? 0) : 0;
    if (mtimeMs % 1000 !== 0) records.mtime = String(mtimeMs / 1000);
    const extended = encoder.encode(Object.entries(records).map(record).join(''));
    if (extended.length > 0)
      push(parts, header('././@PaxHeader', 'x', 0o644, extended.length, 0, ''), extended);
    const type = { file: '0', symlink: '2', directory: '5' }[entry.kind];
    const usual = { file: 0o644, symlink: 0o777, directory: 0o755 }[entry.kind];
    const mode = entry.kind === 'symlink' ? usual : (entry.mode ?? usual);
    push(parts, header(path, type, mode, data.length, Math.max(0, Math.floor(mtimeMs / 1000)), link), data);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return joined(parts);
}

function fits(text: string): boolean {
  return encoder.encode(text).length <= NAME_BYTES && /^[\x20-\x7e]*$/.test(text);
}

/** `length key=value\n`; the length counts itself. */
function record([key, value]: [string, string]): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

function header(
  path: string,
  type: string,
  mode: number,
  size: number,
  mtime: number,
  link: string,
): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const text = (at: number, value: string, length: number): void =>
    block.set(encoder.encode(value).subarray(0, length), at);
  const octal = (at: number, value: number, digits: number): void =>
    text(at, value.toString(8).padStart(digits, '0'), digits);
  text(0, path, NAME_BYTES);
  octal(100, mode & 0o7777, 7);
  octal(108, 0, 7);
  octal(116, 0, 7);
  octal(124, Math.min(size, SIZE_MAX), 11);
  octal(136, mtime, 11);
  text(156, type, 1);
  text(157, link, NAME_BYTES);
  text(257, 'ustar\x0000', 8);
  // The sum counts its own field as blanks.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `, 8);
  return block;
}

function push(parts: Uint8Array[], head: Uint8Array, data: Uint8Array): void {
  parts.push(head, data, new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
