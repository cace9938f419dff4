import {
  BINARY_OPERATORS,
  integerOf,
  testBinary,
  testUnary,
  UNARY_OPERATORS,
} from '../test-expression/operators.ts';
import { subscriptKey } from './assign.ts';
import { ShellError } from './control.ts';
import { elementAt, parameterValue } from './parameters.ts';
import type { Shell } from './shell.ts';

/** Operators of the shell's `test`, `[` and `[[`: those of test(1), and what is asked of the shell itself. */
export const UNARY = new Set([...UNARY_OPERATORS, '-a', '-o', '-t', '-v', '-R']);
export const BINARY = new Set([...BINARY_OPERATORS, '=~']);

export function unaryTest(shell: Shell, operator: string, operand: string): boolean {
  switch (operator) {
    case '-t': {
      const handle = shell.descriptors.get(Number(operand));
      return handle !== undefined && shell.system.streams.type(handle.fd) === 'TTY';
    }
    case '-v':
      return variableIsSet(shell, operand);
    case '-o':
      return shell.options.has(operand);
    case '-R':
      return shell.variables.find(operand)?.nameref === true;
    default:
      return testUnary(shell.system, operator === '-a' ? '-e' : operator, operand);
  }
}

function variableIsSet(shell: Shell, name: string): boolean {
  const subscripted = /^([A-Za-z_]\w*)\[([\s\S]*)\]$/.exec(name);
  if (!subscripted) return parameterValue(shell, name) !== undefined;
  const [, array = '', subscript = ''] = subscripted;
  const value = shell.variables.value(array);
  if (subscript === '@' || subscript === '*')
    return value !== undefined && (typeof value === 'string' || [...value].length > 0);
  return elementAt(value, subscriptKey(shell, array, subscript), Number) !== undefined;
}

export function binaryTest(shell: Shell, left: string, operator: string, right: string): boolean {
  return testBinary(shell.system, [left, operator, right], integer);
}

function integer(word: string): bigint {
  const value = integerOf(word);
  if (value === undefined)
    throw new ShellError(`${word}: integer expression expected`, { scope: 'command', status: 2 });
  return value;
}
