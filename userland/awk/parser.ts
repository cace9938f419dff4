import { compile, RegexError } from '../text/regex.ts';
import {
  type AwkProgram,
  AwkSyntaxError,
  type Expression,
  type FunctionDefinition,
  type Redirection,
  type Rule,
  type Statement,
} from './ast.ts';
import { type Token, tokenize } from './lexer.ts';

const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=']);
const COMPARISONS = new Set(['<', '<=', '==', '!=', '>', '>=']);
/** What may follow an expression that another one is concatenated to. */
const STARTS_VALUE = new Set(['$', '!', '(', '-', '+', '++', '--']);

/** Dynamic expressions are compiled when they run. */
export function compileRegex(source: string): RegExp {
  try {
    return compile(source.replaceAll('\\"', '"').replaceAll('\\/', '/'), 'extended', 'gs');
  } catch (error) {
    if (error instanceof RegexError)
      throw new AwkSyntaxError(`regular expression /${source}/: ${error.message}`);
    throw error;
  }
}

export function parseAwk(source: string): AwkProgram {
  return new Parser(tokenize(source)).program();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** Inside parentheses of a `for`, `in` is not an operator of its first part; in print's list `>` redirects. */
  #noIn = false;
  #noGreater = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  program(): AwkProgram {
    const begin: Statement[] = [];
    const end: Statement[] = [];
    const rules: Rule[] = [];
    const functions = new Map<string, FunctionDefinition>();
    for (this.#newlines(); this.#peek().kind !== 'end'; this.#newlines()) {
      if (this.#takeKeyword('function')) {
        const definition = this.#function();
        functions.set(definition.name, definition);
      } else if (this.#takeKeyword('BEGIN')) begin.push(this.#block());
      else if (this.#takeKeyword('END')) end.push(this.#block());
      else rules.push(this.#rule());
    }
    return { begin, rules, end, functions };
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] ?? { kind: 'end', text: '', line: 0 };
  }
  #fail(): never {
    const { line, text } = this.#peek();
    throw new AwkSyntaxError(
      `line ${line}: syntax error at or near ${text === '\n' ? 'end of line' : text || 'end of program'}`,
    );
  }
  #isOperator(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'operator' && token.text === text;
  }
  #take(text: string): boolean {
    if (!this.#isOperator(text)) return false;
    this.#at++;
    return true;
  }
  #expect(text: string): void {
    if (!this.#take(text)) this.#fail();
  }
  #takeKeyword(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'keyword' || token.text !== text) return false;
    this.#at++;
    return true;
  }
  #newlines(): void {
    while (this.#peek().kind === 'newline' || this.#isOperator(';')) this.#at++;
  }
  #optionalNewlines(): void {
    while (this.#peek().kind === 'newline') this.#at++;
  }
  #name(): string {
    const token = this.#peek();
    if (token.kind !== 'name' && token.kind !== 'call') this.#fail();
    this.#at++;
    return token.text;
  }

  #function(): FunctionDefinition {
    const name = this.#name();
    const parameters: string[] = [];
    this.#expect('(');
    while (!this.#take(')')) {
      parameters.push(this.#name());
      if (this.#take(',')) this.#optionalNewlines();
    }
    this.#optionalNewlines();
    return { name, parameters, body: this.#block() };
  }

  #rule(): Rule {
    if (this.#isOperator('{')) return { pattern: undefined, until: undefined, body: this.#block() };
    const pattern = this.#expression();
    let until: Expression | undefined;
    if (this.#take(',')) {
      this.#optionalNewlines();
      until = this.#expression();
    }
    return { pattern, until, body: this.#isOperator('{') ? this.#block() : undefined };
  }

  #block(): Statement {
    this.#expect('{');
    const body: Statement[] = [];
    for (this.#newlines(); !this.#take('}'); this.#newlines()) body.push(this.#statement());
    return { kind: 'block', body };
  }

  /** The end of a simple statement; a closing brace is left where it is. */
  #terminator(): void {
    if (this.#peek().kind === 'newline' || this.#isOperator(';')) this.#at++;
    else if (!this.#isOperator('}') && this.#peek().kind !== 'end') this.#fail();
  }

  #body(): Statement {
    this.#optionalNewlines();
    if (this.#take(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #statement(): Statement {
    if (this.#isOperator('{')) return this.#block();
    const token = this.#peek();
    if (token.kind === 'keyword') {
      const compound = this.#compound(token.text);
      if (compound !== undefined) return compound;
    }
    const statement = this.#simple();
    this.#terminator();
    return statement;
  }

  #compound(word: string): Statement | undefined {
    switch (word) {
      case 'if':
        return this.#if();
      case 'while': {
        this.#at++;
        const test = this.#parenthesized();
        return { kind: 'while', test, body: this.#body(), first: true };
      }
      case 'do': {
        this.#at++;
        const body = this.#body();
        this.#newlines();
        if (!this.#takeKeyword('while')) this.#fail();
        const test = this.#parenthesized();
        this.#terminator();
        return { kind: 'while', test, body, first: false };
      }
      case 'for':
        this.#at++;
        return this.#for();
    }
    return undefined;
  }

  #parenthesized(): Expression {
    this.#expect('(');
    const inner = this.#withoutLimits(() => this.#expression());
    this.#expect(')');
    return inner;
  }

  #if(): Statement {
    this.#at++;
    const test = this.#parenthesized();
    const yes = this.#body();
    const back = this.#at;
    this.#newlines();
    if (this.#takeKeyword('else')) return { kind: 'if', test, yes, no: this.#body() };
    this.#at = back;
    return { kind: 'if', test, yes, no: undefined };
  }

  #for(): Statement {
    this.#expect('(');
    const [variable, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (variable?.kind === 'name' && word?.text === 'in' && array?.kind === 'name' && close?.text === ')') {
      this.#at += 4;
      return { kind: 'for-in', variable: variable.text, array: array.text, body: this.#body() };
    }
    const start = this.#isOperator(';') ? undefined : this.#simple();
    this.#expect(';');
    this.#optionalNewlines();
    const test = this.#isOperator(';') ? undefined : this.#expression();
    this.#expect(';');
    this.#optionalNewlines();
    const step = this.#isOperator(')') ? undefined : this.#simple();
    this.#expect(')');
    return { kind: 'for', start, test, step, body: this.#body() };
  }

  #simple(): Statement {
    const token = this.#peek();
    if (token.kind !== 'keyword') return { kind: 'expression', expression: this.#expression() };
    switch (token.text) {
      case 'print':
      case 'printf':
        this.#at++;
        return this.#print(token.text === 'printf');
      case 'next':
      case 'nextfile':
      case 'break':
      case 'continue':
        this.#at++;
        return { kind: token.text };
      case 'exit':
      case 'return': {
        this.#at++;
        const ends = this.#peek().kind === 'newline' || this.#isOperator(';') || this.#isOperator('}');
        return { kind: token.text, value: ends ? undefined : this.#expression() };
      }
      case 'delete': {
        this.#at++;
        const array = this.#name();
        return { kind: 'delete', array, subscript: this.#take('[') ? this.#list(']') : undefined };
      }
      default:
        return { kind: 'expression', expression: this.#expression() };
    }
  }

  #print(formatted: boolean): Statement {
    let args: readonly Expression[] = [];
    const ends = (): boolean =>
      this.#peek().kind === 'newline' || [';', '}', '>', '>>', '|'].some((text) => this.#isOperator(text));
    const back = this.#at;
    if (this.#take('(')) {
      args = this.#withoutLimits(() => this.#list(')'));
      // `print (a)(b)` and `print (a) " x"` are expressions that begin with a parenthesis.
      if (!ends()) {
        this.#at = back;
        args = this.#printList();
      }
    } else if (!ends()) args = this.#printList();
    let redirection: Redirection | undefined;
    for (const kind of ['>', '>>', '|'] as const) {
      if (redirection === undefined && this.#take(kind))
        redirection = { kind, target: this.#concatenation(false) };
    }
    return { kind: 'print', formatted, args, redirection };
  }

  #printList(): Expression[] {
    const before = this.#noGreater;
    this.#noGreater = true;
    const args = [this.#expression()];
    while (this.#take(',')) {
      this.#optionalNewlines();
      args.push(this.#expression());
    }
    this.#noGreater = before;
    return args;
  }

  #withoutLimits<Value>(parse: () => Value): Value {
    const [noIn, noGreater] = [this.#noIn, this.#noGreater];
    this.#noIn = this.#noGreater = false;
    const value = parse();
    [this.#noIn, this.#noGreater] = [noIn, noGreater];
    return value;
  }

  /** Up to and with the closing mark. */
  #list(close: string): Expression[] {
    const items: Expression[] = [];
    this.#optionalNewlines();
    while (!this.#take(close)) {
      items.push(this.#withoutLimits(() => this.#expression()));
      this.#optionalNewlines();
      if (!this.#isOperator(close)) this.#expect(',');
      this.#optionalNewlines();
    }
    return items;
  }

  #expression(): Expression {
    const left = this.#conditional();
    const token = this.#peek();
    if (token.kind !== 'operator' || !ASSIGNMENTS.has(token.text)) return left;
    if (left.kind !== 'variable' && left.kind !== 'element' && left.kind !== 'field') this.#fail();
    this.#at++;
    this.#optionalNewlines();
    return { kind: 'assign', operator: token.text, target: left, value: this.#expression() };
  }

  #conditional(): Expression {
    const test = this.#or();
    if (!this.#take('?')) return test;
    this.#optionalNewlines();
    const yes = this.#expression();
    this.#optionalNewlines();
    this.#expect(':');
    this.#optionalNewlines();
    return { kind: 'conditional', test, yes, no: this.#expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('||')) {
      this.#optionalNewlines();
      left = { kind: 'binary', operator: '||', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#in();
    while (this.#take('&&')) {
      this.#optionalNewlines();
      left = { kind: 'binary', operator: '&&', left, right: this.#in() };
    }
    return left;
  }

  #in(): Expression {
    let left = this.#match();
    while (!this.#noIn && this.#takeKeyword('in'))
      left = { kind: 'in', subscript: [left], array: this.#name() };
    return left;
  }

  #match(): Expression {
    let left = this.#comparison();
    for (;;) {
      const operator = this.#isOperator('~') ? '~' : this.#isOperator('!~') ? '!~' : undefined;
      if (operator === undefined) return left;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#comparison() };
    }
  }

  #comparison(): Expression {
    const left = this.#concatenation(true);
    const token = this.#peek();
    if (token.kind !== 'operator' || !COMPARISONS.has(token.text) || (token.text === '>' && this.#noGreater))
      return left;
    this.#at++;
    return { kind: 'binary', operator: token.text, left, right: this.#concatenation(true) };
  }

  #concatenation(pipes: boolean): Expression {
    let left = this.#additive();
    for (;;) {
      // `command | getline [variable]` binds looser than concatenation.
      if (pipes && this.#isOperator('|') && this.#tokens[this.#at + 1]?.text === 'getline') {
        this.#at += 2;
        left = { kind: 'getline', source: 'command', from: left, target: this.#target() };
      } else if (this.#startsValue()) left = { kind: 'binary', operator: ' ', left, right: this.#additive() };
      else return left;
    }
  }

  #startsValue(): boolean {
    const { kind, text } = this.#peek();
    if (kind === 'keyword' || kind === 'newline' || kind === 'end') return false;
    return kind !== 'operator' || (STARTS_VALUE.has(text) && text !== '+' && text !== '-');
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    for (;;) {
      const operator = ['+', '-'].find((text) => this.#isOperator(text));
      if (operator === undefined) return left;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#multiplicative() };
    }
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    for (;;) {
      const operator = ['*', '/', '%'].find((text) => this.#isOperator(text));
      if (operator === undefined) return left;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#unary() };
    }
  }

  #unary(): Expression {
    for (const operator of ['!', '-', '+'] as const) {
      if (this.#take(operator)) return { kind: 'unary', operator, operand: this.#unary() };
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#take('^')) return left;
    const operator = (['-', '+', '!'] as const).find((text) => this.#take(text));
    const exponent = this.#power();
    const right: Expression =
      operator === undefined ? exponent : { kind: 'unary', operator, operand: exponent };
    return { kind: 'binary', operator: '^', left, right };
  }

  #postfix(): Expression {
    const target = this.#primary();
    if (target.kind !== 'variable' && target.kind !== 'element' && target.kind !== 'field') return target;
    if (this.#take('++')) return { kind: 'increment', target, by: 1, prefix: false };
    if (this.#take('--')) return { kind: 'increment', target, by: -1, prefix: false };
    return target;
  }

  #primary(): Expression {
    const token = this.#peek();
    this.#at++;
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'string':
        return { kind: 'string', value: token.text };
      case 'regex':
        return { kind: 'regex', regex: compileRegex(token.text) };
      case 'name':
        return this.#take('[')
          ? { kind: 'element', array: token.text, subscript: this.#list(']') }
          : { kind: 'variable', name: token.text };
      case 'call':
        this.#expect('(');
        return { kind: 'call', name: token.text, args: this.#list(')') };
      case 'builtin':
        return { kind: 'builtin', name: token.text, args: this.#take('(') ? this.#list(')') : [] };
      case 'keyword':
        if (token.text === 'getline') return this.#plainGetline();
        break;
      case 'operator': {
        const found = this.#operatorPrimary(token.text);
        if (found !== undefined) return found;
      }
    }
    this.#at--;
    return this.#fail();
  }

  #operatorPrimary(text: string): Expression | undefined {
    if (text === '$') {
      if (this.#take('++'))
        return { kind: 'field', index: { kind: 'increment', target: this.#primary(), by: 1, prefix: true } };
      if (this.#take('--'))
        return { kind: 'field', index: { kind: 'increment', target: this.#primary(), by: -1, prefix: true } };
      if (this.#take('-'))
        return { kind: 'field', index: { kind: 'unary', operator: '-', operand: this.#primary() } };
      return { kind: 'field', index: this.#primary() };
    }
    if (text === '++' || text === '--')
      return { kind: 'increment', target: this.#primary(), by: text === '++' ? 1 : -1, prefix: true };
    if (text !== '(') return undefined;
    const items = this.#withoutLimits(() => this.#list(')'));
    const [only] = items;
    if (items.length > 1) {
      // `(i, j) in array`
      if (!this.#takeKeyword('in')) this.#fail();
      return { kind: 'in', subscript: items, array: this.#name() };
    }
    if (only === undefined) this.#fail();
    return { kind: 'group', inner: only };
  }

  #target(): Expression | undefined {
    const token = this.#peek();
    return token.kind === 'name' || this.#isOperator('$') ? this.#primary() : undefined;
  }

  #plainGetline(): Expression {
    const target = this.#target();
    if (!this.#take('<')) return { kind: 'getline', source: 'main', from: undefined, target };
    return { kind: 'getline', source: 'file', from: this.#postfix(), target };
  }
}
