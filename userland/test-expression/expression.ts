/** The grammar of test(1) and `[`: by the number of words as POSIX has it, beyond four by precedence. */
export type TestProblem = 'unary' | 'binary' | 'extra' | 'missing' | 'close';

/** Whose expression it is: its operators, and its words for what is wrong. */
export interface TestHost {
  readonly unary: ReadonlySet<string>;
  readonly binary: ReadonlySet<string>;
  testUnary(operator: string, operand: string): boolean;
  testBinary(left: string, operator: string, right: string): boolean;
  /** `word`: the one that is wrong, or the last one where one is missing. */
  problem(kind: TestProblem, word: string): Error;
}

export const isTrue = (host: TestHost, words: readonly string[]): boolean =>
  byCount(host, words) ?? new Expression(host, words).result();

function byCount(host: TestHost, words: readonly string[]): boolean | undefined {
  const [a = '', b = '', c = '', d = ''] = words;
  switch (words.length) {
    case 0:
      return false;
    case 1:
      return a !== '';
    case 2:
      if (a === '!') return b === '';
      if (host.unary.has(a)) return host.testUnary(a, b);
      throw host.problem('unary', a);
    case 3:
      if (host.binary.has(b)) return host.testBinary(a, b, c);
      if (b === '-a') return a !== '' && c !== '';
      if (b === '-o') return a !== '' || c !== '';
      if (a === '!') return !isTrue(host, [b, c]);
      if (a === '(' && c === ')') return b !== '';
      throw host.problem('binary', b);
    case 4:
      if (a === '!') return !isTrue(host, [b, c, d]);
      if (a === '(' && d === ')') return isTrue(host, [b, c]);
  }
  return undefined;
}

class Expression {
  readonly #host: TestHost;
  readonly #words: readonly string[];
  #at = 0;

  constructor(host: TestHost, words: readonly string[]) {
    this.#host = host;
    this.#words = words;
  }

  result(): boolean {
    const value = this.#or();
    const extra = this.#words[this.#at];
    if (extra !== undefined) throw this.#host.problem('extra', extra);
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
    const [word, next, afterNext] = this.#words.slice(this.#at, this.#at + 3);
    if (word === undefined) throw this.#host.problem('missing', this.#words.at(-1) ?? '');
    if (next !== undefined && afterNext !== undefined && this.#host.binary.has(next)) {
      this.#at += 3;
      return this.#host.testBinary(word, next, afterNext);
    }
    this.#at++;
    if (word === '!') return !this.#primary();
    if (word === '(') {
      const value = this.#or();
      if (this.#words[this.#at++] !== ')') throw this.#host.problem('close', ')');
      return value;
    }
    if (!this.#host.unary.has(word) || next === undefined) return word !== '';
    this.#at++;
    return this.#host.testUnary(word, next);
  }
}
