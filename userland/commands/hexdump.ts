import { chunks } from '../program/input.ts';
import { dumpedByte } from '../text/c-escapes.ts';
import { parseSize } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  canonical: { short: 'C', long: 'canonical' },
  octalBytes: { short: 'b', long: 'one-byte-octal' },
  hexBytes: { short: 'X', long: 'one-byte-hex' },
  characters: { short: 'c', long: 'one-byte-char' },
  decimal: { short: 'd', long: 'two-bytes-decimal' },
  octal: { short: 'o', long: 'two-bytes-octal' },
  hex: { short: 'x', long: 'two-bytes-hex' },
  format: { short: 'e', long: 'format', value: 'required' },
  length: { short: 'n', long: 'length', value: 'required' },
  skip: { short: 's', long: 'skip', value: 'required' },
  all: { short: 'v', long: 'no-squeezing' },
} as const;

const LINE = 16;

type Format = (bytes: Uint8Array) => string;

const isPrintable = (byte: number): boolean => byte >= 32 && byte < 127;

/** Fields of one byte, then blanks for those that a short line lacks. */
const byBytes =
  (width: number, field: (byte: number) => string): Format =>
  (bytes) =>
    Array.from({ length: LINE }, (_, at) =>
      (at < bytes.length ? field(bytes[at] ?? 0) : '').padStart(width),
    ).join('');

const byWords =
  (width: number, field: (word: number) => string): Format =>
  (bytes) =>
    Array.from({ length: LINE / 2 }, (_, index) => {
      const at = index * 2;
      return (at < bytes.length ? field((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) : '').padStart(width);
    }).join('');

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function canonical(bytes: Uint8Array): string {
  const hex = Array.from({ length: LINE }, (_, at) => {
    const shown = at < bytes.length ? hexOf(bytes[at] ?? 0, 2) : '  ';
    return at % 8 === 0 ? `  ${shown}` : ` ${shown}`;
  }).join('');
  return `${hex}  |${[...bytes].map((byte) => (isPrintable(byte) ? String.fromCharCode(byte) : '.')).join('')}|`;
}

const FORMATS: readonly (readonly [keyof typeof SPECS, Format])[] = [
  ['canonical', canonical],
  ['octalBytes', byBytes(4, (byte) => byte.toString(8).padStart(3, '0'))],
  ['hexBytes', byBytes(4, (byte) => ` ${hexOf(byte, 2)}`)],
  ['characters', byBytes(4, dumpedByte)],
  ['decimal', byWords(8, (word) => `  ${String(word).padStart(5, '0')}`)],
  ['octal', byWords(8, (word) => ` ${word.toString(8).padStart(6, '0')}`)],
  ['hex', byWords(8, (word) => `   ${hexOf(word, 4)}`)],
];
const DEFAULT: Format = byWords(5, (word) => hexOf(word, 4));

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  if (options.has('format')) throw new UsageError('formats (-e) are not supported: use od -t or printf');
  const isCanonical = options.has('canonical') || context.name === 'hd';
  const chosen = FORMATS.filter(([name]) => options.has(name) || (name === 'canonical' && isCanonical)).map(
    ([, format]) => format,
  );
  const formats = chosen.length > 0 ? chosen : [DEFAULT];
  const addressWidth = isCanonical ? 8 : 7;
  let skip = parseSize(options.value('skip') ?? '0', 'skip value');
  let left =
    options.value('length') === undefined
      ? Infinity
      : parseSize(options.value('length') ?? '', 'length value');
  let at = skip;
  let line: number[] = [];
  let before = '';
  let starred = false;
  const emit = (): void => {
    const key = line.join();
    const repeated = key === before && line.length === LINE && !options.has('all');
    if (repeated && !starred) context.stdout.write('*\n');
    if (!repeated)
      for (const format of formats)
        context.stdout.write(`${hexOf(at, addressWidth)}${format(Uint8Array.from(line))}\n`);
    starred = repeated;
    before = key;
    at += line.length;
    line = [];
  };
  const status = forEachFile(context, options.operands, (fd, path) => {
    for (const chunk of left > 0 ? chunks(context.system.files, fd, path) : []) {
      for (const byte of chunk) {
        if (skip > 0) skip--;
        else if (left > 0) {
          left--;
          if (line.push(byte) === LINE) emit();
        }
      }
      if (left <= 0) break;
    }
  });
  if (line.length > 0) emit();
  if (at > 0) context.stdout.write(`${hexOf(at, addressWidth)}\n`);
  return status;
}

export const hexdump: Program = {
  name: 'hexdump',
  aliases: ['hd'],
  usage: 'hexdump [OPTION]... [FILE]...',
  help: `Print bytes, as hexadecimal words where nothing else is said. hd is hexdump -C.

  -C, --canonical   bytes and their characters
  -b  -X  -c        bytes: octal, hexadecimal, characters
  -d  -o  -x        words: decimal, octal, hexadecimal
  -n, --length=N    at most N bytes
  -s, --skip=N      pass over the first N
  -v                lines like the one before too`,
  usageStatus: 1,
  main,
};
