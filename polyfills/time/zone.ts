/**
 * One time zone of the IANA database, as the browser's Intl knows it: offsets and names. Instants are milliseconds since
 * 1970 UTC; a local time is what the clock on the wall shows, as if it were UTC.
 */
const Format = Intl.DateTimeFormat;
const { floor } = Math;
const NativeDate = Date;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Zones change at whole quarters of an hour; the offset of an instant is that of its quarter. */
const QUARTER_MS = 15 * MINUTE_MS;
/** When the offset is the same at both ends of a week, it is taken to be so in between. */
const WEEK_MS = 7 * DAY_MS;
/** Offsets that are remembered of one zone; then the memory begins anew. */
const REMEMBERED_MAX = 4096;
const INSTANT_MAX = 8.64e15;

const OFFSET = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

export class TimeZone {
  readonly id: string;
  readonly #offsets: Intl.DateTimeFormat;
  #names: Intl.DateTimeFormat | undefined;
  #remembered = new Map<number, number>();

  /** Throws a RangeError when no such zone is known. */
  constructor(id: string) {
    this.#offsets = new Format('en-US', { timeZone: id, timeZoneName: 'longOffset' });
    this.id = this.#offsets.resolvedOptions().timeZone;
  }

  /** Local time less UTC, in milliseconds, at an instant. */
  offsetAt(instant: number): number {
    if (Number.isNaN(instant)) return 0;
    const week = floor(instant / WEEK_MS) * WEEK_MS;
    const first = this.#offsetOfQuarter(week);
    if (first === this.#offsetOfQuarter(week + WEEK_MS)) return first;
    return this.#offsetOfQuarter(floor(instant / QUARTER_MS) * QUARTER_MS);
  }

  /**
   * The instant of a local time (ECMA-262, UTC(t)): of one that occurs twice the earlier, and one that is skipped is read
   * with the offset from before the change.
   */
  instantOf(local: number): number {
    const before = this.offsetAt(local - DAY_MS);
    const after = this.offsetAt(local + DAY_MS);
    if (before === after || this.offsetAt(local - before) === before) return local - before;
    return this.offsetAt(local - after) === after ? local - after : local - before;
  }

  /** The long name in the user's language: `Central European Summer Time`. */
  nameAt(instant: number): string {
    this.#names ??= new Format(undefined, { timeZone: this.id, timeZoneName: 'long' });
    return zoneName(this.#names, instant);
  }

  #offsetOfQuarter(quarter: number): number {
    const known = this.#remembered.get(quarter);
    if (known !== undefined) return known;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered = new Map();
    const [, sign, hours, minutes, seconds = '0'] = OFFSET.exec(zoneName(this.#offsets, quarter)) ?? [];
    const size = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS + Number(seconds) * 1000;
    const offset = sign === '-' ? -size : size;
    this.#remembered.set(quarter, offset);
    return offset;
  }
}

function zoneName(format: Intl.DateTimeFormat, instant: number): string {
  const within = new NativeDate(Math.min(INSTANT_MAX, Math.max(-INSTANT_MAX, instant)));
  return format.formatToParts(within).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
