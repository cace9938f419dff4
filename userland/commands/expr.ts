import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { translate } from '../text/regex.ts';

const SYNTAX = 2;

/** Lowest precedence first; all are left-associative. */
const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['&'],
  ['<', '<=', '=', '==', '!=', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
  [':'],
];

const NULL_VALUES = /^(?:-?0*)$/;
const isNull = (value: string): boolean => value === '' || NULL_VALUES.test(value);

function integer(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new Failure('non-integer argument', SYNTAX);
  return BigInt(text);
}

function calculate(operator: string, a: string, b: string): string {
  const [x, y] = [integer(a), integer(b)];
  if ((operator === '/' || operator === '%') && y === 0n) throw new Failure('division by zero', SYNTAX);
  switch (operator) {
    case '+':
      return String(x + y);
    case '-':
      return String(x - y);
    case '*':
      return String(x * y);
    case '/':
      return String(x / y);
    default:
      return String(x % y);
  }
}

function compare(operator: string, a: string, b: string): boolean {
  const numeric = /^-?\d+$/.test(a) && /^-?\d+$/.test(b);
  const [x, y] = numeric ? [BigInt(a), BigInt(b)] : [a, b];
  switch (operator) {
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
    case '!=':
      return x !== y;
    default:
      return x === y;
  }
}

/** `STRING : REGEX`, anchored: the first group, or how many characters match. */
function match(text: string, pattern: string): string {
  const { source, groups } = translate(pattern, 'basic');
  const found = new RegExp(`^(?:${source})`, 'su').exec(text);
  if (groups > 0) return found?.[1] ?? '';
  return String(found ? [...found[0]].length : 0);
}

class Expression {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  run(): string {
    const value = this.#level(0);
    const extra = this.#words[this.#at];
    if (extra !== undefined) throw new Failure(`syntax error: unexpected argument '${extra}'`, SYNTAX);
    return value;
  }

  #level(level: number): string {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#operand();
    let value = this.#level(level + 1);
    for (;;) {
      const operator = this.#words[this.#at] ?? '';
      if (!operators.includes(operator)) return value;
      this.#at++;
      value = this.#apply(operator, value, this.#level(level + 1));
    }
  }

  #apply(operator: string, a: string, b: string): string {
    if (operator === '|') return isNull(a) ? (isNull(b) ? '0' : b) : a;
    if (operator === '&') return isNull(a) || isNull(b) ? '0' : a;
    if (operator === ':') return match(a, b);
    if ('+-*/%'.includes(operator)) return calculate(operator, a, b);
    return compare(operator, a, b) ? '1' : '0';
  }

  #next(): string {
    const word = this.#words[this.#at++];
    if (word === undefined)
      throw new Failure(`syntax error: missing argument after '${this.#words.at(-1) ?? ''}'`, SYNTAX);
    return word;
  }

  #operand(): string {
    const word = this.#next();
    switch (word) {
      case '(': {
        const value = this.#level(0);
        const close = this.#words[this.#at++];
        if (close !== ')') throw new Failure("syntax error: expecting ')'", SYNTAX);
        return value;
      }
      case '+':
        return this.#next();
      case 'length':
        return String([...this.#operand()].length);
      case 'match':
        return match(this.#operand(), this.#operand());
      case 'index': {
        const [text, characters] = [[...this.#operand()], this.#operand()];
        return String(text.findIndex((one) => characters.includes(one)) + 1);
      }
      case 'substr': {
        const [text, from, length] = [[...this.#operand()], Number(this.#operand()), Number(this.#operand())];
        return from > 0 && length > 0 ? text.slice(from - 1, from - 1 + length).join('') : '';
      }
    }
    return word;
  }
}

function main({ args, stdout }: ProgramContext): number {
  const words = args[0] === '--' ? args.slice(1) : args;
  if (words.length === 0) throw new UsageError('missing operand');
  const value = new Expression(words).run();
  stdout.write(`${value}\n`);
  return isNull(value) ? 1 : 0;
}

export const expr: Program = {
  name: 'expr',
  usage: 'expr EXPRESSION',
  help: `Print the value of an expression: | & < <= = != >= > + - * / % STRING : REGEX
match STRING REGEX, substr STRING POS LENGTH, index STRING CHARS, length STRING, + TOKEN, ( EXPRESSION )`,
  main,
};
