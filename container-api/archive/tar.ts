/** Reads a tar archive: ustar, with the long names and links of pax and of GNU tar. POSIX pax(1), "ustar Interchange Format". */
import type { TreeEntry } from '../../src/protocol/container.ts';

const BLOCK = 512;
const MAGIC_AT = 257;

/** Whether the bytes look like a tar archive. */
export function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK && text(bytes, MAGIC_AT, 5) === 'ustar';
}

/** Throws a TypeError for an archive that is cut short or names a path outside of it. */
export function tarEntries(bytes: Uint8Array): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const contents = new Map<string, Uint8Array>();
  let extended: Record<string, string> = {};
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const type = String.fromCharCode(header[156] ?? 0);
    const size = extended.size === undefined ? number(header, 124, 12) : Number(extended.size);
    const start = at + BLOCK;
    if (start + size > bytes.length) throw new TypeError(`The tar archive is cut short at byte ${at}.`);
    const data = bytes.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x') extended = { ...extended, ...paxFields(data) };
    else if (type === 'L') extended = { ...extended, path: text(data, 0, data.length) };
    else if (type === 'K') extended = { ...extended, linkpath: text(data, 0, data.length) };
    else if (type !== 'g') {
      const entry = entryOf(header, type, data, extended, contents);
      if (entry) entries.push(entry);
      extended = {};
    }
  }
  return entries;
}

function entryOf(
  header: Uint8Array,
  type: string,
  data: Uint8Array,
  extended: Record<string, string>,
  contents: Map<string, Uint8Array>,
): TreeEntry | undefined {
  const prefix = text(header, 345, 155);
  const named = text(header, 0, 100);
  const path = relative(extended.path ?? (prefix === '' ? named : `${prefix}/${named}`));
  const link = extended.linkpath ?? text(header, 157, 100);
  const mode = number(header, 100, 8) & 0o7777;
  const mtimeMs = (extended.mtime === undefined ? number(header, 136, 12) : Number(extended.mtime)) * 1000;
  if (path === '') return undefined;
  switch (type) {
    case '0':
    case '\0':
    case '7':
      contents.set(path, data);
      return { kind: 'file', path, data, mode, mtimeMs };
    case '1': {
      const original = contents.get(relative(link));
      if (original === undefined)
        throw new TypeError(`The tar archive links '${path}' to '${link}', which it does not hold.`);
      return { kind: 'file', path, data: original, mode, mtimeMs };
    }
    case '2':
      return { kind: 'symlink', path, target: link };
    case '5':
      return { kind: 'directory', path, mode };
    default:
      // Devices and FIFOs of an archive are of no use here.
      return undefined;
  }
}

function relative(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new TypeError(`The tar archive names a path outside of it: '${path}'.`);
  return parts.join('/');
}

function text(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits, or base 256 where the first bit is set (GNU, for sizes above 8 GB). */
function number(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] ?? 0;
  if ((first & 0x80) === 0) return parseInt(text(bytes, start, length).trim() || '0', 8);
  let value = first & 0x7f;
  for (let i = 1; i < length; i++) value = value * 256 + (bytes[start + i] ?? 0);
  return value;
}

/** Records `length key=value\n`; the length counts itself. */
function paxFields(data: Uint8Array): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? 0 : parseInt(text(data, at, space - at), 10);
    if (!(length > 0)) break;
    const record = text(data, space + 1, at + length - space - 2);
    const equals = record.indexOf('=');
    if (equals > 0) fields[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return fields;
}
