import { type OdType, parseOdTypes } from '../dump/od-types.ts';
import { chunks, closeInput, openInput } from '../program/input.ts';
import { parseSize } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { report } from '../files/per-file.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  radix: { short: 'A', long: 'address-radix', value: 'required' },
  skip: { short: 'j', long: 'skip-bytes', value: 'required' },
  limit: { short: 'N', long: 'read-bytes', value: 'required' },
  type: { short: 't', long: 'format', value: 'required' },
  all: { short: 'v', long: 'output-duplicates' },
  width: { short: 'w', long: 'width', value: 'optional' },
  a: { short: 'a' },
  b: { short: 'b' },
  c: { short: 'c' },
  d: { short: 'd' },
  f: { short: 'f' },
  i: { short: 'i' },
  l: { short: 'l' },
  o: { short: 'o' },
  s: { short: 's' },
  x: { short: 'x' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const OLD_TYPES: Readonly<Record<string, string>> = {
  a: 'a',
  b: 'o1',
  c: 'c',
  d: 'u2',
  f: 'fF',
  i: 'dI',
  l: 'dL',
  o: 'o2',
  s: 'd2',
  x: 'x2',
};
const DEFAULT_WIDTH = 16;
const EXPLICIT_WIDTH = '32';

function address(radix: string): (at: number) => string {
  if (radix === 'n') return () => '';
  if (radix === 'd') return (at) => String(at).padStart(7, '0');
  if (radix === 'o') return (at) => at.toString(8).padStart(7, '0');
  if (radix === 'x') return (at) => at.toString(16).padStart(6, '0');
  throw new UsageError(`invalid output address radix '${radix}'; it must be one character from [doxn]`);
}

/** Number of bytes with GNU's prefixes: `0x10`, `010`, `1k`. */
function count(text: string): number {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number(text);
  return /^0[0-7]+$/.test(text) ? parseInt(text, 8) : parseSize(text, 'argument');
}

class Dump {
  readonly #types: readonly OdType[];
  readonly #width: number;
  readonly #blockColumns: number;
  readonly #blockBytes: number;

  constructor(types: readonly OdType[], width: number) {
    this.#types = types;
    this.#width = width;
    this.#blockBytes = Math.max(...types.map(({ bytes }) => bytes));
    this.#blockColumns = Math.max(...types.map((type) => (type.width + 1) * (this.#blockBytes / type.bytes)));
  }

  /** The line of each type for up to a width of bytes. */
  lines(bytes: Uint8Array): string[] {
    const whole = new Uint8Array(this.#width);
    whole.set(bytes);
    const view = new DataView(whole.buffer);
    return this.#types.map((type) => {
      const fields = this.#blockBytes / type.bytes;
      const padding = this.#blockColumns - (type.width + 1) * fields;
      let line = '';
      for (let at = 0; at < this.#width; at += type.bytes) {
        const left = fields - ((at / type.bytes) % fields);
        const pad = Math.floor((padding * left) / fields) - Math.floor((padding * (left - 1)) / fields);
        if (at < bytes.length) line += ' '.repeat(pad + 1) + type.text(view, at).padStart(type.width);
        else if (type.showsText) line += ' '.repeat(pad + 1 + type.width);
      }
      return type.showsText ? `${line}  >${printable(bytes)}<` : line;
    });
  }
}

const printable = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');

function typesOf({ occurrences }: Options): OdType[] {
  const texts = occurrences.flatMap(({ name, value = '' }) =>
    name === 'type' ? [value] : (OLD_TYPES[name] ?? []),
  );
  const types = texts.flatMap((text) => parseOdTypes(text));
  return types.length > 0 ? types : parseOdTypes('oS');
}

function widthOf(options: Options, types: readonly OdType[]): number {
  const given = options.options.width;
  const block = Math.max(...types.map(({ bytes }) => bytes));
  if (given === undefined) return DEFAULT_WIDTH;
  const width = count(given === true ? EXPLICIT_WIDTH : given);
  return width > 0 && width % block === 0 ? width : block;
}

/** All inputs as one, between the bytes that are skipped and the limit. */
function* input(
  context: ProgramContext,
  options: Options,
  failed: (status: number) => void,
): Generator<Uint8Array> {
  const { files } = context.system;
  let skip = count(options.value('skip') ?? '0');
  let left = options.value('limit') === undefined ? Infinity : count(options.value('limit') ?? '');
  for (const path of options.operands.length ? options.operands : ['-']) {
    try {
      const fd = openInput(files, path);
      for (const chunk of left > 0 ? chunks(files, fd, path) : []) {
        const from = Math.min(skip, chunk.length);
        skip -= from;
        const piece = chunk.subarray(from, from + Math.min(left, chunk.length));
        left -= piece.length;
        if (piece.length > 0) yield piece;
        if (left <= 0) break;
      }
      closeInput(files, fd);
    } catch (error) {
      failed(report(context, error));
    }
  }
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const types = typesOf(options);
  const width = widthOf(options, types);
  const dump = new Dump(types, width);
  const label = address(options.value('radix') ?? 'o');
  let status = 0;
  let at = count(options.value('skip') ?? '0');
  let held = new Uint8Array();
  let before: string | undefined;
  let starred = false;
  const emit = (bytes: Uint8Array): void => {
    const key = bytes.join();
    if (key === before && bytes.length === width && !options.has('all')) {
      if (!starred) context.stdout.write('*\n');
      starred = true;
    } else {
      starred = false;
      const start = label(at);
      const lines = dump.lines(bytes);
      lines.forEach((line, index) =>
        context.stdout.write(`${index === 0 ? start : ' '.repeat(start.length)}${line}\n`),
      );
    }
    before = key;
    at += bytes.length;
  };
  for (const chunk of input(context, options, (failed) => (status = failed))) {
    const all = new Uint8Array(held.length + chunk.length);
    all.set(held);
    all.set(chunk, held.length);
    let from = 0;
    for (; from + width <= all.length; from += width) emit(all.subarray(from, from + width));
    held = all.slice(from);
  }
  if (held.length > 0) emit(held);
  if (label(0) !== '') context.stdout.write(`${label(at)}\n`);
  return status;
}

export const od: Program = {
  name: 'od',
  usage: 'od [OPTION]... [FILE]...',
  help: `Print bytes, as octal words where nothing else is said.

  -A, --address-radix=R   offsets in d, o, x or none (n)
  -j, --skip-bytes=N      pass over the first N
  -N, --read-bytes=N      at most N
  -t, --format=TYPE...    a c, d o u x and f with their size (1 2 4 8, C S I L, F D); z: text beside
  -v, --output-duplicates lines like the one before too
  -w, --width[=N]         N bytes a line (16; 32 without N)
  -a -b -c -d -f -i -l -o -s -x   are -t a o1 c u2 fF dI dL o2 d2 x2`,
  usageStatus: 1,
  main,
};
