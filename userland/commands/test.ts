import { Failure, type Program, type ProgramContext } from '../program.ts';
import { FileType, isLink, type Instant, status, type Status, typeOf } from '../stat.ts';
import { isTerminal } from '../terminal.ts';

const TRUE = 0;
const FALSE = 1;
const ERROR = 2;

const BINARY: Readonly<Record<string, (a: string, b: string, context: ProgramContext) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '-eq': (a, b) => integer(a) === integer(b),
  '-ne': (a, b) => integer(a) !== integer(b),
  '-lt': (a, b) => integer(a) < integer(b),
  '-le': (a, b) => integer(a) <= integer(b),
  '-gt': (a, b) => integer(a) > integer(b),
  '-ge': (a, b) => integer(a) >= integer(b),
  '-nt': (a, b, context) => newer(context, a, b),
  '-ot': (a, b, context) => newer(context, b, a),
  '-ef': (a, b, context) => {
    const [one, other] = [status(context.system.files, a, true), status(context.system.files, b, true)];
    return (
      typeof one === 'object' && typeof other === 'object' && one.dev === other.dev && one.ino === other.ino
    );
  },
};

const TYPES: Readonly<Record<string, number>> = {
  '-b': FileType.block,
  '-c': FileType.character,
  '-d': FileType.directory,
  '-f': FileType.regular,
  '-p': FileType.fifo,
  '-S': FileType.socket,
};
const ACCESS: Readonly<Record<string, number>> = { '-r': 4, '-w': 2, '-x': 1 };
const BITS: Readonly<Record<string, number>> = { '-g': 0o2000, '-k': 0o1000, '-u': 0o4000 };
const UNARY = new Set([...'bcdefghknprstuwxzGLNOS'].map((letter) => `-${letter}`));

function integer(text: string): bigint {
  const match = /^\s*([-+]?\d+)\s*$/.exec(text);
  if (!match) throw new Failure(`invalid integer '${text}'`, ERROR);
  return BigInt((match[1] ?? '0').replace(/^\+/, ''));
}

function later(a: Instant, b: Instant): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}

function newer(context: ProgramContext, a: string, b: string): boolean {
  const [one, other] = [status(context.system.files, a, true), status(context.system.files, b, true)];
  if (typeof one === 'number') return false;
  return typeof other === 'number' || later(one.mtime, other.mtime);
}

function unary(context: ProgramContext, operator: string, operand: string): boolean {
  const { files, process } = context.system;
  if (operator === '-n') return operand !== '';
  if (operator === '-z') return operand === '';
  if (operator === '-t') return isTerminal(context, Number(integer(operand)));
  const access = ACCESS[operator];
  if (access !== undefined) return operand !== '' && files.access(operand, access) >= 0;
  const link = operator === '-h' || operator === '-L';
  const found = status(files, operand, !link);
  if (typeof found === 'number') return false;
  if (link) return isLink(found);
  const type = TYPES[operator];
  if (type !== undefined) return typeOf(found) === type;
  return statusTest(operator, found, process);
}

function statusTest(operator: string, found: Status, process: { uid: number; gid: number }): boolean {
  switch (operator) {
    case '-s':
      return found.size > 0;
    case '-O':
      return found.uid === process.uid;
    case '-G':
      return found.gid === process.gid;
    case '-N':
      return later(found.mtime, found.atime);
    default:
      return (found.mode & (BITS[operator] ?? FileType.mask | 0o7777)) !== 0;
  }
}

/** POSIX's rules by the number of arguments up to four, then the grammar with `-a`, `-o`, `!` and parentheses. */
class Evaluator {
  readonly #context: ProgramContext;
  readonly #words: readonly string[];
  #at = 0;

  constructor(context: ProgramContext, words: readonly string[]) {
    this.#context = context;
    this.#words = words;
  }

  run(): boolean {
    const result = this.#few(this.#words);
    if (result !== undefined) return result;
    const value = this.#or();
    const extra = this.#words[this.#at];
    if (extra !== undefined) throw new Failure(`extra argument '${extra}'`, ERROR);
    return value;
  }

  #few(words: readonly string[]): boolean | undefined {
    const [a = '', b = '', c = '', d = ''] = words;
    switch (words.length) {
      case 0:
        return false;
      case 1:
        return a !== '';
      case 2:
        if (a === '!') return b === '';
        if (UNARY.has(a)) return unary(this.#context, a, b);
        throw new Failure(`'${a}': unary operator expected`, ERROR);
      case 3:
        if (BINARY[b]) return BINARY[b](a, c, this.#context);
        if (b === '-a') return a !== '' && c !== '';
        if (b === '-o') return a !== '' || c !== '';
        if (a === '!') return !this.#few([b, c]);
        if (a === '(' && c === ')') return b !== '';
        throw new Failure(`'${b}': binary operator expected`, ERROR);
      case 4:
        if (a === '!') return !this.#few([b, c, d]);
        if (a === '(' && d === ')') return this.#few([b, c]);
    }
    return undefined;
  }

  #next(): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new Failure(`missing argument after '${this.#words.at(-1) ?? ''}'`, ERROR);
    return word;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#words[this.#at] === '-o') {
      this.#at++;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#words[this.#at] === '-a') {
      this.#at++;
      value = this.#not() && value;
    }
    return value;
  }

  #not(): boolean {
    if (this.#words[this.#at] !== '!') return this.#primary();
    this.#at++;
    return !this.#not();
  }

  #primary(): boolean {
    const word = this.#next();
    const operator = this.#words[this.#at] ?? '';
    const binary = BINARY[operator];
    if (binary && this.#at + 1 < this.#words.length) {
      this.#at++;
      return binary(word, this.#next(), this.#context);
    }
    if (word === '(') {
      const value = this.#or();
      if (this.#next() !== ')') throw new Failure("')' expected", ERROR);
      return value;
    }
    return UNARY.has(word) && this.#at < this.#words.length
      ? unary(this.#context, word, this.#next())
      : word !== '';
  }
}

function main(context: ProgramContext): number {
  const words = [...context.args];
  if (context.name === '[' && words.pop() !== ']') throw new Failure("missing ']'", ERROR);
  return new Evaluator(context, words).run() ? TRUE : FALSE;
}

export const test: Program = {
  name: 'test',
  aliases: ['['],
  usage: 'test EXPRESSION',
  help: 'Exit with 0 when the expression is true, 1 when it is false, 2 when it is none.',
  main,
};
