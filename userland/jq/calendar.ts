/** C's `struct tm`, for the calls that the program leaves to its host. */
import { decodeText, encodeText } from '../text/text.ts';
import { localTime } from '../text/time.ts';
import type { Guest } from './guest.ts';
import { strptime } from './strptime.ts';

const DAY_MS = 86_400_000;
const Place = {
  second: 0,
  minute: 4,
  hour: 8,
  day: 12,
  month: 16,
  year: 20,
  weekday: 24,
  yearday: 28,
  isDst: 32,
  offset: 36,
} as const;
const FIRST_YEAR = 1900;
const ZONE_NAME_BYTES = 17;
const MINUTE_SECONDS = 60;

const yearday = (time: number): number =>
  Math.floor((time - Date.UTC(new Date(time).getUTCFullYear(), 0, 1)) / DAY_MS);

/** Writes what `time` reads in UTC, as the fields of a zone that is `offset` seconds east of it. */
function put(guest: Guest, at: number, time: number, offset: number): void {
  const date = new Date(time);
  const fields: readonly (readonly [number, number])[] = [
    [Place.second, date.getUTCSeconds()],
    [Place.minute, date.getUTCMinutes()],
    [Place.hour, date.getUTCHours()],
    [Place.day, date.getUTCDate()],
    [Place.month, date.getUTCMonth()],
    [Place.year, date.getUTCFullYear() - FIRST_YEAR],
    [Place.weekday, date.getUTCDay()],
    [Place.yearday, yearday(time)],
    [Place.isDst, 0],
    [Place.offset, offset],
  ];
  for (const [place, value] of fields) guest.setWord(at + place, value);
}

function read(guest: Guest, at: number): number {
  const field = (place: number): number => guest.word(at + place);
  return Date.UTC(
    field(Place.year) + FIRST_YEAR,
    field(Place.month),
    field(Place.day),
    field(Place.hour),
    field(Place.minute),
    field(Place.second),
  );
}

/** The calendar's calls, by the names that the program imports. */
export function calendarCalls(guest: Guest, zone: string) {
  const offsetAt = (seconds: number): number => localTime(seconds, zone).offsetMinutes * MINUTE_SECONDS;
  return {
    _gmtime_js: (seconds: bigint, at: number) => put(guest, at, Number(seconds) * 1000, 0),
    _localtime_js: (seconds: bigint, at: number) => {
      const offset = offsetAt(Number(seconds));
      put(guest, at, (Number(seconds) + offset) * 1000, offset);
    },
    _timegm_js: (at: number) => {
      const time = read(guest, at);
      guest.setWord(at + Place.weekday, new Date(time).getUTCDay());
      guest.setWord(at + Place.yearday, yearday(time));
      return BigInt(time / 1000);
    },
    _tzset_js: (west: number, daylight: number, standardName: number, summerName: number) => {
      guest.setWord(west, -offsetAt(Math.floor(Date.now() / 1000)));
      guest.setWord(daylight, 0);
      for (const at of [standardName, summerName])
        guest.placeStrings(at, [zone.slice(0, ZONE_NAME_BYTES - 1)]);
    },
    strptime: (text: number, format: number, at: number) => {
      const found = strptime(decodeText(guest.string(text)), decodeText(guest.string(format)));
      if (found === undefined) return 0;
      put(guest, at, found.time, 0);
      return text + encodeText(found.taken).length;
    },
  };
}
