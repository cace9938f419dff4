import { UsageError } from '../program/program.ts';

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

/** `1.5K`, as `ls -h` and `du -h` print: at most three digits, rounded up; `decimal` for powers of 1000 (`--si`). */
export function humanSize(bytes: number, decimal = false): string {
  const base = decimal ? DECIMAL : BINARY;
  if (bytes < base) return String(bytes);
  let value = bytes;
  let power = -1;
  while (value >= base && power < UNITS.length - 1) {
    value /= base;
    power++;
  }
  let text = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value));
  if (text === '10.0') text = '10';
  if (text === String(base) && power < UNITS.length - 1) {
    text = '1.0';
    power++;
  }
  const unit = UNITS[power] ?? '';
  return text + (decimal && unit === 'K' ? 'k' : unit);
}

export function parseCount(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`invalid ${what}: '${text}'`);
  return Number(text);
}
