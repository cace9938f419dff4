/** Operators of test(1), `[` and `[[` that need nothing but the system. */
import type { System } from '../../polyfills/system.ts';
import {
  FileType,
  type Instant,
  isDirectory,
  isLink,
  isRegular,
  status,
  type Status,
  typeOf,
} from '../files/stat.ts';

type SystemPart = Pick<System, 'files' | 'process'>;

const ACCESS: Readonly<Record<string, number>> = { '-r': 4, '-w': 2, '-x': 1 };

const STATUS_TESTS: Readonly<Record<string, (found: Status, process: System['process']) => boolean>> = {
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
  '-G': (found, process) => found.gid === process.gid,
  '-N': (found) => isLater(found.mtime, found.atime),
  '-O': (found, process) => found.uid === process.uid,
  '-S': (found) => typeOf(found) === FileType.socket,
};

const isLater = (a: Instant, b: Instant): boolean =>
  a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);

/** On one word: `-n`, `-z` and what is asked of a file. */
export const UNARY_OPERATORS: readonly string[] = [
  ...['-n', '-z', '-h', '-L'],
  ...Object.keys(ACCESS),
  ...Object.keys(STATUS_TESTS),
];

export function testUnary({ files, process }: SystemPart, operator: string, operand: string): boolean {
  if (operator === '-n') return operand !== '';
  if (operator === '-z' || operand === '') return operator === '-z' && operand === '';
  if (operator === '-h' || operator === '-L') {
    const found = status(files, operand, false);
    return typeof found !== 'number' && isLink(found);
  }
  const access = ACCESS[operator];
  if (access !== undefined) return files.access(operand, access) >= 0;
  const found = status(files, operand, true);
  return typeof found !== 'number' && (STATUS_TESTS[operator]?.(found, process) ?? false);
}

const INTEGER_TESTS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
};
const TEXT_TESTS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
};
const FILE_TESTS = ['-nt', '-ot', '-ef'];

export const BINARY_OPERATORS: readonly string[] = [
  ...Object.keys(TEXT_TESTS),
  ...Object.keys(INTEGER_TESTS),
  ...FILE_TESTS,
];

/** @param integer what reads an integer, or throws what its command says of a word that is none */
export function testBinary(
  system: SystemPart,
  [left, operator, right]: readonly [left: string, operator: string, right: string],
  integer: (word: string) => bigint,
): boolean {
  const texts = TEXT_TESTS[operator];
  if (texts !== undefined) return texts(left, right);
  const integers = INTEGER_TESTS[operator];
  if (integers !== undefined) return integers(integer(left), integer(right));
  return testFiles(system, left, operator, right);
}

function testFiles({ files }: SystemPart, left: string, operator: string, right: string): boolean {
  const a = status(files, left, true);
  const b = status(files, right, true);
  if (operator === '-ef')
    return typeof a !== 'number' && typeof b !== 'number' && a.ino === b.ino && a.dev === b.dev;
  const [newer, older] = operator === '-nt' ? [a, b] : [b, a];
  if (typeof newer === 'number') return false;
  return typeof older === 'number' || isLater(newer.mtime, older.mtime);
}

/** The integer that a word is, blanks around it allowed; undefined when it is none. */
export function integerOf(word: string): bigint | undefined {
  const digits = /^\s*\+?(-?\d+)\s*$/.exec(word)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}
