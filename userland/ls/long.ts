import { Accounts } from '../files/accounts.ts';
import { humanSize } from '../text/numbers.ts';
import type { ProgramContext } from '../program/program.ts';
import { FileType, modeString, typeOf } from '../files/stat.ts';
import { strftime } from '../text/time.ts';
import { type Entry, timeOf } from './entry.ts';
import type { NamePrinter } from './name.ts';
import type { Settings } from './settings.ts';

/** A Gregorian half year in seconds: a file newer than that shows its time of day, an older one its year. */
const RECENT_SECONDS = 31_556_952 / 2;
const KILOBYTE_BLOCKS = 2;

/** Blocks as -s and the total show them: kilobytes, or in human units. */
export function blocksText(blocks: number, settings: Settings): string {
  return settings.human ? humanSize(blocks * 512) : String(Math.ceil(blocks / KILOBYTE_BLOCKS));
}

export class LongFormat {
  readonly #accounts: Accounts;
  readonly #settings: Settings;

  constructor(context: ProgramContext, settings: Settings) {
    this.#accounts = new Accounts(context.system.files);
    this.#settings = settings;
  }

  /** A line an entry, its fields aligned, without inode and blocks. */
  lines(entries: readonly Entry[], names: NamePrinter, pad: boolean): string[] {
    const rows = entries.map((entry) => this.#fields(entry));
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.map((row) => row[column]?.text.length ?? 0)),
    );
    return rows.map((row, index) => {
      const entry = entries[index];
      if (entry === undefined) return '';
      const cells = row.map((cell, column) =>
        cell.right ? cell.text.padStart(widths[column] ?? 0) : cell.text.padEnd(widths[column] ?? 0),
      );
      const arrow = entry.link ? ` -> ${names.target(entry.link)}` : '';
      return `${cells.join(' ')} ${names.show(entry, pad).text}${arrow}`;
    });
  }

  #fields(entry: Entry): { text: string; right: boolean }[] {
    const { status } = entry;
    const { owner, group, numeric } = this.#settings;
    const left = (text: string) => ({ text, right: false });
    const right = (text: string) => ({ text, right: true });
    return [
      left(modeString(status.mode)),
      right(String(status.nlink)),
      ...(owner ? [left(numeric ? String(status.uid) : this.#accounts.user(status.uid))] : []),
      ...(group ? [left(numeric ? String(status.gid) : this.#accounts.group(status.gid))] : []),
      right(this.#size(entry)),
      left(this.#time(entry)),
    ];
  }

  #size({ status }: Entry): string {
    const type = typeOf(status);
    if (type === FileType.character || type === FileType.block)
      return `${Math.floor(status.rdev / 256)}, ${status.rdev % 256}`;
    return this.#settings.human ? humanSize(status.size, this.#settings.decimal) : String(status.size);
  }

  #time(entry: Entry): string {
    const { now, timeFormats, timeZone } = this.#settings;
    const { seconds, nanoseconds } = timeOf(entry, this.#settings);
    const recent = seconds > now - RECENT_SECONDS && seconds <= now;
    return strftime(timeFormats[recent ? 0 : 1], seconds, nanoseconds, timeZone);
  }
}
