import { FileType, isDirectory, isLink, isRegular, status, type Status, typeOf } from '../stat.ts';
import { ShellError } from './control.ts';
import { subscriptKey } from './assign.ts';
import { elementAt, parameterValue } from './parameters.ts';
import type { Shell } from './shell.ts';

/** Operators of test(1), `[` and `[[`. */
export const UNARY = new Set([...'abcdefghknoprstuvwxzGLNORS'].map((letter) => `-${letter}`));
export const BINARY = new Set([
  '=',
  '==',
  '!=',
  '<',
  '>',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
  '=~',
]);

const ACCESS: Readonly<Record<string, number>> = { '-r': 4, '-w': 2, '-x': 1 };

const MODE_TESTS: Readonly<Record<string, (found: Status, shell: Shell) => boolean>> = {
  '-a': () => true,
  '-b': (found) => typeOf(found) === FileType.block,
  '-c': (found) => typeOf(found) === FileType.character,
  '-d': isDirectory,
  '-e': () => true,
  '-f': isRegular,
  '-g': (found) => (found.mode & 0o2000) !== 0,
  '-k': (found) => (found.mode & 0o1000) !== 0,
  '-p': (found) => typeOf(found) === FileType.fifo,
  '-s': (found) => found.size > 0,
  '-u': (found) => (found.mode & 0o4000) !== 0,
  '-G': (found, shell) => found.gid === shell.system.process.gid,
  '-O': (found, shell) => found.uid === shell.system.process.uid,
  '-S': (found) => typeOf(found) === FileType.socket,
  '-N': (found) => found.mtime.seconds > found.atime.seconds,
};

export function unaryTest(shell: Shell, operator: string, operand: string): boolean {
  const { files, streams } = shell.system;
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-t': {
      const handle = shell.descriptors.get(Number(operand));
      return handle !== undefined && streams.type(handle.fd) === 'TTY';
    }
    case '-v':
      return variableIsSet(shell, operand);
    case '-o':
      return shell.options.has(operand);
    case '-R':
      return shell.variables.find(operand)?.nameref === true;
    case '-h':
    case '-L': {
      const found = status(files, operand, false);
      return typeof found !== 'number' && isLink(found);
    }
  }
  const access = ACCESS[operator];
  if (access !== undefined) return operand !== '' && files.access(operand, access) >= 0;
  const found = operand === '' ? -1 : status(files, operand, true);
  return typeof found !== 'number' && (MODE_TESTS[operator]?.(found, shell) ?? false);
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
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-nt':
    case '-ot':
    case '-ef':
      return fileTest(shell, left, operator, right);
    default:
      return compare(integer(left), operator, integer(right));
  }
}

function integer(text: string): bigint {
  const trimmed = text.trim();
  if (!/^[-+]?\d+$/.test(trimmed))
    throw new ShellError(`${text}: integer expression expected`, { scope: 'command', status: 2 });
  return BigInt(trimmed.replace(/^\+/, ''));
}

function compare(a: bigint, operator: string, b: bigint): boolean {
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    default:
      return a >= b;
  }
}

function fileTest(shell: Shell, left: string, operator: string, right: string): boolean {
  const a = status(shell.system.files, left, true);
  const b = status(shell.system.files, right, true);
  if (operator === '-ef')
    return typeof a !== 'number' && typeof b !== 'number' && a.ino === b.ino && a.dev === b.dev;
  const [newer, older] = operator === '-nt' ? [a, b] : [b, a];
  if (typeof newer === 'number') return false;
  if (typeof older === 'number') return true;
  const { mtime } = newer;
  return (
    mtime.seconds > older.mtime.seconds ||
    (mtime.seconds === older.mtime.seconds && mtime.nanoseconds > older.mtime.nanoseconds)
  );
}
