import { Signal } from '../../src/base/signals.ts';
import type { FileCalls } from '../../polyfills/system.ts';
import type { ProgramContext } from '../program.ts';
import { type Key, KeyReader } from '../sh/interactive/keys.ts';
import { terminalSize } from '../terminal.ts';
import { PagerText, type PagerOptions, withoutEscapes } from './text.ts';

export interface PagerSettings extends PagerOptions {
  /** Ends at the end of the last file when asked to go on (more; less -E). */
  readonly quitAtEnd: boolean;
  /** Shows what fits on one screen and ends (less -F). */
  readonly quitIfOneScreen: boolean;
  /** Uses the screen's other page (not with less -X). */
  readonly alternate: boolean;
  readonly ignoreCase: boolean;
  /** `+command` of the command line. */
  readonly first: string;
  /** What stands in the last row. */
  readonly prompt: (state: {
    name: string;
    last: number;
    total: number | undefined;
    atEnd: boolean;
    next: string | undefined;
  }) => string;
}

export interface PagerFile {
  readonly name: string;
  readonly fd: number;
}

const RAW = 1;
const COOKED = 0;
const SHIFT_COLUMNS = 40;
const FOLLOW_MS = 250;
const HELP = `
  q               end                   h               this
  j, Enter, Down  a line on             k, Up           a line back
  Space, f, PgDn  a screen on           b, PgUp         a screen back
  d               half a screen on      u               half a screen back
  g, Home         to the first line (or line N)
  G, End          to the last line (or line N)
  /text           search on             ?text           search back
  n               next match            N               match before
  Left, Right     to the side           F               follow the end (until ^C)
  :n  :p          next file, file before                =  where we are

  A number before a command repeats it. Any key goes back.`;

/** less and more: text on a terminal, a screen at a time. */
export class Pager {
  readonly #context: ProgramContext;
  readonly #files: FileCalls;
  readonly #settings: PagerSettings;
  readonly #inputs: readonly PagerFile[];
  readonly #terminal: number;
  readonly #keys: KeyReader;
  #file = 0;
  #text: PagerText;
  #top = 0;
  /** Row within the first line. */
  #topRow = 0;
  #shift = 0;
  #pattern: RegExp | undefined;
  #backward = false;
  #message = '';

  constructor(
    context: ProgramContext,
    inputs: readonly PagerFile[],
    terminal: number,
    settings: PagerSettings,
  ) {
    this.#context = context;
    this.#files = context.system.files;
    this.#settings = settings;
    this.#inputs = inputs;
    this.#terminal = terminal;
    this.#keys = new KeyReader(this.#files, terminal);
    this.#text = this.#open();
  }

  run(): void {
    const { streams, unix } = this.#context.system;
    if (this.#settings.quitIfOneScreen && this.#inputs.length === 1 && this.#fitsOneScreen())
      return this.#printAll();
    unix.signalAction(Signal.SIGWINCH, 'catch');
    unix.signalAction(Signal.SIGINT, 'catch');
    streams.setRawMode(this.#terminal, RAW);
    if (this.#settings.alternate) this.#write('\x1b[?1049h');
    this.#write('\x1b[?1h\x1b=');
    try {
      this.#begin();
      for (;;) {
        this.#draw();
        if (!this.#command()) return;
      }
    } finally {
      this.#write(`\r\x1b[K\x1b[?1l\x1b>${this.#settings.alternate ? '\x1b[?1049l' : ''}`);
      streams.setRawMode(this.#terminal, COOKED);
    }
  }

  #open(): PagerText {
    const { fd, name } = this.#inputs[this.#file] ?? { fd: 0, name: '' };
    return new PagerText(this.#files, fd, name, this.#settings);
  }

  #begin(): void {
    const { first } = this.#settings;
    if (first.startsWith('/')) this.#search(first.slice(1), false);
    else if (first === 'G') this.#toEnd();
    else if (first === 'F') this.#follow();
    else if (/^\d+$/.test(first)) this.#goTo(Number(first) - 1);
  }

  #size(): [columns: number, rows: number] {
    return terminalSize(this.#context, 1) ?? terminalSize(this.#context, this.#terminal) ?? [80, 24];
  }

  #fitsOneScreen(): boolean {
    const [columns, rows] = this.#size();
    let used = 0;
    for (let index = 0; this.#text.has(index); index++) {
      used += this.#text.rows(index, columns, 0).length;
      if (used >= rows) return false;
    }
    return true;
  }

  #printAll(): void {
    const [columns] = this.#size();
    for (let index = 0; this.#text.has(index); index++)
      this.#write(`${this.#text.rows(index, columns, 0).join('\r\n')}\n`);
  }

  /** Rows from the top on, at most a screen. */
  #screen(): { rows: string[]; last: number; atEnd: boolean } {
    const [columns, height] = this.#size();
    const rows: string[] = [];
    let index = this.#top;
    let skip = this.#topRow;
    for (; rows.length < height - 1 && this.#text.has(index); index++) {
      rows.push(...this.#text.rows(index, columns, this.#shift).slice(skip));
      skip = 0;
    }
    const whole = rows.length <= height - 1;
    return { rows: rows.slice(0, height - 1), last: index, atEnd: whole && !this.#text.has(index) };
  }

  #draw(): void {
    const [, height] = this.#size();
    const { rows, last, atEnd } = this.#screen();
    const shown = rows.map((row) => this.#highlighted(row));
    while (shown.length < height - 1) shown.push(this.#settings.alternate ? '~' : '');
    const { name } = this.#inputs[this.#file] ?? { name: '' };
    const next = this.#inputs[this.#file + 1]?.name;
    const total = this.#text.complete ? this.#text.lines.length : undefined;
    const prompt =
      this.#message !== ''
        ? `\x1b[7m${this.#message}\x1b[27m`
        : this.#settings.prompt({ name, last, total, atEnd, next });
    this.#message = '';
    this.#write(`\x1b[H${shown.map((row) => `${row}\x1b[m\x1b[K\r\n`).join('')}${prompt}\x1b[K`);
  }

  #highlighted(row: string): string {
    const pattern = this.#pattern;
    if (pattern === undefined || row.includes('\x1b')) return row;
    return row.replace(new RegExp(pattern.source, `${pattern.flags}g`), (match) =>
      match === '' ? '' : `\x1b[7m${match}\x1b[27m`,
    );
  }

  /** One key, with the number before it. → false to end */
  #command(): boolean {
    let count = '';
    for (;;) {
      const key = this.#keys.next();
      if (key.kind === 'text' && /\d/.test(key.text) && !(key.text === '0' && count === '')) {
        count += key.text;
        this.#write(`\r\x1b[K:${count}`);
        continue;
      }
      return this.#run(key, count === '' ? undefined : Number(count));
    }
  }

  #run(key: Key, count: number | undefined): boolean {
    const [, height] = this.#size();
    const page = height - 1;
    const half = Math.max(1, Math.floor(page / 2));
    const name = nameOf(key);
    switch (name) {
      case 'q':
      case 'Q':
      case '^c':
      case 'end-of-input':
        return false;
      case 'resize':
        this.#context.system.unix.takeSignals();
        return true;
      case 'j':
      case 'e':
      case 'enter':
      case 'down':
      case '^n':
      case '^e':
        return this.#forward(count ?? 1);
      case 'k':
      case 'y':
      case 'up':
      case '^p':
      case '^y':
        return this.#back(count ?? 1);
      case ' ':
      case 'f':
      case 'z':
      case 'page-down':
      case '^f':
      case '^v':
        return this.#forward(count ?? page);
      case 'b':
      case 'w':
      case 'page-up':
      case '^b':
        return this.#back(count ?? page);
      case 'd':
      case '^d':
        return this.#forward(count ?? half);
      case 'u':
      case '^u':
        return this.#back(count ?? half);
      default:
        return this.#otherCommand(name, count);
    }
  }

  #otherCommand(name: string, count: number | undefined): boolean {
    switch (name) {
      case 'g':
      case 'home':
      case '<':
        this.#goTo((count ?? 1) - 1);
        return true;
      case 'G':
      case 'end':
      case '>':
        if (count === undefined) this.#toEnd();
        else this.#goTo(count - 1);
        return true;
      case '/':
      case '?':
        this.#askSearch(name === '?');
        return true;
      case 'n':
      case 'N':
        this.#findNext((name === 'N') !== this.#backward, true);
        return true;
      case 'left':
      case 'right':
        this.#shift = Math.max(0, this.#shift + (name === 'left' ? -1 : 1) * (count ?? SHIFT_COLUMNS));
        return true;
      case 'F':
        this.#follow();
        return true;
      case ':':
        return this.#colon();
      case '=':
        this.#message = `${this.#inputs[this.#file]?.name ?? ''} lines ${this.#top + 1}-${this.#screen().last}${this.#text.complete ? `/${this.#text.lines.length}` : ''}`;
        return true;
      case 'h':
      case 'H':
        this.#write(`\x1b[H\x1b[J${HELP.replaceAll('\n', '\r\n')}`);
        this.#keys.next();
        return true;
      default:
        return true;
    }
  }

  #forward(count: number): boolean {
    const [columns] = this.#size();
    for (let left = count; left > 0; left--) {
      const { atEnd } = this.#screen();
      if (atEnd) {
        if (!this.#settings.quitAtEnd || left !== count) return true;
        return this.#nextFile(1);
      }
      const rows = this.#text.rows(this.#top, columns, this.#shift).length;
      if (++this.#topRow >= rows) {
        this.#topRow = 0;
        this.#top++;
      }
    }
    return true;
  }

  #back(count: number): boolean {
    const [columns] = this.#size();
    for (let left = count; left > 0; left--) {
      if (this.#topRow > 0) this.#topRow--;
      else if (this.#top > 0) {
        this.#top--;
        this.#topRow = this.#text.rows(this.#top, columns, this.#shift).length - 1;
      }
    }
    return true;
  }

  #goTo(line: number): void {
    const index = Math.max(0, line);
    this.#topRow = 0;
    if (this.#text.has(index)) this.#top = index;
    else this.#toEnd();
  }

  #toEnd(): void {
    this.#text.readAll();
    const [, height] = this.#size();
    this.#top = this.#text.lines.length;
    this.#topRow = 0;
    this.#back(height - 1);
  }

  #colon(): boolean {
    this.#write('\r\x1b[K:');
    const name = nameOf(this.#keys.next());
    if (name === 'q') return false;
    if (name === 'n' && !this.#nextFile(1)) this.#message = 'No next file';
    if (name === 'p' && !this.#nextFile(-1)) this.#message = 'No previous file';
    return true;
  }

  #nextFile(step: number): boolean {
    if (this.#inputs[this.#file + step] === undefined) return false;
    this.#file += step;
    this.#text = this.#open();
    [this.#top, this.#topRow] = [0, 0];
    return true;
  }

  #askSearch(backward: boolean): void {
    const text = this.#line(backward ? '?' : '/');
    if (text === undefined) return;
    this.#search(text, backward);
  }

  #search(text: string, backward: boolean): void {
    this.#backward = backward;
    if (text !== '') {
      const flags = this.#settings.ignoreCase && text === text.toLowerCase() ? 'iu' : 'u';
      try {
        this.#pattern = new RegExp(text, flags);
      } catch {
        this.#pattern = new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), flags);
      }
    }
    this.#findNext(backward, text === '');
  }

  #findNext(backward: boolean, fromNext: boolean): void {
    const pattern = this.#pattern;
    if (pattern === undefined) {
      this.#message = 'No previous regular expression';
      return;
    }
    const step = backward ? -1 : 1;
    for (
      let index = this.#top + (fromNext || backward ? step : 0);
      index >= 0 && this.#text.has(index);
      index += step
    ) {
      if (!pattern.test(withoutEscapes(this.#text.lines[index] ?? ''))) continue;
      [this.#top, this.#topRow] = [index, 0];
      return;
    }
    this.#message = 'Pattern not found';
  }

  /** A line typed in the last row; undefined when it is given up. */
  #line(prompt: string): string | undefined {
    let text = '';
    for (;;) {
      this.#write(`\r\x1b[K${prompt}${text}`);
      const key = this.#keys.next();
      if (key.kind === 'text' || key.kind === 'paste') text += key.text;
      else if (key.kind === 'named' && key.name === 'enter') return text;
      else if (key.kind === 'named' && key.name === 'backspace') {
        if (text === '') return undefined;
        text = [...text].slice(0, -1).join('');
      } else if (key.kind === 'control' && key.letter === 'u') text = '';
      else if (key.kind === 'end' || (key.kind === 'control' && key.letter === 'c')) return undefined;
    }
  }

  /** Shows what is added to the file, until a key. */
  #follow(): void {
    const { fd } = this.#inputs[this.#file] ?? { fd: 0 };
    const { streams, unix } = this.#context.system;
    this.#toEnd();
    for (;;) {
      this.#message = 'Waiting for data... (interrupt to abort)';
      this.#draw();
      if (streams.poll([{ fd: this.#terminal, read: true, write: false }], null, FOLLOW_MS) === 1) {
        this.#keys.next();
        return;
      }
      if (unix.takeSignals().includes(Signal.SIGINT)) return;
      const more = new PagerText(this.#files, fd, '', this.#settings);
      more.readAll();
      if (more.lines.length === 0) continue;
      this.#text.lines.push(...more.lines);
      this.#toEnd();
    }
  }

  #write(text: string): void {
    this.#context.stdout.write(text);
    this.#context.stdout.flush();
  }
}

function nameOf(key: Key): string {
  if (key.kind === 'text') return key.text;
  if (key.kind === 'control') return `^${key.letter}`;
  if (key.kind === 'named') return key.name;
  if (key.kind === 'interrupted') return 'resize';
  return key.kind === 'end' ? 'end-of-input' : '';
}
