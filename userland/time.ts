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

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
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
      const field = expand(letter, time, { seconds, nanoseconds, timeZone, colons: colons.length });
      if (field === undefined) return whole;
      return applyFlags(field, flags, width, letter);
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

const number = (value: number, width: number, pad: '0' | ' ' = '0'): Field => ({
  text: String(value),
  width,
  pad,
});

function expand(letter: string, time: LocalTime, moment: Moment): Field | undefined {
  const again = (format: string): Field => ({
    text: strftime(format, moment.seconds, moment.nanoseconds, moment.timeZone),
  });
  const hour12 = time.hour % 12 || 12;
  switch (letter) {
    case 'a':
      return { text: (DAYS[time.weekday] ?? '').slice(0, 3) };
    case 'A':
      return { text: DAYS[time.weekday] ?? '' };
    case 'b':
    case 'h':
      return { text: shortMonth(time.month) };
    case 'B':
      return { text: MONTHS[time.month] ?? '' };
    case 'c':
      return again('%a %b %e %H:%M:%S %Y');
    case 'C':
      return number(Math.floor(time.year / 100), 2);
    case 'd':
      return number(time.day, 2);
    case 'D':
    case 'x':
      return again('%m/%d/%y');
    case 'e':
      return number(time.day, 2, ' ');
    case 'F':
      return again('%Y-%m-%d');
    case 'g':
      return number(isoWeek(time).year % 100, 2);
    case 'G':
      return number(isoWeek(time).year, 4);
    case 'H':
      return number(time.hour, 2);
    case 'I':
      return number(hour12, 2);
    case 'j':
      return number(dayOfYear(time), 3);
    case 'k':
      return number(time.hour, 2, ' ');
    case 'l':
      return number(hour12, 2, ' ');
    case 'm':
      return number(time.month + 1, 2);
    case 'M':
      return number(time.minute, 2);
    case 'n':
      return { text: '\n' };
    case 'N':
      return { text: String(moment.nanoseconds).padStart(9, '0') };
    case 'p':
      return { text: time.hour < 12 ? 'AM' : 'PM' };
    case 'P':
      return { text: time.hour < 12 ? 'am' : 'pm' };
    case 'q':
      return number(Math.floor(time.month / 3) + 1, 1);
    case 'r':
      return again('%I:%M:%S %p');
    case 'R':
      return again('%H:%M');
    case 's':
      return { text: String(Math.floor(moment.seconds)) };
    case 'S':
      return number(time.second, 2);
    case 't':
      return { text: '\t' };
    case 'T':
    case 'X':
      return again('%H:%M:%S');
    case 'u':
      return number(time.weekday || 7, 1);
    case 'U':
      return number(Math.floor((dayOfYear(time) + 6 - time.weekday) / 7), 2);
    case 'V':
      return number(isoWeek(time).week, 2);
    case 'w':
      return number(time.weekday, 1);
    case 'W':
      return number(Math.floor((dayOfYear(time) + 6 - ((time.weekday + 6) % 7)) / 7), 2);
    case 'y':
      return number(time.year % 100, 2);
    case 'Y':
      return number(time.year, 1);
    case 'z':
      return { text: offsetText(time.offsetMinutes, moment.colons) };
    case 'Z':
      return { text: time.zone };
    case '%':
      return { text: '%' };
    case '+':
      return again('%a %b %e %H:%M:%S %Z %Y');
    default:
      return undefined;
  }
}

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
