/** Times of certificates and how OpenSSL prints them. */
import { toLatin1 } from '../encoding/bytes.ts';
import { DerError, type Element, Tag } from '../encoding/der.ts';

/** UTCTime or GeneralizedTime → seconds since the epoch. */
export function readTime({ tag, value }: Element): number {
  const text = toLatin1(value);
  const short = tag === Tag.utcTime;
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(text);
  if (match === null || (!short && tag !== Tag.generalizedTime)) throw new DerError('no time');
  const [, head = '', ...rest] = match;
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = rest.map((part) => Number(part ?? 0));
  const year = short ? Number(head) + (Number(head) < 50 ? 2000 : 1900) : Number(head);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  return time.getTime() / 1000;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** ASN1_TIME_print: `Nov  6 18:00:00 2026 GMT`. */
export function printTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const day = `${time.getUTCDate()}`.padStart(2, ' ');
  const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  return `${MONTHS[time.getUTCMonth()] ?? ''} ${day} ${clock} ${time.getUTCFullYear()} GMT`;
}
