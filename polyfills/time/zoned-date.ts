import { redefine, nativeLook } from '../realm/native-look.ts';
import { dateText, parseIn, timeText } from './text.ts';
import { TimeZone } from './zone.ts';

/**
 * A browser has one time zone for all of its threads, and a program's TZ is its own. From the first zone that a program
 * sets on, `Date` and `Intl.DateTimeFormat` follow it: they stay the browser's objects, and what they do in local time is
 * done in the zone. Until then nothing is replaced.
 */
const NativeDate = Date;
const NativeFormat = Intl.DateTimeFormat;
const NativeProxy = Proxy;
const { apply, construct } = Reflect;
const prototype = Date.prototype as unknown as Record<string, (this: Date, ...values: unknown[]) => unknown>;

const native = (name: string) => {
  const method = prototype[name];
  if (method === undefined) throw new TypeError(`Date has no ${name}`);
  return method;
};
const getTime = native('getTime') as (this: Date) => number;
const setTime = native('setTime');
const toUTCString = native('toUTCString') as (this: Date) => string;

const PARTS = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'] as const;
const LOCALE_METHODS = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'] as const;
/** Date(year, …): two digits are a year of the last century. */
const LAST_CENTURY = 1900;
const MINUTE_MS = 60_000;
const INSTANT_MAX = 8.64e15;

let zone: TimeZone | undefined;
let installed = false;

/** What TZ says; undefined: the browser's own zone. A name that nobody knows is UTC, as for libc. */
export function setTimeZone(name: string | undefined): void {
  if (name === undefined && !installed) return;
  zone = name === undefined ? undefined : (zoneNamed(name.replace(/^:/, '')) ?? zoneNamed('UTC'));
  if (installed) return;
  installed = true;
  replaceParts();
  replaceTexts();
  replaceConstructors();
}

function zoneNamed(name: string): TimeZone | undefined {
  try {
    return new TimeZone(name);
  } catch {
    return undefined;
  }
}

/** The local time of a date, as if it were UTC. */
function localOf(date: Date, within: TimeZone): Date {
  const instant = apply(getTime, date, []);
  // At the ends of time there is no room for an offset.
  const local = Math.min(INSTANT_MAX, Math.max(-INSTANT_MAX, instant + within.offsetAt(instant)));
  return new NativeDate(local);
}

/** Puts a method in the place of `name`, which does what the browser's does while there is no zone. */
function replace(name: string, method: (date: Date, within: TimeZone, values: unknown[]) => unknown): void {
  const original = native(name);
  const replacement = {
    [name](this: Date, ...values: unknown[]): unknown {
      return zone === undefined ? apply(original, this, values) : method(this, zone, values);
    },
  }[name];
  if (replacement === undefined) return;
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  redefine(prototype, name, replacement);
}

function replaceParts(): void {
  for (const part of PARTS) {
    const getUTC = native(`getUTC${part}`);
    replace(`get${part}`, (date, within) => apply(getUTC, localOf(date, within), []));
    if (part !== 'Day') replaceSetter(`set${part}`, native(`setUTC${part}`), part === 'FullYear');
  }
  const year = native('getUTCFullYear') as (this: Date) => number;
  replace('getYear', (date, within) => apply(year, localOf(date, within), []) - LAST_CENTURY);
  const setFullYear = native('setUTCFullYear');
  replaceSetter(
    'setYear',
    function (this: Date, value: unknown) {
      return apply(setFullYear, this, [fullYear(Number(value))]);
    },
    true,
  );
  replace('getTimezoneOffset', (date, within) => {
    const instant = apply(getTime, date, []);
    return Number.isNaN(instant) ? NaN : Math.trunc(-within.offsetAt(instant) / MINUTE_MS) || 0;
  });
}

/** `fromNothing`: an invalid date becomes one of the year that is set. */
function replaceSetter(
  name: string,
  setUTC: (this: Date, ...values: unknown[]) => unknown,
  fromNothing: boolean,
): void {
  replace(name, (date, within, values) => {
    let local = localOf(date, within);
    if (fromNothing && Number.isNaN(apply(getTime, local, []))) local = new NativeDate(0);
    const changed = apply(setUTC, local, values) as number;
    return apply(setTime, date, [Number.isNaN(changed) ? NaN : within.instantOf(changed)]);
  });
}

function fullYear(year: number): number {
  const whole = Math.trunc(year);
  return whole >= 0 && whole <= 99 ? LAST_CENTURY + whole : year;
}

function replaceTexts(): void {
  const text =
    (write: (utc: string, within: TimeZone, instant: number) => string) => (date: Date, within: TimeZone) => {
      const instant = apply(getTime, date, []);
      if (Number.isNaN(instant)) return 'Invalid Date';
      return write(apply(toUTCString, localOf(date, within), []), within, instant);
    };
  replace(
    'toString',
    text((utc, ...rest) => `${dateText(utc)} ${timeText(utc, ...rest)}`),
  );
  replace('toDateString', text(dateText));
  replace('toTimeString', text(timeText));
  for (const name of LOCALE_METHODS) {
    const original = native(name);
    replace(name, (date, within, [locales, options]) =>
      apply(original, date, [locales, inZone(options, within)]),
    );
  }
}

/** Options of Intl with the zone, unless they name one themselves. */
function inZone(options: unknown, within: TimeZone): unknown {
  if (options === null || (options !== undefined && Object(options) !== options)) return options;
  const given = (options ?? {}) as Intl.DateTimeFormatOptions;
  if (given.timeZone !== undefined) return options;
  return Object.create(given, { timeZone: { value: within.id, enumerable: true } }) as unknown;
}

function replaceConstructors(): void {
  const ZonedDate: unknown = new NativeProxy(NativeDate, {
    apply: () => new NativeDate().toString(),
    construct: (target, values: unknown[], newTarget) =>
      construct(target, zone === undefined ? values : instantsOf(values, zone), newTarget) as object,
  });
  const parse = {
    parse: (text: unknown) => (zone ? parseIn(zone, `${text as string}`) : NativeDate.parse(text as string)),
  }.parse;
  redefine(NativeDate, 'parse', parse);
  replaceConstructor(globalThis, 'Date', NativeDate.prototype, ZonedDate as object);
  const withZone = ([locales, options]: unknown[]): unknown[] => [
    locales,
    zone === undefined ? options : inZone(options, zone),
  ];
  const ZonedFormat = new NativeProxy(NativeFormat, {
    apply: (target, receiver: unknown, values: unknown[]) =>
      apply(target, receiver, withZone(values) as never),
    construct: (target, values: unknown[], newTarget) =>
      construct(target, withZone(values), newTarget) as object,
  });
  replaceConstructor(Intl, 'DateTimeFormat', NativeFormat.prototype, ZonedFormat);
}

function replaceConstructor(owner: object, name: string, ownPrototype: object, constructor: object): void {
  nativeLook(constructor, name);
  redefine(owner, name, constructor);
  redefine(ownPrototype, 'constructor', constructor);
}

/** Arguments of `new Date` → what gives the same date without a look at the browser's zone. */
function instantsOf(values: unknown[], within: TimeZone): unknown[] {
  if (values.length === 0) return values;
  if (values.length === 1) {
    const [value] = values;
    if (value instanceof NativeDate) return values;
    const primitive = toPrimitive(value);
    return [typeof primitive === 'string' ? parseIn(within, primitive) : primitive];
  }
  const [year, ...rest] = values.map(Number) as [number, ...number[]];
  return [within.instantOf(NativeDate.UTC(fullYear(year), ...(rest as [number])))];
}

/** ToPrimitive without a hint. */
function toPrimitive(value: unknown): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value;
  const convert = (value as { [Symbol.toPrimitive]?: (hint: string) => unknown })[Symbol.toPrimitive];
  if (typeof convert === 'function') return apply(convert, value, ['default']);
  const plain: unknown = (value as object).valueOf();
  return Object(plain) === plain ? String(value as object) : plain;
}
