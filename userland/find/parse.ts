import { Failure, type ProgramContext } from '../program/program.ts';
import { actionOf } from './actions.ts';
import { and, comma, not, or, type Predicate } from './expression.ts';
import { testOf } from './tests.ts';

/** What holds for the whole walk, wherever it stands in the expression. */
export interface WalkOptions {
  minDepth: number;
  maxDepth: number;
  depthFirst: boolean;
  oneFileSystem: boolean;
  follow: boolean;
}

export interface Parsed {
  predicate: Predicate;
  /** Runs what `-exec … +` has collected. → whether all of it went well */
  finish: () => boolean;
}

/** The words of an expression, and what parts of it share. */
export class Words {
  readonly context: ProgramContext;
  readonly options: WalkOptions;
  /** An action other than -prune was seen: no -print is added. */
  acts = false;
  readonly finishers: (() => boolean)[] = [];
  readonly #words: readonly string[];
  #at = 0;

  constructor(context: ProgramContext, words: readonly string[], options: WalkOptions) {
    this.context = context;
    this.#words = words;
    this.options = options;
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }
  next(): string | undefined {
    return this.#words[this.#at++];
  }
  argument(of: string): string {
    const word = this.next();
    if (word === undefined) throw new Failure(`missing argument to \`${of}'`);
    return word;
  }
  /** A number with the comparison that its sign asks for. */
  number(of: string, text = this.argument(of)): (value: number) => boolean {
    const match = /^([-+]?)(\d+)$/.exec(text);
    if (!match) throw new Failure(`invalid argument \`${text}' to \`${of}'`);
    const wanted = Number(match[2]);
    if (match[1] === '+') return (value) => value > wanted;
    return match[1] === '-' ? (value) => value < wanted : (value) => value === wanted;
  }
  count(of: string): number {
    const text = this.argument(of);
    if (!/^\d+$/.test(text))
      throw new Failure(`Expected a positive decimal integer argument to ${of}, but got '${text}'`);
    return Number(text);
  }
}

export function parseExpression(
  context: ProgramContext,
  words: readonly string[],
  options: WalkOptions,
): Parsed {
  const source = new Words(context, words, options);
  let predicate: Predicate = words.length === 0 ? () => true : parseComma(source);
  const extra = source.peek();
  if (extra === ')') throw new Failure("invalid expression; you have used ')' without a matching '('");
  if (extra !== undefined) throw new Failure(`paths must precede expression: \`${extra}'`);
  if (!source.acts) predicate = and(predicate, ({ path }) => (context.stdout.write(`${path}\n`), true));
  return { predicate, finish: () => source.finishers.reduce((ok, run) => run() && ok, true) };
}

function parseComma(words: Words): Predicate {
  let left = parseOr(words);
  while (words.peek() === ',') {
    words.next();
    left = comma(left, parseOr(words));
  }
  return left;
}

function parseOr(words: Words): Predicate {
  let left = parseAnd(words);
  while (words.peek() === '-o' || words.peek() === '-or') {
    words.next();
    left = or(left, parseAnd(words));
  }
  return left;
}

function parseAnd(words: Words): Predicate {
  let left = parseNot(words);
  for (;;) {
    const next = words.peek();
    if (next === '-a' || next === '-and') words.next();
    else if (next === undefined || [')', ',', '-o', '-or'].includes(next)) return left;
    left = and(left, parseNot(words));
  }
}

function parseNot(words: Words): Predicate {
  const next = words.peek();
  if (next !== '!' && next !== '-not') return parsePrimary(words);
  words.next();
  return not(parseNot(words));
}

function parsePrimary(words: Words): Predicate {
  const word = words.next();
  if (word === undefined) throw new Failure('expected an expression');
  if (word === '(') {
    const inner = parseComma(words);
    if (words.next() !== ')')
      throw new Failure("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
    return inner;
  }
  if (['-o', '-or', '-a', '-and', ',', ')'].includes(word))
    throw new Failure(
      `invalid expression; you have used a binary operator '${word}' with nothing before it.`,
    );
  const found = option(words, word) ?? testOf(words, word) ?? actionOf(words, word);
  if (found !== undefined) return found;
  throw new Failure(
    word.startsWith('-') ? `unknown predicate \`${word}'` : `paths must precede expression: \`${word}'`,
  );
}

function option(words: Words, word: string): Predicate | undefined {
  const { options } = words;
  switch (word) {
    case '-maxdepth':
      options.maxDepth = words.count(word);
      break;
    case '-mindepth':
      options.minDepth = words.count(word);
      break;
    case '-depth':
    case '-d':
      options.depthFirst = true;
      break;
    case '-xdev':
    case '-mount':
      options.oneFileSystem = true;
      break;
    case '-follow':
      options.follow = true;
      break;
    case '-regextype':
      words.argument(word);
      break;
    case '-noleaf':
    case '-warn':
    case '-nowarn':
    case '-daystart':
    case '-ignore_readdir_race':
      break;
    default:
      return undefined;
  }
  return () => true;
}
