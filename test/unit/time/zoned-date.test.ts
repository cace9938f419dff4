import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { setTimeZone } from '../../../polyfills/time/zoned-date.ts';

const ZONES = [
  'UTC',
  'America/New_York',
  'America/St_Johns',
  'Europe/London',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'EST5EDT',
];

/** A script body that gives lines: what dates do in the zone that is set. Native node runs the same text. */
const SCRIPT = String.raw`
const lines = [];
// What a zone is called far from today differs between the calls of Intl, and in Morocco always.
const unnamed = Intl.DateTimeFormat().resolvedOptions().timeZone === 'Africa/Casablanca';
let old = unnamed;
const say = (...values) => lines.push(values.map((value) => (old ? String(value).replace(/\(.*?\)/g, '') : String(value))).join(' '));
let seed = 7;
const random = (max) => (seed = (seed * 48271) % 2147483647) % max;
const instants = [0, NaN];
for (let i = 0; i < 300; i++) instants.push(Date.UTC(1900 + random(200), random(12), random(31), random(24), random(60), random(60), random(1000)));
for (const day of [8, 9, 10, 11]) for (let hour = 0; hour < 24; hour += 0.5) instants.push(Date.UTC(2024, 2, day) + hour * 3600000, Date.UTC(2024, 10, day - 7) + hour * 3600000);
const NAMES = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds', 'TimezoneOffset', 'Year'];
for (const instant of instants) {
  const date = new Date(instant);
  old = unnamed || !(instant > Date.UTC(2000) && instant < Date.UTC(2037));
  say(instant, ...NAMES.map((name) => date['get' + name]()), date, date.toDateString(), date.toTimeString());
  if (!old) say(date.toLocaleString('en-US'), date.toLocaleDateString('de'), date.toLocaleTimeString('en-GB', { timeZoneName: 'long' }), new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long' }).format(date));
  for (const name of NAMES.filter((each) => each !== 'Day' && each !== 'TimezoneOffset')) {
    const changed = new Date(instant);
    say(name, changed['set' + name](random(90)), +changed);
  }
  say(new Date(instant).setHours(1, 2, 3, 4), new Date(instant).setMonth(1, 30), new Date(instant).setFullYear(2001, 2, 11), new Date(instant).setFullYear());
  say(+new Date(1950 + random(150), random(14), random(40), random(30), random(70), random(70), random(2000)), +new Date(random(100), 5));
}
old = unnamed;
for (const day of [10, 3]) for (let minute = 0; minute < 300; minute += 15) say(+new Date(2024, day === 10 ? 2 : 10, day, 0, minute), +new Date(2024, 9, 27, 0, minute), +new Date(2024, 3, 7, 0, minute));
for (const text of ['2024-03-10', '2024-03', '2024', '2024-03-10T02:30', '2024-07-01T12:00:00.5', '2024-07-01T12:00Z', '2024-07-01T12:00:00+02:00', 'Jul 1 2024', 'Mon, 01 Jul 2024 12:00:00 GMT', 'July 1, 2024 3:04 PM', '7/1/2024', '2024/07/01 10:00', '2024-7-1', '1 July 2024 10:00 UTC+0300', 'Tue Jul 02 2024 10:00:00 GMT+0200 (Somewhere)', '2024-07-01 10:00', '2024-07-01 10:00:00Z', 'Jul 1 2024 10:00 EST', 'Jul 1 2024 10:00 -0700', 'nothing', '', '2024-07-01T24:00'])
  say(text, Date.parse(text), +new Date(text), new Date(text));
say(+new Date('+012024-01-01T00:00'));
class Sub extends Date { get hour() { return this.getHours(); } }
const sub = new Sub(2024, 6, 1, 5);
say(sub.hour, sub instanceof Sub, sub instanceof Date, Date.length, Date.name, typeof Date(), new Date(new Date(5)).getTime(), +new Date(null), +new Date(undefined), +new Date(true), +new Date({ valueOf: () => 9 }), new Date(2020, 0).constructor === Date, Object.keys(Date.prototype).length, Date.prototype.getHours.length, Date.prototype.setHours.length, Date.prototype.setHours.name);
say(Intl.DateTimeFormat().resolvedOptions().timeZone === new Intl.DateTimeFormat('en', {}).resolvedOptions().timeZone, new Date(0).toLocaleString('en', { timeZone: 'Asia/Tokyo' }), JSON.stringify(new Date(0)), new Date(1.7e12) + 1, new Date(3) - 1);
try { Date.prototype.getHours.call({}); } catch (error) { say(error.name); }
return lines;
`;

describe('a time zone of a program', () => {
  afterAll(() => {
    setTimeZone(undefined);
  });

  it.each(ZONES)('dates are those of native node in %s', (zone) => {
    const text = `process.stdout.write(JSON.stringify((() => {${SCRIPT}})()))`;
    const native = JSON.parse(
      execFileSync(process.execPath, ['-e', text], { env: { TZ: zone }, encoding: 'utf8' }),
    ) as string[];
    setTimeZone(zone);
    const ours = (new Function(SCRIPT) as () => string[])();
    setTimeZone(undefined);
    const different = native.flatMap((line, index) =>
      ours[index] === line ? [] : [{ line, ours: ours[index] }],
    );
    expect(different.slice(0, 5)).toEqual([]);
    expect(ours.length).toBe(native.length);
  });

  it('a name that nobody knows is UTC, a colon before it says nothing, and without one all is as before', () => {
    const offset = new Date(0).getTimezoneOffset();
    setTimeZone('Nowhere/City');
    expect(new Date(2024, 6, 1).toISOString()).toBe('2024-07-01T00:00:00.000Z');
    setTimeZone(':Asia/Tokyo');
    expect(new Date(2024, 6, 1).toISOString()).toBe('2024-06-30T15:00:00.000Z');
    setTimeZone(undefined);
    expect(new Date(0).getTimezoneOffset()).toBe(offset);
  });
});
