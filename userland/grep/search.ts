import { records } from '../program/input.ts';
import { complain } from '../files/per-file.ts';
import type { ProgramContext } from '../program/program.ts';
import { decodeText, encodeText } from '../text/text.ts';
import type { Matcher } from './matcher.ts';

export interface GrepSettings {
  invert: boolean;
  mode: 'lines' | 'only' | 'count' | 'files' | 'files-without' | 'quiet';
  max: number;
  before: number;
  after: number;
  showName: boolean;
  showNumber: boolean;
  showOffset: boolean;
  initialTab: boolean;
  /** After a file name, instead of `:` or a newline. */
  nameEnd: string | undefined;
  separator: number;
  /** Printed between groups of lines; undefined: nothing. */
  group: string | undefined;
  grouped: boolean;
  color: boolean;
  binary: 'text' | 'skip' | 'report';
  lineBuffered: boolean;
}

/** GREP_COLORS' defaults: match, file name, line number, byte offset, separator. */
const COLORS = { match: '01;31', name: '35', number: '32', offset: '32', separator: '36' } as const;
const BINARY_PROBE_BYTES = 32 * 1024;

interface Line {
  text: string;
  number: number;
  offset: number;
}

/** Searches one file and prints what the settings ask for. → whether a line was selected */
export function search(
  context: ProgramContext,
  fd: number,
  name: string,
  matcher: Matcher,
  settings: GrepSettings,
): boolean {
  return new Search(context, name, matcher, settings).run(fd);
}

class Search {
  readonly #context: ProgramContext;
  readonly #name: string;
  readonly #matcher: Matcher;
  readonly #settings: GrepSettings;
  #count = 0;
  /** Lines before a match that are not printed yet. */
  readonly #held: Line[] = [];
  #afterLeft = 0;
  #lastPrinted = 0;
  #binary = false;

  constructor(context: ProgramContext, name: string, matcher: Matcher, settings: GrepSettings) {
    this.#context = context;
    this.#name = name;
    this.#matcher = matcher;
    this.#settings = settings;
  }

  run(fd: number): boolean {
    const settings = this.#settings;
    let number = 0;
    let offset = 0;
    if (settings.max > 0) {
      for (const { bytes } of records(this.#context.system.files, fd, this.#name, settings.separator)) {
        number++;
        if (offset < BINARY_PROBE_BYTES && settings.separator !== 0 && bytes.includes(0)) this.#binary = true;
        if (this.#binary && settings.binary === 'skip') return false;
        const line = { text: decodeText(bytes), number, offset };
        offset += bytes.length + 1;
        if (this.#take(line)) break;
        if (this.#context.stdout.failed) break;
      }
    }
    this.#finish();
    return this.#count > 0;
  }

  /** → true when nothing more of this file matters */
  #take(line: Line): boolean {
    const { mode, max, invert } = this.#settings;
    const exhausted = this.#count >= max;
    if (!exhausted && this.#matcher.test(line.text) !== invert) {
      this.#count++;
      if (mode === 'quiet' || mode === 'files' || mode === 'files-without') return true;
      if (mode === 'count') return this.#count >= max;
      if (this.#reportsBinary(line)) {
        complain(this.#context, `${this.#name}: binary file matches`);
        return true;
      }
      this.#select(line);
      return this.#count >= max && this.#settings.after === 0;
    }
    if (mode !== 'lines' && mode !== 'only') return exhausted;
    return this.#passBy(line, exhausted);
  }

  #reportsBinary(line: Line): boolean {
    if (this.#settings.binary !== 'report') return false;
    return this.#binary || /[\udc80-\udcff]/.test(line.text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''));
  }

  #select(line: Line): void {
    const { mode } = this.#settings;
    const first = this.#held[0]?.number ?? line.number;
    if (this.#settings.grouped && this.#lastPrinted > 0 && first > this.#lastPrinted + 1)
      this.#groupSeparator();
    else if (this.#settings.grouped && this.#lastPrinted === 0) this.#betweenFiles();
    if (mode === 'lines') for (const held of this.#held) this.#print(held, '-', this.#paint(held, false));
    this.#held.length = 0;
    if (mode === 'only') this.#printMatches(line);
    else this.#print(line, ':', this.#paint(line, true));
    this.#lastPrinted = line.number;
    this.#afterLeft = this.#settings.after;
  }

  #passBy(line: Line, exhausted: boolean): boolean {
    if (this.#afterLeft > 0) {
      this.#afterLeft--;
      if (this.#settings.mode === 'lines') this.#print(line, '-', this.#paint(line, false));
      this.#lastPrinted = line.number;
      return exhausted && this.#afterLeft === 0;
    }
    if (exhausted) return true;
    if (this.#settings.before > 0) {
      this.#held.push(line);
      if (this.#held.length > this.#settings.before) this.#held.shift();
    }
    return false;
  }

  #betweenFiles(): void {
    if (printedGroups.has(this.#context)) this.#groupSeparator();
    printedGroups.add(this.#context);
  }

  #groupSeparator(): void {
    const { group, color } = this.#settings;
    if (group === undefined) return;
    this.#context.stdout.write(`${color ? sgr(COLORS.separator, group) : group}\n`);
  }

  #paint(line: Line, selected: boolean): string {
    const { color, invert } = this.#settings;
    if (!color || selected === invert) return line.text;
    let text = '';
    let at = 0;
    for (const [from, to] of this.#matcher.ranges(line.text)) {
      text += line.text.slice(at, from) + sgr(COLORS.match, line.text.slice(from, to));
      at = to;
    }
    return text + line.text.slice(at);
  }

  #printMatches(line: Line): void {
    if (this.#settings.invert) return;
    for (const [from, to] of this.#matcher.ranges(line.text)) {
      const text = line.text.slice(from, to);
      const offset = line.offset + encodeText(line.text.slice(0, from)).length;
      this.#print({ ...line, offset }, ':', this.#settings.color ? sgr(COLORS.match, text) : text);
    }
  }

  #print(line: Line, mark: ':' | '-', text: string): void {
    const { showName, showNumber, showOffset, color, nameEnd, separator, initialTab } = this.#settings;
    const end = color ? sgr(COLORS.separator, mark) : mark;
    const paint = (code: string, value: string): string => (color ? sgr(code, value) : value);
    let prefix = '';
    if (showName) prefix += paint(COLORS.name, this.#name) + (nameEnd ?? end);
    if (showNumber) prefix += paint(COLORS.number, String(line.number).padStart(initialTab ? 4 : 0)) + end;
    if (showOffset) prefix += paint(COLORS.offset, String(line.offset)) + end;
    if (initialTab && prefix !== '') prefix += '\t';
    this.#context.stdout.write(prefix + text + (separator === 0 ? '\0' : '\n'));
    if (this.#settings.lineBuffered) this.#context.stdout.flush();
  }

  #finish(): void {
    const { mode, showName, nameEnd, color } = this.#settings;
    const name = color ? sgr(COLORS.name, this.#name) : this.#name;
    const separator = color ? sgr(COLORS.separator, ':') : ':';
    const { stdout } = this.#context;
    if (mode === 'count') stdout.write(`${showName ? name + (nameEnd ?? separator) : ''}${this.#count}\n`);
    if ((mode === 'files' && this.#count > 0) || (mode === 'files-without' && this.#count === 0))
      stdout.write(name + (nameEnd ?? '\n'));
  }
}

/** Runs of the program that have printed a group, so that the next file's is set off from it. */
const printedGroups = new WeakSet<ProgramContext>();

function sgr(code: string, text: string): string {
  return text === '' ? '' : `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K`;
}
