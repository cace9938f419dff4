/** strptime(3) of the C locale, read as UTC. */
import { MONTHS, WEEKDAYS } from '../text/time.ts';

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  afternoon: boolean | undefined;
  yearday: number | undefined;
  epoch: number | undefined;
}

/** What a conversion matches, and what it says. */
interface Conversion {
  readonly pattern: string;
  take(fields: Fields, text: string): void;
}

const digits = (most: number, take: Conversion['take']): Conversion => ({
  pattern: `\\s*[+-]?\\d{1,${most}}`,
  take,
});
const names = (list: readonly string[], take: (fields: Fields, index: number) => void): Conversion => ({
  pattern: list.map((name) => `${name}|${name.slice(0, 3)}`).join('|'),
  take: (fields, text) =>
    take(
      fields,
      list.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase().slice(0, 3))),
    ),
});
const IGNORED = (): void => undefined;
const CENTURY_TURN = 69;
const DAY_MS = 86_400_000;

const weekday = names(WEEKDAYS, IGNORED);
const month = names(MONTHS, (fields, index) => (fields.month = index));
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  a: weekday,
  A: weekday,
  b: month,
  B: month,
  h: month,
  d: digits(2, (fields, text) => (fields.day = Number(text))),
  e: digits(2, (fields, text) => (fields.day = Number(text))),
  H: digits(2, (fields, text) => (fields.hour = Number(text))),
  k: digits(2, (fields, text) => (fields.hour = Number(text))),
  I: digits(2, (fields, text) => (fields.hour = Number(text) % 12)),
  l: digits(2, (fields, text) => (fields.hour = Number(text) % 12)),
  j: digits(3, (fields, text) => (fields.yearday = Number(text))),
  m: digits(2, (fields, text) => (fields.month = Number(text) - 1)),
  M: digits(2, (fields, text) => (fields.minute = Number(text))),
  S: digits(2, (fields, text) => (fields.second = Number(text))),
  s: digits(12, (fields, text) => (fields.epoch = Number(text))),
  Y: digits(4, (fields, text) => (fields.year = Number(text))),
  y: digits(2, (fields, text) => {
    const short = Number(text);
    fields.year = short < CENTURY_TURN ? 2000 + short : 1900 + short;
  }),
  p: { pattern: '[AaPp][Mm]', take: (fields, text) => (fields.afternoon = /^p/i.test(text)) },
  u: digits(1, IGNORED),
  w: digits(1, IGNORED),
  U: digits(2, IGNORED),
  W: digits(2, IGNORED),
  z: { pattern: 'Z|[+-]\\d{2}:?(?:\\d{2})?', take: IGNORED },
  Z: { pattern: '[A-Za-z]+', take: IGNORED },
  n: { pattern: '\\s*', take: IGNORED },
  t: { pattern: '\\s*', take: IGNORED },
};
const SHORTHANDS: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/** → the moment in milliseconds and what of the text was read, or undefined where it does not follow the format. */
export function strptime(text: string, format: string): { time: number; taken: string } | undefined {
  const taken: Conversion[] = [];
  const whole = format.replace(/%([cDFRrTxX])/g, (_, letter: string) => SHORTHANDS[letter] ?? '');
  let pattern = '';
  for (const [part = '', letter] of whole.matchAll(/%[EO]?([a-zA-Z%])|\s+|[^%\s]+|%/g)) {
    if (letter === '%') pattern += '%';
    else if (letter !== undefined) {
      const conversion = CONVERSIONS[letter];
      if (conversion === undefined) return undefined;
      taken.push(conversion);
      pattern += `(${conversion.pattern})`;
    } else pattern += /^\s/.test(part) ? '\\s*' : part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  const match = new RegExp(`^${pattern}`, 'i').exec(text);
  if (match === null) return undefined;
  const fields: Fields = {
    ...{ year: 1900, month: 0, day: 1, hour: 0, minute: 0, second: 0 },
    ...{ afternoon: undefined, yearday: undefined, epoch: undefined },
  };
  taken.forEach((conversion, index) => conversion.take(fields, (match[index + 1] ?? '').trim()));
  return { time: momentOf(fields), taken: match[0] };
}

function momentOf(fields: Fields): number {
  const { year, month: index, day, hour, minute, second, afternoon, yearday, epoch } = fields;
  if (epoch !== undefined) return epoch * 1000;
  const clock = ((hour + (afternoon === true ? 12 : 0)) * 60 + minute) * 60_000 + second * 1000;
  if (yearday !== undefined) return Date.UTC(year, 0, 1) + (yearday - 1) * DAY_MS + clock;
  return Date.UTC(year, index, day) + clock;
}
