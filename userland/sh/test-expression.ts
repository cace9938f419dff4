import type { TestExpression } from 'unbash';
import { ShellError } from './control.ts';
import { arithmetic, expandPattern, expandRegExp, expandString } from './expand.ts';
import { matchesPattern } from './pattern.ts';
import type { Shell } from './shell.ts';
import { binaryTest, unaryTest } from './test-operators.ts';

const SYNTAX_ERROR = 2;

/** `[[ … ]]` → status 0, 1, or 2 for what cannot be evaluated. */
export function evaluateTest(shell: Shell, expression: TestExpression): number {
  try {
    return evaluate(shell, expression) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ShellError) || error.scope === 'script') throw error;
    shell.complain(`[[: ${error.message}`);
    return error.status === 1 ? 1 : SYNTAX_ERROR;
  }
}

function evaluate(shell: Shell, node: TestExpression): boolean {
  switch (node.type) {
    case 'TestGroup':
      return evaluate(shell, node.expression);
    case 'TestNot':
      return evaluate(shell, node.operand) !== (node.negations.length % 2 === 1);
    case 'TestLogical':
      return node.operator === '&&'
        ? node.operands.every((operand) => evaluate(shell, operand))
        : node.operands.some((operand) => evaluate(shell, operand));
    case 'TestUnary':
      return unaryTest(shell, node.operator, expandString(shell, node.operand));
    case 'TestBinary':
      return binary(shell, node);
  }
}

function binary(shell: Shell, { operator, left, right }: TestExpression & { type: 'TestBinary' }): boolean {
  const value = expandString(shell, left);
  const ignoreCase = shell.options.shopt('nocasematch');
  switch (operator) {
    case '=':
    case '==':
      return matchesPattern(value, expandPattern(shell, right), { ignoreCase });
    case '!=':
      return !matchesPattern(value, expandPattern(shell, right), { ignoreCase });
    case '=~':
      return matchRegExp(shell, value, expandRegExp(shell, right), ignoreCase);
    case '-eq':
    case '-ne':
    case '-lt':
    case '-le':
    case '-gt':
    case '-ge': {
      const a = String(arithmetic(shell, value));
      const b = String(arithmetic(shell, expandString(shell, right)));
      return binaryTest(shell, a, operator, b);
    }
    default:
      return binaryTest(shell, value, operator, expandString(shell, right));
  }
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/** An extended regular expression; what the groups matched goes to BASH_REMATCH. */
function matchRegExp(shell: Shell, value: string, source: string, ignoreCase: boolean): boolean {
  const translated = source.replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole);
  let match: RegExpExecArray | null;
  try {
    match = new RegExp(translated, ignoreCase ? 'is' : 's').exec(value);
  } catch {
    throw new ShellError(`invalid regular expression \`${source}'`, {
      scope: 'command',
      status: SYNTAX_ERROR,
    });
  }
  shell.variables.setArray('BASH_REMATCH', match === null ? [] : [...match].map((group) => group ?? ''));
  return match !== null;
}
