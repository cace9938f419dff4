import { closeInput, openInput, chunks } from '../program/input.ts';
import { parseCount, parseSize } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { errorText } from '../program/errors.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { statusOfDescriptor } from '../files/stat.ts';

const SPECS = {
  suffixLength: { short: 'a', long: 'suffix-length', value: 'required' },
  suffix: { long: 'additional-suffix', value: 'required' },
  bytes: { short: 'b', long: 'bytes', value: 'required' },
  lineBytes: { short: 'C', long: 'line-bytes', value: 'required' },
  digits: { short: 'd' },
  numeric: { long: 'numeric-suffixes', value: 'optional' },
  hex: { short: 'x', long: 'hex-suffixes' },
  elide: { short: 'e', long: 'elide-empty-files' },
  lines: { short: 'l', long: 'lines', value: 'required' },
  number: { short: 'n', long: 'number', value: 'required' },
  verbose: { long: 'verbose' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const DEFAULT_LINES = 1000;
const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
const NEWLINE = 10;

/** Names of the pieces: aa, ab, …; after yz comes zaaa, so that they stay in order. */
class Pieces {
  readonly #context: ProgramContext;
  readonly #prefix: string;
  readonly #options: Options;
  readonly #alphabet: string;
  readonly #length: number | undefined;
  #count: number;
  #output: Output | undefined;

  constructor(context: ProgramContext, prefix: string, options: Options) {
    this.#context = context;
    this.#prefix = prefix;
    this.#options = options;
    this.#alphabet = options.has('hex')
      ? '0123456789abcdef'
      : options.has('digits') || options.has('numeric')
        ? '0123456789'
        : 'abcdefghijklmnopqrstuvwxyz';
    const length = options.value('suffixLength');
    this.#length = length === undefined || length === '0' ? undefined : parseCount(length, 'suffix length');
    this.#count = Number(options.value('numeric') ?? 0);
  }

  write(bytes: Uint8Array): void {
    this.#output ??= this.#open();
    this.#output.write(bytes.slice());
  }

  /** An empty file where nothing was written. */
  touch(): void {
    this.#output ??= this.#open();
  }

  end(): void {
    if (this.#output === undefined) return;
    this.#output.flush();
    this.#context.system.files.close(this.#output.fd);
    this.#output = undefined;
  }

  #open(): Output {
    const path = `${this.#prefix}${this.#suffix(this.#count++)}${this.#options.value('suffix') ?? ''}`;
    if (this.#options.has('verbose')) this.#context.stdout.write(`creating file '${path}'\n`);
    const fd = this.#context.system.files.open(path, CREATE_TRUNCATE, 0o666);
    if (fd < 0) throw new Failure(`${path}: ${errorText(fd)}`);
    return new Output(this.#context.system, fd);
  }

  #suffix(index: number): string {
    const base = this.#alphabet.length;
    let length = this.#length ?? 2;
    let left = index;
    let lead = '';
    const room = (): number =>
      this.#length === undefined && lead.length + length < Infinity
        ? base ** length - base ** (length - 1)
        : base ** length;
    while (this.#length === undefined && left >= room()) {
      left -= room();
      lead += this.#alphabet.at(-1) ?? '';
      length++;
    }
    if (left >= base ** length) throw new Failure('output file suffixes exhausted');
    let text = '';
    for (let at = 0; at < length; at++) {
      text = (this.#alphabet[left % base] ?? '') + text;
      left = Math.floor(left / base);
    }
    return lead + text;
  }
}

function byLines(input: Iterable<Uint8Array>, pieces: Pieces, count: number): void {
  let left = count;
  for (const chunk of input) {
    for (let from = 0; from < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, from);
      const to = newline < 0 ? chunk.length : newline + 1;
      pieces.write(chunk.subarray(from, to));
      from = to;
      if (newline < 0 || --left > 0) continue;
      pieces.end();
      left = count;
    }
  }
}

function byBytes(input: Iterable<Uint8Array>, pieces: Pieces, size: number): void {
  let left = size;
  for (const chunk of input) {
    for (let from = 0; from < chunk.length;) {
      const piece = chunk.subarray(from, from + left);
      pieces.write(piece);
      from += piece.length;
      left -= piece.length;
      if (left > 0) continue;
      pieces.end();
      left = size;
    }
  }
}

/** As many whole lines as fit; a longer line is cut. */
function byLineBytes(input: Iterable<Uint8Array>, pieces: Pieces, size: number): void {
  let used = 0;
  let line: number[] = [];
  const put = (bytes: readonly number[]): void => {
    if (used > 0 && used + bytes.length > size) {
      pieces.end();
      used = 0;
    }
    for (let from = 0; from < bytes.length; from += size) {
      const part = bytes.slice(from, from + size);
      pieces.write(Uint8Array.from(part));
      used = part.length === size ? 0 : used + part.length;
      if (part.length === size) pieces.end();
    }
  };
  for (const chunk of input) {
    for (const byte of chunk) {
      line.push(byte);
      if (byte !== NEWLINE) continue;
      put(line);
      line = [];
    }
  }
  if (line.length > 0) put(line);
}

/** `-n N`, `-n l/N`, `-n r/N`: that many pieces. */
function intoNumber(
  context: ProgramContext,
  input: Generator<Uint8Array>,
  fd: number,
  pieces: Pieces,
  text: string,
  options: Options,
): void {
  const match = /^(?:(l|r)\/)?(\d+)$/.exec(text);
  const number = Number(match?.[2] ?? 0);
  if (!match || number === 0) throw new UsageError(`invalid number of chunks: '${text}'`);
  if (match[1] === 'r') throw new UsageError('round robin is not supported');
  const all: Uint8Array[] = [];
  const found = statusOfDescriptor(context.system.files, fd);
  for (const chunk of input) all.push(chunk.slice());
  const size =
    typeof found === 'number' || found.size === 0
      ? all.reduce((sum, part) => sum + part.length, 0)
      : found.size;
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  const each = Math.floor(size / number);
  let from = 0;
  for (let index = 1; index <= number; index++) {
    let to = index === number ? size : each * index;
    if (match[1] === 'l') {
      if (to <= from) to = from;
      else if (to < size && bytes[to - 1] !== NEWLINE) to = bytes.indexOf(NEWLINE, to) + 1 || size;
    }
    if (to > from) pieces.write(bytes.subarray(from, to));
    else if (!options.has('elide')) pieces.touch();
    pieces.end();
    from = Math.max(from, to);
  }
}

export const split: Program = {
  name: 'split',
  usage: 'split [OPTION]... [FILE [PREFIX]]',
  help: `Cut a file into pieces PREFIXaa, PREFIXab, … (x).

  -a, --suffix-length=N          suffixes of N letters (2)
      --additional-suffix=TEXT   after it
  -b, --bytes=SIZE               pieces of SIZE bytes
  -C, --line-bytes=SIZE          of whole lines of at most SIZE bytes
  -l, --lines=N                  of N lines (1000)
  -n, --number=N                 N pieces; l/N of whole lines
  -d, --numeric-suffixes[=FROM]  -x, --hex-suffixes
  -e, --elide-empty-files        no empty pieces with -n
      --verbose                  say the names`,
  usageStatus: 1,
  main(context) {
    let old: string | undefined;
    const options = parseOptions(context.args, SPECS, { number: (digits) => ((old = digits), true) });
    const { value, operands } = options;
    const [path = '-', prefix = 'x', extra] = operands;
    if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
    const fd = openInput(context.system.files, path);
    const input = chunks(context.system.files, fd, path);
    const pieces = new Pieces(context, prefix, options);
    const size = (text: string, what: string): number => {
      const bytes = parseSize(text, what);
      if (bytes === 0) throw new UsageError(`invalid ${what}: '${text}'`);
      return bytes;
    };
    const [bytes, lineBytes, number] = [value('bytes'), value('lineBytes'), value('number')];
    if (bytes !== undefined) byBytes(input, pieces, size(bytes, 'number of bytes'));
    else if (lineBytes !== undefined) byLineBytes(input, pieces, size(lineBytes, 'number of bytes'));
    else if (number !== undefined) intoNumber(context, input, fd, pieces, number, options);
    else byLines(input, pieces, size(value('lines') ?? old ?? String(DEFAULT_LINES), 'number of lines'));
    pieces.end();
    closeInput(context.system.files, fd);
    return 0;
  },
};
