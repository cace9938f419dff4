/** Dates as the C library formats them, in the time zone that TZ names (default UTC). */

export interface LocalTime {
  year: number;
  /** 0–11 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 = Sunday */
  weekday: number;
  /** Minutes east of UTC. */
  offsetMinutes: number;
  zone: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export function localTime(seconds: number, timeZone: string): LocalTime {
  const offsetMinutes = offsetOf(seconds, timeZone);
  const shifted = new Date(seconds * 1000 + offsetMinutes * MINUTE_MS);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
    offsetMinutes,
    zone: zoneName(seconds, timeZone),
  };
}

/** The zone that the environment names; one that the host does not know counts as UTC, as in the C library. */
export function zoneOf(env: Readonly<Record<string, string>>): string {
  const zone = (env['TZ'] ?? 'UTC').replace(/^:/, '') || 'UTC';
  if (/^(UTC|GMT)0?$/.test(zone)) return 'UTC';
  try {
    formatter(zone);
    return zone;
  } catch {
    return 'UTC';
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();
function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    });
    formatters.set(timeZone, found);
  }
  return found;
}

function offsetOf(seconds: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const parts = new Map(
    formatter(timeZone)
      .formatToParts(seconds * 1000)
      .map((part) => [part.type, part.value]),
  );
  const at = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const local = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  return Math.round((local - Math.floor(seconds) * 1000) / MINUTE_MS);
}

function zoneName(seconds: number, timeZone: string): string {
  if (timeZone === 'UTC') return 'UTC';
  const named =
    formatter(timeZone)
      .formatToParts(seconds * 1000)
      .find((part) => part.type === 'timeZoneName')?.value ?? timeZone;
  const offset = /^GMT([+-])(\d+)(?::(\d+))?$/.exec(named);
  return offset ? `${offset[1]}${(offset[2] ?? '').padStart(2, '0')}${offset[3] ?? ''}` : named;
}

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const shortMonth = (month: number): string => (MONTHS[month] ?? '').slice(0, 3);

function dayOfYear(time: LocalTime): number {
  return Math.round((Date.UTC(time.year, time.month, time.day) - Date.UTC(time.year, 0, 1)) / DAY_MS) + 1;
}

/** ISO 8601 week and its year. */
function isoWeek(time: LocalTime): { week: number; year: number } {
  const thursday = new Date(Date.UTC(time.year, time.month, time.day + 4 - (time.weekday || 7)));
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 };
}

function offsetText(minutes: number, colons: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0');
  const rest = String(Math.abs(minutes) % 60).padStart(2, '0');
  if (colons === 0) return sign + hours + rest;
  return `${sign}${hours}:${rest}${colons > 1 ? ':00' : ''}`;
}

/** strftime(3) of the C locale with GNU's flags (`%-d`, `%_d`, `%0e`, `%^a`, `%#Z`) and widths; `%N` is nanoseconds. */
export function strftime(format: string, seconds: number, nanoseconds: number, timeZone: string): string {
  const time = localTime(seconds, timeZone);
  return format.replace(
    /%([-_0^#]*)(\d*)(:{0,3})([EO]?)([a-zA-Z%+])/g,
    (whole, flags: string, width: string, colons: string, _modifier, letter: string) => {
      const conversion = CONVERSIONS[letter];
      if (conversion === undefined) return whole;
      return applyFlags(
        conversion(time, { seconds, nanoseconds, timeZone, colons: colons.length }),
        flags,
        width,
        letter,
      );
    },
  );
}

interface Field {
  text: string;
  /** Digits it is padded to, and with what. */
  width?: number;
  pad?: '0' | ' ';
}

interface Moment {
  seconds: number;
  nanoseconds: number;
  timeZone: string;
  colons: number;
}

type Conversion = (time: LocalTime, moment: Moment) => Field;

const hour12 = (time: LocalTime): number => time.hour % 12 || 12;
const again =
  (format: string): Conversion =>
  (_time, moment) => ({ text: strftime(format, moment.seconds, moment.nanoseconds, moment.timeZone) });
const padded =
  (of: (time: LocalTime) => number, width: number, pad: '0' | ' ' = '0'): Conversion =>
  (time) => ({ text: String(of(time)), width, pad });
const word =
  (of: (time: LocalTime) => string): Conversion =>
  (time) => ({ text: of(time) });

const abbreviatedMonth = word((time) => shortMonth(time.month));
const usDate = again('%m/%d/%y');
const clockTime = again('%H:%M:%S');

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  a: word((time) => (WEEKDAYS[time.weekday] ?? '').slice(0, 3)),
  A: word((time) => WEEKDAYS[time.weekday] ?? ''),
  b: abbreviatedMonth,
  B: word((time) => MONTHS[time.month] ?? ''),
  c: again('%a %b %e %H:%M:%S %Y'),
  C: padded((time) => Math.floor(time.year / 100), 2),
  d: padded((time) => time.day, 2),
  D: usDate,
  e: padded((time) => time.day, 2, ' '),
  F: again('%Y-%m-%d'),
  g: padded((time) => isoWeek(time).year % 100, 2),
  G: padded((time) => isoWeek(time).year, 4),
  h: abbreviatedMonth,
  H: padded((time) => time.hour, 2),
  I: padded(hour12, 2),
  j: padded(dayOfYear, 3),
  k: padded((time) => time.hour, 2, ' '),
  l: padded(hour12, 2, ' '),
  m: padded((time) => time.month + 1, 2),
  M: padded((time) => time.minute, 2),
  n: word(() => '\n'),
  N: (_time, moment) => ({ text: String(moment.nanoseconds).padStart(9, '0') }),
  p: word((time) => (time.hour < 12 ? 'AM' : 'PM')),
  P: word((time) => (time.hour < 12 ? 'am' : 'pm')),
  q: padded((time) => Math.floor(time.month / 3) + 1, 1),
  r: again('%I:%M:%S %p'),
  R: again('%H:%M'),
  s: (_time, moment) => ({ text: String(Math.floor(moment.seconds)) }),
  S: padded((time) => time.second, 2),
  t: word(() => '\t'),
  T: clockTime,
  u: padded((time) => time.weekday || 7, 1),
  U: padded((time) => Math.floor((dayOfYear(time) + 6 - time.weekday) / 7), 2),
  V: padded((time) => isoWeek(time).week, 2),
  w: padded((time) => time.weekday, 1),
  W: padded((time) => Math.floor((dayOfYear(time) + 6 - ((time.weekday + 6) % 7)) / 7), 2),
  x: usDate,
  X: clockTime,
  y: padded((time) => time.year % 100, 2),
  Y: padded((time) => time.year, 1),
  z: (time, moment) => ({ text: offsetText(time.offsetMinutes, moment.colons) }),
  Z: word((time) => time.zone),
  '%': word(() => '%'),
  '+': again('%a %b %e %H:%M:%S %Z %Y'),
};

function applyFlags(field: Field, flags: string, width: string, letter: string): string {
  let { text } = field;
  if (letter === 'N' && width !== '') return text.slice(0, Number(width));
  if (letter === 'N' && flags.includes('-')) return text.replace(/0+$/, '') || '0';
  const pad = flags.includes('_')
    ? ' '
    : flags.includes('0')
      ? '0'
      : (field.pad ?? (field.width === undefined ? ' ' : '0'));
  if (!flags.includes('-')) text = text.padStart(width === '' ? (field.width ?? 0) : Number(width), pad);
  if (flags.includes('^')) text = text.toUpperCase();
  if (flags.includes('#')) text = letter === 'Z' || letter === 'p' ? text.toLowerCase() : text.toUpperCase();
  return text;
}
