import { UsageError } from './program.ts';

const UNITS = 'KMGTPE';
const BINARY = 1024;
const DECIMAL = 1000;

/** A size as GNU's tools take it: `10`, `10k`, `10K`, `1M`, `1MB` (decimal), `1MiB`, `512b`. Throws UsageError. */
export function parseSize(text: string, what: string): number {
  const match = /^(\d+)(?:(b)|([kKMGTPE])(i?B)?|B)?$/.exec(text);
  if (!match) throw new UsageError(`invalid ${what}: '${text}'`);
  const [, digits = '0', blocks, unit, suffix] = match;
  if (blocks) return Number(digits) * 512;
  if (!unit) return Number(digits);
  const power = UNITS.indexOf(unit.toUpperCase()) + 1;
  return Number(digits) * (suffix === 'B' ? DECIMAL : BINARY) ** power;
}

/** `1.5K`, as `ls -h` and `du -h` print: at most three digits, rounded up. */
export function humanSize(bytes: number): string {
  if (bytes < BINARY) return String(bytes);
  let value = bytes;
  let power = -1;
  while (value >= BINARY && power < UNITS.length - 1) {
    value /= BINARY;
    power++;
  }
  let text = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value));
  if (text === '10.0') text = '10';
  if (text === String(BINARY) && power < UNITS.length - 1) {
    text = '1.0';
    power++;
  }
  return text + UNITS[power];
}

export function parseCount(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`invalid ${what}: '${text}'`);
  return Number(text);
}
