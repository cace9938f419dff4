import { lines } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import { type Program, type ProgramContext } from '../program/program.ts';
import { displayWidth } from '../text/width.ts';

const SPECS = {
  crown: { short: 'c', long: 'crown-margin' },
  prefix: { short: 'p', long: 'prefix', value: 'required' },
  splitOnly: { short: 's', long: 'split-only' },
  tagged: { short: 't', long: 'tagged-paragraph' },
  uniform: { short: 'u', long: 'uniform-spacing' },
  width: { short: 'w', long: 'width', value: 'required' },
  goal: { short: 'g', long: 'goal', value: 'required' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const DEFAULT_WIDTH = '75';
/** Lines are filled to 93 % of the width where the cost says nothing else. */
const LEEWAY = 7;

/** Costs of GNU's fmt: what a line break may spoil. */
const Cost = {
  line: 70 ** 2,
  widow: 200 ** 2,
  orphan: 150 ** 2,
  sentence: 50 ** 2,
  noBreak: 600 ** 2,
  paren: 40 ** 2,
  punct: 40 ** 2,
} as const;
const square = (value: number): number => value * value;

interface Word {
  readonly text: string;
  readonly width: number;
  /** Blanks after it. */
  space: number;
  readonly opens: boolean;
  readonly punct: boolean;
  final: boolean;
  period: boolean;
}

/** Breaks a paragraph's words into lines so that the sum of their costs is least. */
function breakLines(
  words: readonly Word[],
  first: number,
  other: number,
  width: number,
  goal: number,
): Word[][] {
  const count = words.length;
  const best = Array.from({ length: count + 1 }, () => 0);
  const next = Array.from({ length: count + 1 }, () => count);
  const lengths = Array.from({ length: count + 1 }, () => 0);
  for (let start = count - 1; start >= 0; start--) {
    let length = (start === 0 ? first : other) + (words[start]?.width ?? 0);
    let least = Infinity;
    for (let end = start + 1; ; end++) {
      const cost = lineCost(end, length, { next, lengths, count, goal }) + (best[end] ?? 0);
      if (cost < least || end === start + 1) {
        least = cost;
        next[start] = end;
        lengths[start] = length;
      }
      if (end === count) break;
      length += (words[end - 1]?.space ?? 1) + (words[end]?.width ?? 0);
      if (length >= width) break;
    }
    best[start] = least + baseCost(words, start);
  }
  const broken: Word[][] = [];
  for (let start = 0; start < count; start = next[start] ?? count)
    broken.push(words.slice(start, next[start]));
  return broken;
}

interface Plan {
  readonly next: readonly number[];
  readonly lengths: readonly number[];
  readonly count: number;
  readonly goal: number;
}

function lineCost(end: number, length: number, { next, lengths, count, goal }: Plan): number {
  if (end === count) return 0;
  const short = (value: number): number => square(value * 10);
  let cost = short(goal - length);
  if (next[end] !== count) cost += short(length - (lengths[end] ?? 0)) / 2;
  return cost;
}

function baseCost(words: readonly Word[], at: number): number {
  let cost = Cost.line;
  const [word, before, second] = [words[at], words[at - 1], words[at - 2]];
  if (before !== undefined) {
    if (before.period) cost += before.final ? -Cost.sentence : Cost.noBreak;
    else if (before.punct) cost -= Cost.punct;
    else if (second?.final) cost += Cost.widow / (before.width + 2);
  }
  if (word?.opens) cost -= Cost.paren;
  else if (word?.final) cost += Cost.orphan / (word.width + 2);
  return cost;
}

function wordsOf(text: string, uniform: boolean): Word[] {
  const words = [...text.matchAll(/(\S+)(\s*)/g)].map(([, word = '', blanks = '']): Word => {
    const bare = word.replace(/[()'"\]]+$/, '');
    const period = /[.?!]$/.test(bare);
    return {
      text: word,
      width: displayWidth(word),
      space: blanks.length,
      opens: /^[('"[]/.test(word),
      punct: /[!-/:-@[-`{-~]$/.test(word),
      period,
      final: period && (blanks.includes('\n') || blanks.length > 1 || blanks === ''),
    };
  });
  for (const [index, word] of words.entries()) {
    if (index === words.length - 1) word.final ||= word.period;
    const line = word.space > 0 && /\n/.test(text.slice(0, 0));
    word.space = uniform || line ? (word.final ? 2 : 1) : word.space;
  }
  return words;
}

class Formatter {
  readonly #context: ProgramContext;
  readonly #options: Options;
  readonly #width: number;
  readonly #goal: number;
  #paragraph: string[] = [];

  constructor(context: ProgramContext, options: Options, width: number) {
    this.#context = context;
    this.#options = options;
    this.#width = width;
    const goal = options.value('goal');
    this.#goal =
      goal === undefined ? Math.floor((width * (2 * (100 - LEEWAY) + 1)) / 200) : parseCount(goal, 'width');
  }

  line(text: string): void {
    const prefix = this.#options.value('prefix') ?? '';
    const isBlank = text.trim() === '';
    if (isBlank || !text.trimStart().startsWith(prefix)) {
      this.flush();
      this.#context.stdout.write(`${isBlank ? '' : text}\n`);
      return;
    }
    const before = this.#paragraph.at(-1);
    const indents = this.#options.has('crown') || this.#options.has('tagged');
    const mayDiffer = indents && this.#paragraph.length === 1;
    if (before !== undefined && !mayDiffer && indentOf(before) !== indentOf(text)) this.flush();
    this.#paragraph.push(text);
    if (this.#options.has('splitOnly')) this.flush();
  }

  flush(): void {
    const rows = this.#paragraph;
    this.#paragraph = [];
    const [head] = rows;
    if (head === undefined) return;
    const prefix = this.#options.value('prefix') ?? '';
    const [first, other] = [indentOf(head), indentOf(rows[1] ?? head)];
    const body = rows.map((row) => row.trimStart().slice(prefix.length));
    const words = joinRows(body, this.#options.has('uniform'));
    const inner = prefix === '' ? '' : (/^\s*/.exec(body[0] ?? '')?.[0] ?? '');
    const lead = displayWidth(prefix + inner);
    breakLines(words, first + lead, other + lead, this.#width, this.#goal).forEach((line, index) => {
      const indent = ' '.repeat(index === 0 ? first : other);
      const text = line
        .map((word, at) => word.text + (at === line.length - 1 ? '' : ' '.repeat(word.space)))
        .join('');
      this.#context.stdout.write(`${indent}${prefix}${inner}${text}\n`);
    });
  }
}

/** A line's end is one blank, two after a sentence. */
function joinRows(rows: readonly string[], uniform: boolean): Word[] {
  return rows.flatMap((row) => {
    const words = wordsOf(row.trim(), uniform);
    const last = words.at(-1);
    if (last) {
      last.final = last.period;
      last.space = last.final ? 2 : 1;
    }
    return words;
  });
}

const indentOf = (line: string): number =>
  displayWidth((/^\s*/.exec(line)?.[0] ?? '').replace(/\t/g, '        '));

export const fmt: Program = {
  name: 'fmt',
  usage: 'fmt [-WIDTH] [OPTION]... [FILE]...',
  help: `Fill the lines of paragraphs.

  -c, --crown-margin       the first two lines say the indentation
  -p, --prefix=TEXT        only lines that begin so, and keep it
  -s, --split-only         break long lines, do not fill short ones
  -t, --tagged-paragraph   as -c
  -u, --uniform-spacing    one blank between words, two after sentences
  -w, --width=N            longest line (75)    -g, --goal=N`,
  usageStatus: 1,
  main(context) {
    let old: string | undefined;
    const options = parseOptions(context.args, SPECS, { number: (digits) => ((old = digits), true) });
    const width = parseCount(options.value('width') ?? old ?? DEFAULT_WIDTH, 'width');
    const formatter = new Formatter(context, options, width);
    const status = forEachFile(context, options.operands, (fd, path) => {
      for (const line of lines(context.system.files, fd, path)) formatter.line(line);
      formatter.flush();
    });
    return status;
  },
};
