import type { TimeZone } from './zone.ts';

/** Texts of dates in a time zone: what Date.parse reads without an offset is local, and toString writes local time. */
const NativeDate = Date;
const nativeParse = Date.parse;

/** A date alone is UTC by the standard, where it is written as the standard has it. */
const DATE_ALONE = /^(?:\d{4}|[+-]\d{6})(?:-\d{2}(?:-\d{2})?)?$/;
const STANDARD_LOCAL = /^(?:\d{4}|[+-]\d{6})(?:-\d{2}(?:-\d{2})?)?T\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?$/;
const COMMENT = /\([^)]*\)/g;
/** A zone in the free forms that V8 reads: Z, GMT, UT, UTC, EST … PDT, or an offset behind a time. */
const NAMES_ZONE =
  /(?:\d|\b)(?:Z|UTC?|GMT|[ECMP][SD]T)\b|:\d{1,2}(?:\.\d+)?\s*(?:[AP]M\s*)?[+-]\d{1,4}|\d{4}\s+[+-]\d{4}\b/i;

/** Date.parse: the instant, NaN when the text is none. */
export function parseIn(zone: TimeZone, text: string): number {
  const native = nativeParse(text);
  if (Number.isNaN(native) || DATE_ALONE.test(text)) return native;
  if (STANDARD_LOCAL.test(text)) return zone.instantOf(nativeParse(`${text}Z`));
  const bare = text.replace(COMMENT, '');
  if (NAMES_ZONE.test(bare)) return native;
  const asUtc = nativeParse(`${bare} UTC`);
  return zone.instantOf(Number.isNaN(asUtc) ? wallClock(native) : asUtc);
}

/** What the browser's own zone shows at an instant, as if it were UTC. */
function wallClock(instant: number): number {
  return instant - new NativeDate(instant).getTimezoneOffset() * 60_000;
}

/** `Sat Apr 14 2018`. `utc` is what toUTCString writes of the local time: `Sat, 14 Apr 2018 14:34:56 GMT`. */
export function dateText(utc: string): string {
  const [weekday = '', day = '', month = '', year = ''] = utc.split(' ');
  return `${weekday.slice(0, -1)} ${month} ${day} ${year}`;
}

/** `14:34:56 GMT+0200 (Central European Summer Time)`. */
export function timeText(utc: string, zone: TimeZone, instant: number): string {
  const clock = utc.split(' ')[4] ?? '';
  const minutes = Math.trunc(zone.offsetAt(instant) / 60_000);
  const size = Math.abs(minutes);
  const digits = `${String(Math.floor(size / 60)).padStart(2, '0')}${String(size % 60).padStart(2, '0')}`;
  return `${clock} GMT${minutes < 0 ? '-' : '+'}${digits} (${zone.nameAt(instant)})`;
}
