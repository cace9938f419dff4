import type { SqliteErrors } from './connection.ts';
import type { OptionReader } from './options.ts';
import { OptionReader as Reader, isInt32 } from './options.ts';

/** Index = the number of the limit (SQLITE_LIMIT_*). */
const LIMITS = [
  'length',
  'sqlLength',
  'column',
  'exprDepth',
  'compoundSelect',
  'vdbeOp',
  'functionArg',
  'attach',
  'likePatternLength',
  'variableNumber',
  'triggerDepth',
] as const;

const INT32_MAX = 0x7fff_ffff;

/** The option `limits` → pairs of number and value. */
export function readLimits(errors: SqliteErrors, options: OptionReader): [number, number][] {
  const given = options.any('limits');
  if (given === undefined) return [];
  const reader = new Reader(errors, given, 'options.limits');
  const limits: [number, number][] = [];
  LIMITS.forEach((name, number) => {
    const value = reader.integer(name);
    if (value === undefined) return;
    if (value < 0) throw errors.range(`The "options.limits.${name}" argument must be non-negative.`);
    limits.push([number, value]);
  });
  return limits;
}

/** `database.limits`. `limit` reads (-1) or sets one; it throws where the database is closed. */
export function createLimits(errors: SqliteErrors, limit: (number: number, value: number) => number): object {
  const limits = {};
  LIMITS.forEach((name, number) => {
    Object.defineProperty(limits, name, {
      enumerable: true,
      configurable: false,
      get: () => limit(number, -1),
      set(value: unknown) {
        limit(number, -1);
        if (value === Infinity) return void limit(number, INT32_MAX);
        if (!isInt32(value)) {
          throw errors.type('Limit value must be a non-negative integer or Infinity.');
        }
        if (value < 0) throw errors.range('Limit value must be non-negative.');
        limit(number, value);
      },
    });
  });
  return limits;
}
