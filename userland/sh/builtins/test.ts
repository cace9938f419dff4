import { ShellError } from '../control.ts';
import type { Shell } from '../shell.ts';
import { BINARY, binaryTest, UNARY, unaryTest } from '../test-operators.ts';

const SYNTAX_ERROR = 2;

/** test(1) and `[`: by the number of arguments as POSIX has it, beyond four by precedence. */
export function test(shell: Shell, args: readonly string[], name: string): number {
  let words = args;
  if (name === '[') {
    if (args.at(-1) !== ']') {
      shell.complain("[: missing `]'");
      return SYNTAX_ERROR;
    }
    words = args.slice(0, -1);
  }
  try {
    return new Expression(shell, words).result() ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(`${name}: ${error.message}`);
    return SYNTAX_ERROR;
  }
}

const syntaxError = (message: string): ShellError =>
  new ShellError(message, { scope: 'command', status: SYNTAX_ERROR });

class Expression {
  readonly #shell: Shell;
  readonly #words: readonly string[];
  #at = 0;

  constructor(shell: Shell, words: readonly string[]) {
    this.#shell = shell;
    this.#words = words;
  }

  result(): boolean {
    const words = this.#words;
    const [a = '', b = '', c = '', d = ''] = words;
    switch (words.length) {
      case 0:
        return false;
      case 1:
        return a !== '';
      case 2:
        if (a === '!') return b === '';
        if (UNARY.has(a)) return unaryTest(this.#shell, a, b);
        throw syntaxError(`${a}: unary operator expected`);
      case 3:
        if (BINARY.has(b)) return binaryTest(this.#shell, a, b, c);
        if (b === '-a') return a !== '' && c !== '';
        if (b === '-o') return a !== '' || c !== '';
        if (a === '!') return !new Expression(this.#shell, [b, c]).result();
        if (a === '(' && c === ')') return b !== '';
        throw syntaxError(`${b}: binary operator expected`);
      case 4:
        if (a === '!') return !new Expression(this.#shell, [b, c, d]).result();
        if (a === '(' && d === ')') return new Expression(this.#shell, [b, c]).result();
    }
    const value = this.#or();
    if (this.#at < words.length) throw syntaxError('too many arguments');
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#words[this.#at] === '-o') {
      this.#at++;
      const right = this.#and();
      value ||= right;
    }
    return value;
  }
  #and(): boolean {
    let value = this.#primary();
    while (this.#words[this.#at] === '-a') {
      this.#at++;
      const right = this.#primary();
      value &&= right;
    }
    return value;
  }

  #primary(): boolean {
    const word = this.#words[this.#at];
    if (word === undefined) throw syntaxError('argument expected');
    const next = this.#words[this.#at + 1];
    const afterNext = this.#words[this.#at + 2];
    if (next !== undefined && afterNext !== undefined && BINARY.has(next)) {
      this.#at += 3;
      return binaryTest(this.#shell, word, next, afterNext);
    }
    this.#at++;
    if (word === '!') return !this.#primary();
    if (word === '(') {
      const value = this.#or();
      if (this.#words[this.#at++] !== ')') throw syntaxError("`)' expected");
      return value;
    }
    if (UNARY.has(word) && next !== undefined) {
      this.#at++;
      return unaryTest(this.#shell, word, next);
    }
    return word !== '';
  }
}
