import type { Instant } from '../files/stat.ts';
import { localTime } from './time.ts';

/**
 * Dates as people give them to date -d and touch -d: ISO 8601, `@seconds`, `2024-01-31 10:00`, `10:30`, `Jan 5 2024`,
 * `yesterday`, `tomorrow`, `now`, `3 days ago`, `+2 hours`, `next monday`, and several of these together.
 */
export function parseDate(text: string, nowMs: number, timeZone: string): Instant | undefined {
  const stamp = /^@(-?\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (stamp) return { seconds: Number(stamp[1]), nanoseconds: fraction(stamp[2]) };
  const state = new Reading(nowMs, timeZone);
  let rest = text.trim().toLowerCase();
  while (rest !== '') {
    const used = applyRule(state, rest);
    if (used === 0) return undefined;
    rest = rest.slice(used).replace(/^[\s,]+/, '');
  }
  return state.instant();
}

/** Applies the first rule that matches; → characters used. */
function applyRule(state: Reading, text: string): number {
  for (const [pattern, rule] of RULES) {
    const match = pattern.exec(text);
    if (!match) continue;
    rule(state, match);
    return match[0].length;
  }
  return 0;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTH_NAME = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
const DAY_MS = 86_400_000;

type Unit = 'year' | 'month' | 'day' | 'second';
const UNITS: Readonly<Record<string, readonly [Unit, number]>> = {
  sec: ['second', 1],
  second: ['second', 1],
  min: ['second', 60],
  minute: ['second', 60],
  hour: ['second', 3600],
  day: ['day', 1],
  week: ['day', 7],
  fortnight: ['day', 14],
  month: ['month', 1],
  year: ['year', 1],
};

/** What the rules have understood so far. */
class Reading {
  date: [year: number, month: number, day: number];
  time: [hour: number, minute: number, second: number, nanosecond: number];
  shift = { year: 0, month: 0, day: 0, second: 0 };
  offsetMinutes: number | undefined;
  weekday: number | undefined;
  timeGiven = false;
  readonly #timeZone: string;

  constructor(nowMs: number, timeZone: string) {
    const now = localTime(Math.floor(nowMs / 1000), timeZone);
    this.#timeZone = timeZone;
    this.date = [now.year, now.month, now.day];
    this.time = [now.hour, now.minute, now.second, (((nowMs % 1000) + 1000) % 1000) * 1e6];
  }

  midnight(): void {
    if (!this.timeGiven) this.time = [0, 0, 0, 0];
  }

  instant(): Instant {
    const [year, month, day] = this.date;
    const [hour, minute, second, nanoseconds] = this.time;
    let base = Date.UTC(
      year + this.shift.year,
      month + this.shift.month,
      day + this.shift.day,
      hour,
      minute,
      second,
    );
    if (this.weekday !== undefined) base += ((this.weekday - new Date(base).getUTCDay() + 7) % 7) * DAY_MS;
    const guess = base / 1000;
    const near = localTime(guess, this.#timeZone).offsetMinutes;
    const offset = this.offsetMinutes ?? localTime(guess - near * 60, this.#timeZone).offsetMinutes;
    return { seconds: guess - offset * 60 + this.shift.second, nanoseconds };
  }
}

type Rule = readonly [RegExp, (state: Reading, match: RegExpExecArray) => void];

const CALENDAR: readonly Rule[] = [
  [
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:t|(?=$|\s))/,
    (state, [, year, month, day]) => setDate(state, Number(year), Number(month) - 1, Number(day)),
  ],
  [
    /^(\d{1,2})\/(\d{1,2})(?:\/(\d{2,4}))?(?=$|\s)/,
    (state, [, month, day, year]) =>
      setDate(state, year === undefined ? state.date[0] : fullYear(year), Number(month) - 1, Number(day)),
  ],
  [
    new RegExp(`^(\\d{1,2})[- ]?${MONTH_NAME}(?:[- ](\\d{4}))?(?=$|[\\s,])`),
    (state, [, day, month, year]) =>
      setDate(state, Number(year ?? state.date[0]), MONTHS.indexOf(month ?? ''), Number(day)),
  ],
  [
    new RegExp(`^${MONTH_NAME}\\.? (\\d{1,2})(?:,? (\\d{4}))?(?=$|[\\s,])`),
    (state, [, month, day, year]) =>
      setDate(state, Number(year ?? state.date[0]), MONTHS.indexOf(month ?? ''), Number(day)),
  ],
];

const CLOCK: readonly Rule[] = [
  [
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*([ap]m)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?(?=$|\s)/,
    (state, [, hour, minute, second, part, half, zone]) => {
      const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
      state.time = [hours, Number(minute), Number(second ?? 0), fraction(part)];
      state.timeGiven = true;
      if (zone !== undefined) state.offsetMinutes = zoneMinutes(zone);
    },
  ],
  [/^(z|utc|gmt)(?=$|\s)/, (state) => void (state.offsetMinutes = 0)],
  [/^([+-]\d{2}:?\d{2})(?=$|\s)/, (state, [, zone = '']) => void (state.offsetMinutes = zoneMinutes(zone))],
];

const RELATIVE: readonly Rule[] = [
  [/^(?:now|today)(?=$|\s)/, () => undefined],
  [/^yesterday(?=$|\s)/, (state) => void state.shift.day--],
  [/^tomorrow(?=$|\s)/, (state) => void state.shift.day++],
  [
    /^(?:([+-]?\s*\d+)|(next|last|this|an?))\s*(sec|second|min|minute|hour|day|week|fortnight|month|year)s?(\s+ago)?(?=$|\s)/,
    (state, [, count, word, unit = '', ago]) => {
      const [kind, size] = UNITS[unit] ?? (['second', 1] as const);
      const amount =
        count !== undefined
          ? Number(count.replace(/\s/g, ''))
          : word === 'last'
            ? -1
            : word === 'this'
              ? 0
              : 1;
      state.shift[kind] += amount * size * (ago === undefined ? 1 : -1);
    },
  ],
  [
    /^(?:(next|last)\s+)?(sun|mon|tue|wed|thu|fri|sat)[a-z]*\.?(?=$|[\s,])/,
    (state, [, word, day = '']) => {
      state.weekday = WEEKDAYS.indexOf(day);
      state.midnight();
      if (word === 'next') state.shift.day += 1;
      if (word === 'last') state.shift.day -= 7;
    },
  ],
];

const RULES: readonly Rule[] = [...CALENDAR, ...CLOCK, ...RELATIVE];

function setDate(state: Reading, year: number, month: number, day: number): void {
  state.date = [year, month, day];
  state.midnight();
}

function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

function fullYear(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 69 ? 2000 : 1900);
}

/** Digits after a decimal point as nanoseconds. */
function fraction(digits = ''): number {
  return Number(digits.padEnd(9, '0').slice(0, 9));
}
