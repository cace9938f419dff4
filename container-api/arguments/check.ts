/** What the calls of a page may be given, and the error for all else: a typo in a limit must not be no limit. */
import * as v from 'valibot';
import { ArgumentError } from '../errors.ts';

const SHOWN_CHARACTERS_MAX = 60;

/** @throws ArgumentError that names the call, the argument and what it must be */
export function check(call: string, schema: v.GenericSchema, value: unknown): void {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    throw new ArgumentError(`${call}: there is no option '${path ?? ''}'.`);
  }
  const subject = path === null ? '' : `${path} `;
  throw new ArgumentError(`${call}: ${subject}must be ${issue.message}, not ${shown(issue.input)}.`);
}

/** Of a value of any type: as the caller would write it, not too long. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value);
    return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return `an object (${Object.prototype.toString.call(value).slice(8, -1)})`;
}

export const text = v.string('a string');
export const name = v.pipe(
  v.string('a string that is not empty'),
  v.minLength(1, 'a string that is not empty'),
);
export const flag = v.boolean('true or false');
export const callback = v.function('a function');
export const words = v.array(text, 'an array of strings');
/** `what` is an optional part of the sentence: 'a number above 0'. */
export const above = (least: number, what: string): v.GenericSchema<number> =>
  v.pipe(v.number(what), v.gtValue(least, what));
export const whole = (least: number, most: number): v.GenericSchema<number> => {
  const what = `a whole number from ${least} to ${most}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(least, what), v.maxValue(most, what));
};
export const oneOf = (...values: (string | boolean | number)[]): v.GenericSchema =>
  v.picklist(values as string[], values.map((value) => JSON.stringify(value)).join(' or '));
/** An object with these and no other members, none of which has to be there. */
export const options = (members: Record<string, v.GenericSchema>): v.GenericSchema =>
  v.strictObject(
    Object.fromEntries(Object.entries(members).map(([key, member]) => [key, v.optional(member)])),
    'an object',
  );
