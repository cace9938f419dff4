import type { ArithmeticExpression, ArithmeticWord } from 'unbash';
import { parse } from 'unbash';
import { ShellError } from './control.ts';

/** What arithmetic needs of the shell: the expansion of its words, and variables with their subscripts. */
export interface ArithmeticHost {
  expand(word: ArithmeticWord): string;
  command(text: string, expression: ArithmeticExpression): string;
  /** `name` or `name[subscript]`. */
  read(name: string, subscript: string | undefined): string | undefined;
  write(name: string, subscript: string | undefined, value: string): void;
}

const DEPTH_MAX = 64;
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([\s\S]*)\])?$/;

export function parseArithmetic(text: string): ArithmeticExpression | undefined {
  if (text.trim() === '') return undefined;
  const script = parse(`((${text}\n))`);
  const command = script.commands[0]?.command;
  if (script.errors?.length || command?.type !== 'ArithmeticCommand' || command.expression === undefined) {
    throw new ShellError(`${text.trim()}: syntax error in expression (error token is "${text.trim()}")`, {
      scope: 'command',
    });
  }
  return command.expression;
}

/** Evaluates text: an empty one is 0. Throws ShellError. */
export function evaluateText(host: ArithmeticHost, text: string, depth = 0): bigint {
  const plain = numberOf(text.trim());
  if (plain !== undefined) return plain;
  const expression = parseArithmetic(text);
  return expression === undefined ? 0n : new Evaluator(host, depth).evaluate(expression);
}

export function evaluate(host: ArithmeticHost, expression: ArithmeticExpression): bigint {
  return new Evaluator(host, 0).evaluate(expression);
}

/** An integer constant: decimal, 0octal, 0xhex, base#digits. Undefined when the text is none; throws for a bad digit. */
export function numberOf(text: string): bigint | undefined {
  if (/^\d+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0')) {
      if (/[89]/.test(text))
        throw new ShellError(`${text}: value too great for base (error token is "${text}")`, {
          scope: 'command',
        });
      return wrap(BigInt(`0o${text.slice(1)}`));
    }
    return wrap(BigInt(text));
  }
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return wrap(BigInt(text));
  const based = /^(\d+)#([0-9A-Za-z@_]+)$/.exec(text);
  return based ? inBase(text, Number(based[1]), based[2] ?? '') : undefined;
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_';
const BASE_MAX = 64;
const CASELESS_BASE_MAX = 36;

function inBase(text: string, base: number, digits: string): bigint {
  if (base < 2 || base > BASE_MAX)
    throw new ShellError(`${text}: invalid arithmetic base (error token is "${text}")`);
  let value = 0n;
  for (const digit of base <= CASELESS_BASE_MAX ? digits.toLowerCase() : digits) {
    const worth = DIGITS.indexOf(digit);
    if (worth >= base) throw new ShellError(`${text}: value too great for base (error token is "${text}")`);
    value = wrap(value * BigInt(base) + BigInt(worth));
  }
  return value;
}

class Evaluator {
  readonly #host: ArithmeticHost;
  readonly #depth: number;

  constructor(host: ArithmeticHost, depth: number) {
    if (depth > DEPTH_MAX) throw new ShellError('expression recursion level exceeded');
    this.#host = host;
    this.#depth = depth;
  }

  evaluate(node: ArithmeticExpression): bigint {
    switch (node.type) {
      case 'ArithmeticGroup':
        return this.evaluate(node.expression);
      case 'ArithmeticWord':
        return this.#text(this.#host.expand(node));
      case 'ArithmeticCommandExpansion':
        return this.#text(this.#host.command(node.text, node));
      case 'ArithmeticTernary':
        return this.evaluate(node.test) !== 0n
          ? this.evaluate(node.consequent)
          : this.evaluate(node.alternate);
      case 'ArithmeticUnary':
        return this.#unary(node.operator, node.operand, node.prefix);
      case 'ArithmeticBinary':
        return this.#binary(node.operator, node.left, node.right);
    }
  }

  /** A number, a variable (whose value is an expression again), or any expression that an expansion produced. */
  #text(given: string): bigint {
    const text = given
      .trim()
      .replace(/^(["'])([\s\S]*)\1$/, '$2')
      .trim();
    if (text === '') return 0n;
    const number = numberOf(text);
    if (number !== undefined) return number;
    const reference = REFERENCE.exec(text);
    if (!reference) return evaluateText(this.#host, text, this.#depth + 1);
    const value = this.#host.read(reference[1] ?? '', reference[2]) ?? '';
    return value === '' ? 0n : evaluateText(this.#host, value, this.#depth + 1);
  }

  #target(node: ArithmeticExpression): [string, string | undefined] {
    if (node.type === 'ArithmeticGroup') return this.#target(node.expression);
    const reference = node.type === 'ArithmeticWord' ? REFERENCE.exec(this.#host.expand(node).trim()) : null;
    if (!reference) throw new ShellError('attempted assignment to non-variable');
    return [reference[1] ?? '', reference[2]];
  }

  #store(node: ArithmeticExpression, value: bigint): bigint {
    const [name, subscript] = this.#target(node);
    this.#host.write(name, subscript, String(value));
    return value;
  }

  #unary(operator: string, operand: ArithmeticExpression, prefix: boolean): bigint {
    if (operator === '++' || operator === '--') {
      const old = this.evaluate(operand);
      const next = this.#store(operand, wrap(operator === '++' ? old + 1n : old - 1n));
      return prefix ? next : old;
    }
    const value = this.evaluate(operand);
    if (operator === '-') return wrap(-value);
    if (operator === '!') return value === 0n ? 1n : 0n;
    return operator === '~' ? ~value : value;
  }

  #binary(operator: string, left: ArithmeticExpression, right: ArithmeticExpression): bigint {
    switch (operator) {
      case '&&':
        return this.evaluate(left) !== 0n && this.evaluate(right) !== 0n ? 1n : 0n;
      case '||':
        return this.evaluate(left) !== 0n || this.evaluate(right) !== 0n ? 1n : 0n;
      case ',':
        this.evaluate(left);
        return this.evaluate(right);
      case '=':
        return this.#store(left, this.evaluate(right));
    }
    if (operator.endsWith('=') && !['==', '!=', '<=', '>='].includes(operator)) {
      const old = this.evaluate(left);
      return this.#store(left, apply(operator.slice(0, -1), old, this.evaluate(right)));
    }
    return apply(operator, this.evaluate(left), this.evaluate(right));
  }
}

const SHIFT_MASK = 63n;
const truth = (value: boolean): bigint => (value ? 1n : 0n);

function apply(operator: string, a: bigint, b: bigint): bigint {
  if ((operator === '/' || operator === '%') && b === 0n) {
    throw new ShellError('division by 0 (error token is "0")');
  }
  if (operator === '**' && b < 0n) throw new ShellError('exponent less than 0 (error token is "0")');
  const operation = OPERATIONS[operator];
  if (operation === undefined) throw new ShellError(`syntax error: operator "${operator}"`);
  return wrap(operation(a, b));
}

const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': power,
  '<<': (a, b) => a << (b & SHIFT_MASK),
  '>>': (a, b) => a >> (b & SHIFT_MASK),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
  '|': (a, b) => a | b,
};

/** By squaring, wrapped at each step: the exponent may be huge. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = wrap(result * square);
    square = wrap(square * square);
  }
  return result;
}
