/** What kind of content bytes are, by their first ones; text by its characters. In the words of file(1). */
import { decodeText, latin1 } from '../text/text.ts';

export interface Described {
  readonly text: string;
  readonly mime: string;
  readonly encoding: string;
}

type Bytes = Uint8Array<ArrayBuffer>;
interface Magic {
  readonly at?: number;
  readonly bytes: string;
  readonly mime: string;
  readonly text: string | ((bytes: Bytes) => string);
}

const big = (bytes: Bytes, at: number): number =>
  at + 4 <= bytes.length ? new DataView(bytes.buffer).getUint32(at) : 0;
const little16 = (bytes: Bytes, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const PNG_COLORS: Readonly<Record<number, string>> = {
  0: 'grayscale',
  2: 'RGB',
  3: 'colormap',
  4: 'gray+alpha',
  6: 'RGBA',
};

function png(bytes: Bytes): string {
  const kind = PNG_COLORS[bytes[25] ?? 0] ?? 'unknown';
  return `PNG image data, ${big(bytes, 16)} x ${big(bytes, 20)}, ${bytes[24] ?? 0}-bit${kind === 'RGB' || kind === 'RGBA' ? '/color' : ''} ${kind}, ${bytes[28] ? 'interlaced' : 'non-interlaced'}`;
}

function elf(bytes: Bytes): string {
  const type =
    ['no file type', 'relocatable', 'executable', 'shared object', 'core file'][little16(bytes, 16)] ??
    'unknown';
  const machine =
    { 3: 'Intel 80386', 40: 'ARM', 62: 'x86-64', 183: 'ARM aarch64' }[little16(bytes, 18)] ??
    'unknown machine';
  return `ELF ${bytes[4] === 2 ? '64' : '32'}-bit ${bytes[5] === 1 ? 'LSB' : 'MSB'} ${type}, ${machine}, version 1 (SYSV)`;
}

const MAGICS: readonly Magic[] = [
  { bytes: '\x89PNG\r\n\x1a\n', mime: 'image/png', text: png },
  {
    bytes: 'GIF8',
    mime: 'image/gif',
    text: (b) => `GIF image data, version ${latin1(b.subarray(3, 6))}, ${little16(b, 6)} x ${little16(b, 8)}`,
  },
  { bytes: '\xff\xd8\xff', mime: 'image/jpeg', text: 'JPEG image data' },
  { at: 8, bytes: 'WEBP', mime: 'image/webp', text: 'RIFF (little-endian) data, Web/P image' },
  { bytes: 'BM', mime: 'image/bmp', text: 'PC bitmap' },
  {
    bytes: '%PDF-',
    mime: 'application/pdf',
    text: (b) => `PDF document, version ${latin1(b.subarray(5, 8))}`,
  },
  { bytes: '\x1f\x8b', mime: 'application/gzip', text: 'gzip compressed data' },
  {
    bytes: 'PK\x03\x04',
    mime: 'application/zip',
    text: (b) => `Zip archive data, at least v${((b[4] ?? 0) / 10).toFixed(1)} to extract`,
  },
  { bytes: 'PK\x05\x06', mime: 'application/zip', text: 'Zip archive data (empty)' },
  { bytes: 'BZh', mime: 'application/x-bzip2', text: 'bzip2 compressed data' },
  { bytes: '\xfd7zXZ\0', mime: 'application/x-xz', text: 'XZ compressed data' },
  { bytes: '\x28\xb5\x2f\xfd', mime: 'application/zstd', text: 'Zstandard compressed data' },
  { bytes: "7z\xbc\xaf'\x1c", mime: 'application/x-7z-compressed', text: '7-zip archive data' },
  { at: 257, bytes: 'ustar  \0', mime: 'application/x-tar', text: 'POSIX tar archive (GNU)' },
  { at: 257, bytes: 'ustar\0', mime: 'application/x-tar', text: 'POSIX tar archive' },
  { bytes: '\x7fELF', mime: 'application/x-executable', text: elf },
  {
    bytes: '\0asm',
    mime: 'application/wasm',
    text: (b) => `WebAssembly (wasm) binary module version 0x${(b[4] ?? 0).toString(16)} (MVP)`,
  },
  { bytes: 'SQLite format 3\0', mime: 'application/vnd.sqlite3', text: 'SQLite 3.x database' },
  { bytes: 'wOFF', mime: 'font/woff', text: 'Web Open Font Format' },
  { bytes: 'wOF2', mime: 'font/woff2', text: 'Web Open Font Format (Version 2)' },
  { bytes: 'OggS', mime: 'audio/ogg', text: 'Ogg data' },
  { bytes: 'ID3', mime: 'audio/mpeg', text: 'Audio file with ID3' },
  { at: 4, bytes: 'ftyp', mime: 'video/mp4', text: 'ISO Media' },
  {
    bytes: '\x7fOAC\n',
    mime: 'application/x-executable',
    text: (b) => `program of the container, ${latin1(b.subarray(5)).split('\n', 1)[0] ?? ''}`,
  },
];

const INTERPRETERS: readonly (readonly [RegExp, string, string])[] = [
  [/\b(?:sh|dash|jsh)$/, 'POSIX shell', 'text/x-shellscript'],
  [/\bbash$/, 'Bourne-Again shell', 'text/x-shellscript'],
  [/\bnode$/, 'Node.js', 'application/javascript'],
  [/\bpython[\d.]*$/, 'Python', 'text/x-script.python'],
  [/\bperl$/, 'Perl', 'text/x-perl'],
];

export function describeContent(bytes: Bytes, executable: boolean): Described {
  if (bytes.length === 0) return { text: 'empty', mime: 'inode/x-empty', encoding: 'binary' };
  for (const magic of MAGICS) {
    const at = magic.at ?? 0;
    if (latin1(bytes.subarray(at, at + magic.bytes.length)) !== magic.bytes) continue;
    return {
      text: typeof magic.text === 'string' ? magic.text : magic.text(bytes),
      mime: magic.mime,
      encoding: 'binary',
    };
  }
  return describeText(bytes, executable);
}

function describeText(bytes: Bytes, executable: boolean): Described {
  // Control characters that text has: BEL BS HT LF VT? FF CR ESC.
  if (bytes.some((byte) => byte < 32 && ![7, 8, 9, 10, 12, 13, 27].includes(byte)))
    return { text: 'data', mime: 'application/octet-stream', encoding: 'binary' };
  const text = decodeText(bytes);
  const isAscii = bytes.every((byte) => byte < 128);
  const isUtf8 = !/[\udc80-\udcff](?<![\ud800-\udbff].)/u.test(text);
  const encoding = isAscii ? 'us-ascii' : isUtf8 ? 'utf-8' : 'iso-8859-1';
  const bom = text.startsWith('\ufeff') ? ' (with BOM)' : '';
  const charset = isAscii ? 'ASCII' : isUtf8 ? `Unicode text, UTF-8${bom}` : 'ISO-8859';
  const kind = textKind(text, executable);
  const ends = lineEnds(text);
  return {
    text: `${kind.text}${charset}${kind.executable === '' ? ' text' : kind.executable}${ends}`,
    mime: kind.mime,
    encoding,
  };
}

function textKind(text: string, executable: boolean): { text: string; executable: string; mime: string } {
  const [, line] = /^#!\s*(.*)/.exec(text) ?? [];
  if (line !== undefined) {
    const program = line.replace(/^\S*\/env\s+(?:-S\s+)?/, '').split(/\s/, 1)[0] ?? '';
    const [, name, mime] = INTERPRETERS.find(([pattern]) => pattern.test(program)) ?? [
      undefined,
      `a ${line.trim()}`,
      'text/plain',
    ];
    return {
      text: `${name} script, `,
      executable: executable || name !== '' ? ' text executable' : '',
      mime,
    };
  }
  if (/^\s*[{[]/.test(text) && isJson(text))
    return { text: 'JSON ', executable: '', mime: 'application/json' };
  if (/^\s*<(?:!doctype html|html)/i.test(text))
    return { text: 'HTML document, ', executable: '', mime: 'text/html' };
  if (/^\s*<\?xml/.test(text)) return { text: 'XML 1.0 document, ', executable: '', mime: 'text/xml' };
  return { text: '', executable: '', mime: 'text/plain' };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const LONG_LINE = 500;

function lineEnds(text: string): string {
  const longest = Math.max(...text.split('\n').map((line) => line.length));
  const long = longest > LONG_LINE ? `, with very long lines (${longest})` : '';
  const crlf = text.includes('\r\n');
  const lf = /(?<!\r)\n/.test(text);
  if (crlf) return `${long}, with CRLF${lf ? ', LF' : ''} line terminators`;
  return `${long}${lf ? '' : ', with no line terminators'}`;
}
