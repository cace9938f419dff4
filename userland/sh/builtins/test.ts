import { isTrue, type TestProblem } from '../../test-expression/expression.ts';
import { ShellError } from '../control.ts';
import type { Shell } from '../shell.ts';
import { BINARY, binaryTest, UNARY, unaryTest } from '../test-operators.ts';

const SYNTAX_ERROR = 2;

const PROBLEMS: Readonly<Record<TestProblem, (word: string) => string>> = {
  unary: (word) => `${word}: unary operator expected`,
  binary: (word) => `${word}: binary operator expected`,
  extra: () => 'too many arguments',
  missing: () => 'argument expected',
  close: () => "`)' expected",
};

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
    return isTrue(hostOf(shell), words) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(`${name}: ${error.message}`);
    return SYNTAX_ERROR;
  }
}

const hostOf = (shell: Shell): Parameters<typeof isTrue>[0] => ({
  unary: UNARY,
  binary: BINARY,
  testUnary: (operator, operand) => unaryTest(shell, operator, operand),
  testBinary: (left, operator, right) => binaryTest(shell, left, operator, right),
  problem: (kind, word) => new ShellError(PROBLEMS[kind](word), { scope: 'command', status: SYNTAX_ERROR }),
});
