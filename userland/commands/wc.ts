import { chunks, closeInput, openInput } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

const SPECS = {
  bytes: { short: 'c', long: 'bytes' },
  chars: { short: 'm', long: 'chars' },
  lines: { short: 'l', long: 'lines' },
  longest: { short: 'L', long: 'max-line-length' },
  words: { short: 'w', long: 'words' },
} as const;

interface Counts {
  lines: number;
  words: number;
  chars: number;
  bytes: number;
  longest: number;
}
const COLUMNS = ['lines', 'words', 'chars', 'bytes', 'longest'] as const;
const TAB_STOP = 8;
const WIDTH_OF_STREAM = 7;

const EMPTY: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };

/** Counts what was asked for and no more: of a stream, its bytes alone cost nothing, its lines little. */
function count(input: Iterable<Uint8Array>, columns: readonly (keyof Counts)[]): Counts {
  const counts = { ...EMPTY };
  const scanner = columns.includes('words') || columns.includes('longest') ? new Scanner(counts) : undefined;
  const chars = columns.includes('chars');
  for (const chunk of input) {
    counts.bytes += chunk.length;
    if (chars) counts.chars += charactersOf(chunk);
    if (scanner) scanner.scan(chunk);
    else if (columns.includes('lines')) counts.lines += newlinesOf(chunk);
  }
  scanner?.end();
  return counts;
}

function newlinesOf(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < chunk.length; at++) if (chunk[at] === 10) lines++;
  return lines;
}

/** Bytes that do not continue a character of UTF-8. */
function charactersOf(chunk: Uint8Array): number {
  let chars = 0;
  for (let at = 0; at < chunk.length; at++) if (((chunk[at] ?? 0) & 0xc0) !== 0x80) chars++;
  return chars;
}

/** Lines, words (what white space of ASCII separates) and the longest line; its state goes on from chunk to chunk. */
class Scanner {
  readonly #counts: Counts;
  #inWord = false;
  #column = 0;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  scan(chunk: Uint8Array): void {
    const counts = this.#counts;
    let inWord = this.#inWord;
    let column = this.#column;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      const space = byte === 32 || (byte >= 9 && byte <= 13);
      if (!space && !inWord && byte > 32) counts.words++;
      if (space) inWord = false;
      else if (byte > 32) inWord = true;
      if (byte === 10 || byte === 12 || byte === 13) {
        if (byte === 10) counts.lines++;
        if (column > counts.longest) counts.longest = column;
        column = 0;
      } else if (byte === 9) column += TAB_STOP - (column % TAB_STOP);
      else if (byte >= 32 && byte !== 127 && (byte & 0xc0) !== 0x80) column++;
    }
    this.#inWord = inWord;
    this.#column = column;
  }

  end(): void {
    this.#counts.longest = Math.max(this.#counts.longest, this.#column);
  }
}

function main({ system, args, stdout, stderr, name }: ProgramContext): number {
  const { has, operands } = parseOptions(args, SPECS);
  const chosen = COLUMNS.filter((column) => has(column));
  const columns = chosen.length ? chosen : (['lines', 'words', 'bytes'] as const);
  const results: { counts: Counts; label: string }[] = [];
  const total = { ...EMPTY };
  let result = 0;
  for (const path of operands.length ? operands : ['-']) {
    try {
      const fd = openInput(system.files, path);
      const counts = count(chunks(system.files, fd, path), columns);
      closeInput(system.files, fd);
      results.push({ counts, label: operands.length ? ` ${path}` : '' });
      for (const column of COLUMNS) {
        total[column] =
          column === 'longest' ? Math.max(total.longest, counts.longest) : total[column] + counts[column];
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      stderr.write(`${name}: ${error.message}\n`);
      result = 1;
    }
  }
  if (operands.length > 1) results.push({ counts: total, label: ' total' });
  const alone = columns.length === 1 && results.length === 1;
  const streams = operands.length === 0 || operands.includes('-');
  const widest = Math.max(
    ...results.flatMap(({ counts }) => columns.map((column) => String(counts[column]).length)),
    1,
  );
  const width = alone
    ? 1
    : streams
      ? Math.max(WIDTH_OF_STREAM, widest)
      : Math.max(widest, String(total.bytes).length);
  for (const { counts, label } of results) {
    stdout.write(columns.map((column) => String(counts[column]).padStart(width)).join(' ') + label + '\n');
  }
  return result;
}

export const wc: Program = {
  name: 'wc',
  usage: 'wc [OPTION]... [FILE]...',
  help: `Count lines, words and bytes of each file (- or none: standard input).

  -c, --bytes             bytes
  -m, --chars             characters
  -l, --lines             newlines
  -L, --max-line-length   width of the longest line
  -w, --words             words`,
  usageStatus: 1,
  main,
};
