/** What wget says on standard error, or into its log. */
import fs from 'node:fs';

const STDERR = 2;
const BAR_COLUMNS = 20;
const NAME_COLUMNS = 20;
const INTERVAL_MS = 500;

export class Report {
  readonly level: 'quiet' | 'brief' | 'verbose';
  readonly #fd: number;
  readonly #bar: boolean;

  constructor(level: 'quiet' | 'brief' | 'verbose', log: string | undefined, showProgress: boolean) {
    this.level = level;
    this.#fd = log === undefined ? STDERR : fs.openSync(log, 'w');
    this.#bar = showProgress || (level === 'verbose' && log === undefined);
  }

  /** Where it is verbose. */
  say(text: string): void {
    if (this.level === 'verbose') this.always(text);
  }
  /** Where it is not quiet. */
  tell(text: string): void {
    if (this.level !== 'quiet') this.always(text);
  }
  always(text: string): void {
    fs.writeSync(this.#fd, text);
  }

  bar(name: string, from: number, total: number | undefined): Bar | undefined {
    return this.#bar ? new Bar((text) => this.always(text), name, from, total) : undefined;
  }
}

export class Bar {
  readonly #write: (text: string) => void;
  readonly #name: string;
  readonly #total: number | undefined;
  readonly #start = performance.now();
  readonly #from: number;
  #at: number;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(write: (text: string) => void, name: string, from: number, total: number | undefined) {
    this.#write = write;
    this.#name = name.slice(0, NAME_COLUMNS - 1).padEnd(NAME_COLUMNS);
    this.#from = from;
    this.#at = from;
    this.#total = total;
    write('\n');
  }
  moved(bytes: number): void {
    this.#at += bytes;
    if (performance.now() - this.#shown >= INTERVAL_MS) this.#show();
  }
  end(): void {
    this.#show();
    this.#write('\n\n');
  }
  #show(): void {
    this.#shown = performance.now();
    const part = this.#total === undefined ? undefined : this.#total === 0 ? 1 : this.#at / this.#total;
    const filled =
      part === undefined ? '<=>' : `${'='.repeat(Math.max(0, Math.round(part * BAR_COLUMNS) - 1))}>`;
    const percent = part === undefined ? '    ' : `${Math.floor(part * 100)}%`.padStart(4);
    const seconds = (this.#shown - this.#start) / 1000;
    this.#write(
      `\r${this.#name}${percent}[${filled.padEnd(BAR_COLUMNS)}] ${human(this.#at).padStart(7)}  ${speed(this.#at - this.#from, seconds).padStart(9)}    in ${duration(seconds)}`,
    );
  }
}

export function human(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes / 1024;
  for (const unit of ['K', 'M', 'G'])
    if (value < 1024 || unit === 'G') return `${value < 10 ? value.toFixed(2) : value.toFixed(1)}${unit}`;
    else value /= 1024;
  return String(bytes);
}

export function speed(bytes: number, seconds: number): string {
  if (bytes === 0 || seconds <= 0) return '--.-KB/s';
  let value = bytes / seconds;
  for (const unit of ['B', 'KB', 'MB', 'GB']) {
    if (value < 1024 || unit === 'GB')
      return `${value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)} ${unit}/s`;
    value /= 1024;
  }
  return '';
}

const duration = (seconds: number): string =>
  seconds < 0.001 ? '0s' : seconds < 10 ? `${Number(seconds.toPrecision(1))}s` : `${Math.round(seconds)}s`;
