import { closeInput, records } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { errorText } from '../program/errors.ts';
import { type Piece, PieceFiles } from '../csplit/pieces.ts';
import { parsePatterns, type Pattern } from '../csplit/patterns.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  format: { short: 'b', long: 'suffix-format', value: 'required' },
  prefix: { short: 'f', long: 'prefix', value: 'required' },
  keep: { short: 'k', long: 'keep-files' },
  suppress: { long: 'suppress-matched' },
  digits: { short: 'n', long: 'digits', value: 'required' },
  quiet: { short: 's', long: 'quiet' },
  quietToo: { short: 'q', long: 'silent' },
  elide: { short: 'z', long: 'elide-empty-files' },
} as const;
const DIGITS = 2;
const NEWLINE = 10;

/** The lines that are left, and where the search for the next one goes on. */
class Splitter {
  readonly #lines: readonly Uint8Array[];
  readonly #files: PieceFiles;
  readonly #suppressMatched: boolean;
  /** Lines that are gone: written or passed over. */
  #taken = 0;
  /** The line that was matched last, counted from 1. */
  #current = 0;

  constructor(lines: readonly Uint8Array[], files: PieceFiles, suppressMatched: boolean) {
    this.#lines = lines;
    this.#files = files;
    this.#suppressMatched = suppressMatched;
  }

  /** → false: the input ended, which is how a pattern that repeats for ever ends. */
  regex(pattern: Pattern & { kind: 'regex' }, repetition: number): boolean {
    const piece = pattern.skip ? undefined : this.#files.open();
    for (;;) {
      const line = this.#lines[this.#current++];
      if (line === undefined) {
        if (piece !== undefined) this.#copy(piece, this.#lines.length);
        piece?.close();
        if (pattern.forever) return false;
        throw new Failure(`'${pattern.text}': match not found${onRepetition(repetition)}`);
      }
      if (pattern.regex.test(decodeText(line))) break;
    }
    const end = this.#current - 1 + pattern.offset;
    const outside = end < this.#taken || end > this.#lines.length;
    this.#copy(piece, Math.min(end, this.#lines.length));
    piece?.close();
    if (outside) throw new Failure(`'${pattern.text}': line number out of range`);
    if (pattern.offset > 0) this.#current = end + 1;
    if (this.#suppressMatched) this.#taken++;
    return true;
  }

  lineCount(pattern: Pattern & { kind: 'line' }, repetition: number): void {
    const piece = this.#files.open();
    const outOfRange = (): Failure =>
      new Failure(`'${pattern.text}': line number out of range${onRepetition(repetition)}`);
    const end = pattern.line * (repetition + 1) - 1;
    if (this.#suppressMatched && this.#taken >= this.#lines.length) {
      piece.close();
      throw outOfRange();
    }
    this.#copy(piece, Math.min(end, this.#lines.length));
    piece.close();
    if (end > this.#lines.length) throw outOfRange();
    if (this.#suppressMatched) this.#taken++;
    else if (this.#taken >= this.#lines.length) throw outOfRange();
  }

  rest(): void {
    const piece = this.#files.open();
    this.#copy(piece, this.#lines.length);
    piece.close();
  }

  #copy(piece: Piece | undefined, end: number): void {
    for (; this.#taken < end; this.#taken++) piece?.write(this.#lines[this.#taken] ?? new Uint8Array());
  }
}

const onRepetition = (count: number): string => (count === 0 ? '' : ` on repetition ${count}`);

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const [file, ...words] = options.operands;
  if (file === undefined) throw new UsageError('missing operand');
  if (words.length === 0) throw new UsageError(`missing operand after '${file}'`);
  const patterns = parsePatterns(words);
  const fd = openFile(context, file);
  const lines = [...records(context.system.files, fd, file)].map(({ bytes, terminated }) =>
    terminated ? new Uint8Array([...bytes, NEWLINE]) : bytes.slice(),
  );
  closeInput(context.system.files, fd);
  const files = new PieceFiles(context, {
    prefix: options.value('prefix') ?? 'xx',
    format: options.value('format') ?? `%0${options.value('digits') ?? DIGITS}d`,
    elideEmpty: options.has('elide'),
    quiet: options.has('quiet') || options.has('quietToo'),
  });
  try {
    split(new Splitter(lines, files, options.has('suppress')), patterns);
  } catch (error) {
    if (!options.has('keep')) files.removeAll();
    throw error;
  }
  return 0;
}

function openFile(context: ProgramContext, file: string): number {
  if (file === '-') return 0;
  const fd = context.system.files.open(file, 0, 0);
  if (fd < 0) throw new Failure(`cannot open '${file}' for reading: ${errorText(fd)}`);
  return fd;
}

function split(splitter: Splitter, patterns: readonly Pattern[]): void {
  for (const pattern of patterns)
    for (let repetition = 0; pattern.forever || repetition <= pattern.repeat; repetition++) {
      if (pattern.kind === 'line') splitter.lineCount(pattern, repetition);
      else if (!splitter.regex(pattern, repetition)) return;
    }
  splitter.rest();
}

export const csplit: Program = {
  name: 'csplit',
  usage: 'csplit [OPTION]... FILE PATTERN...',
  usageStatus: 1,
  help: `Output pieces of FILE separated by PATTERN(s) to files 'xx00', 'xx01', ..., and output the size of each piece.

  -b, --suffix-format=FORMAT  use printf FORMAT instead of %02d
  -f, --prefix=PREFIX         use PREFIX instead of 'xx'
  -k, --keep-files            do not remove output files on errors
      --suppress-matched      suppress the lines matching PATTERN
  -n, --digits=DIGITS         use this number of digits instead of 2
  -s, --quiet, --silent       do not print sizes of output files
  -z, --elide-empty-files     suppress empty output files

Each PATTERN may be:
  INTEGER            copy up to but not including this line number
  /REGEXP/[OFFSET]   copy up to but not including a matching line
  %REGEXP%[OFFSET]   skip to, but not including, a matching line
  {INTEGER}          repeat the previous pattern this number of times
  {*}                repeat the previous pattern as many times as possible`,
  main,
};
