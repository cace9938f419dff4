import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { isTerminal } from '../program/terminal.ts';
import { isTrue, type TestProblem } from '../test-expression/expression.ts';
import {
  BINARY_OPERATORS,
  integerOf,
  testBinary,
  testUnary,
  UNARY_OPERATORS,
} from '../test-expression/operators.ts';

const TRUE = 0;
const FALSE = 1;
const ERROR = 2;

const UNARY = new Set([...UNARY_OPERATORS, '-t']);
/** The shell's test orders texts, this one does not. */
const BINARY = new Set(BINARY_OPERATORS.filter((operator) => operator !== '<' && operator !== '>'));

const PROBLEMS: Readonly<Record<TestProblem, (word: string) => string>> = {
  unary: (word) => `'${word}': unary operator expected`,
  binary: (word) => `'${word}': binary operator expected`,
  extra: (word) => `extra argument '${word}'`,
  missing: (word) => `missing argument after '${word}'`,
  close: () => "')' expected",
};

function integer(word: string): bigint {
  const value = integerOf(word);
  if (value === undefined) throw new Failure(`invalid integer '${word}'`, ERROR);
  return value;
}

function main(context: ProgramContext): number {
  const words = [...context.args];
  if (context.name === '[' && words.pop() !== ']') throw new Failure("missing ']'", ERROR);
  const result = isTrue(
    {
      unary: UNARY,
      binary: BINARY,
      testUnary: (operator, operand) =>
        operator === '-t'
          ? isTerminal(context, Number(integer(operand)))
          : testUnary(context.system, operator, operand),
      testBinary: (...expression) => testBinary(context.system, expression, integer),
      problem: (kind, word) => new Failure(PROBLEMS[kind](word), ERROR),
    },
    words,
  );
  return result ? TRUE : FALSE;
}

export const test: Program = {
  name: 'test',
  aliases: ['['],
  usage: 'test EXPRESSION',
  help: 'Exit with 0 when the expression is true, 1 when it is false, 2 when it is none.',
  main,
};
