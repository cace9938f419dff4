import { Signal } from '../../src/base/signals.ts';
import { FullScreen } from '../program/full-screen.ts';
import type { ProgramContext } from '../program/program.ts';
import { type Key, KeyReader } from '../sh/interactive/keys.ts';
import type { PagerFile } from './inputs.ts';
import { KeyLine } from './key-line.ts';
import { Position, type Shown } from './position.ts';
import { type PromptKind, promptOf, type PromptState } from './prompts.ts';
import { rowsOf } from './rows.ts';
import { matches, type Pattern, patternOf, type SearchOptions } from './search.ts';
import { PagerText } from './text.ts';

export interface PagerSettings extends SearchOptions {
  chop: boolean;
  numbers: boolean;
  rawColors: boolean;
  squeeze: boolean;
  tabStop: number;
  prompt: PromptKind;
  /** Ends at the end when asked to go on: the second time, the first time (less -e, -E). */
  readonly quitAtEnd: boolean;
  /** Shows what fits on one screen and ends (less -F). */
  readonly quitIfOneScreen: boolean;
  /** ^C ends (less -K). */
  readonly quitOnInterrupt: boolean;
  /** Uses the screen's other page (not with less -X). */
  readonly alternate: boolean;
  /** `+command` of the command line. */
  readonly first: string;
}

/** How long what has come is kept from the screen while more is awaited. */
const PARTIAL_MS = 150;
const FOLLOW_MS = 250;

/** What less shows and where it is; the keys that change it are in keys.ts. */
export class Pager {
  readonly context: ProgramContext;
  readonly settings: PagerSettings;
  readonly screen: FullScreen;
  readonly keys: KeyReader;
  readonly line: KeyLine;
  readonly position: Position;
  readonly inputs: PagerFile[];
  readonly marks = new Map<string, { file: number; top: number; topRow: number }>();
  file = 0;
  shift = 0;
  pattern: Pattern | undefined;
  backward = false;
  highlights = true;
  text: PagerText;
  #message = '';
  #fresh = true;
  /** Lines that were there when the screen was drawn of what had come so far. */
  #partialLines = -1;
  #drawn: { rows: string[]; size: string } | undefined;
  readonly #terminal: number;

  constructor(
    context: ProgramContext,
    inputs: readonly PagerFile[],
    terminal: number,
    settings: PagerSettings,
  ) {
    this.context = context;
    this.settings = settings;
    this.inputs = [...inputs];
    this.#terminal = terminal;
    const other = settings.alternate;
    this.screen = new FullScreen(context, {
      keys: terminal,
      enter: `${other ? '\x1b[?1049h' : ''}\x1b[?1h\x1b=`,
      leave: `\r\x1b[K\x1b[?1l\x1b>${other ? '\x1b[?1049l' : ''}`,
    });
    this.keys = new KeyReader(context.system.files, terminal, (waitMs) => this.#ready(terminal, waitMs));
    this.line = new KeyLine(this.keys, (text) => this.screen.write(text));
    this.text = this.#open();
    this.position = new Position({
      has: (index) => this.has(index),
      lines: () => this.text.lines,
      rows: (line) => rowsOf(line, this.#rowOptions()),
      height: () => this.height(),
    });
  }

  /** True when it fits and was printed. */
  printsOneScreen(): boolean {
    if (!this.settings.quitIfOneScreen || this.inputs.length !== 1) return false;
    let used = 0;
    for (let index = 0; this.#hasWaiting(index); index++) {
      const line = this.text.lines[index];
      used += line === undefined ? 0 : rowsOf(line, this.#rowOptions()).length;
      if (used > this.height()) return false;
    }
    for (const line of this.text.lines)
      this.screen.write(`${rowsOf(line, this.#rowOptions()).join('\r\n')}\n`);
    return true;
  }

  get input(): PagerFile {
    return this.inputs[this.file] ?? { name: '', fd: 0 };
  }
  height(): number {
    return Math.max(1, this.screen.size()[1] - 1);
  }
  say(message: string): void {
    this.#message = message;
  }

  // --- the text

  #open(): PagerText {
    const { fd, name } = this.inputs[this.file] ?? { fd: 0, name: '' };
    return new PagerText(this.context.system, fd, name, this.settings.squeeze);
  }

  /** → false when there is no such file */
  goToFile(index: number): boolean {
    if (this.inputs[index] === undefined) return false;
    this.file = index;
    this.reopen();
    [this.position.top, this.position.topRow] = [0, 0];
    this.#fresh = true;
    return true;
  }
  /** Reads the file anew, if it is one. */
  reopen(): void {
    const { files, streams } = this.context.system;
    const { name, fd } = this.input;
    if (name === '' || streams.type(fd) !== 'FILE') return;
    const again = files.open(name, 0, 0);
    if (again < 0) return;
    files.close(fd);
    this.inputs[this.file] = { name, fd: again };
    this.text = this.#open();
  }

  /** Reads on until line `index` is there. While nothing comes, what is there is shown and a key breaks it off. */
  has(index: number): boolean {
    while (this.text.lines.length <= index && !this.text.complete) {
      if (this.text.readable) this.text.read();
      else if (!this.#awaitMore()) return false;
      if (index === Infinity && this.#ready(this.#terminal, 0)) return false;
    }
    return index < this.text.lines.length;
  }
  #hasWaiting(index: number): boolean {
    while (this.text.lines.length <= index && !this.text.complete) this.text.read();
    return index < this.text.lines.length;
  }
  readAll(): void {
    this.has(Infinity);
  }
  #awaitMore(): boolean {
    const { streams } = this.context.system;
    const more = [
      { fd: this.input.fd, read: true, write: false },
      { fd: this.#terminal, read: true, write: false },
    ];
    if (streams.poll(more, null, PARTIAL_MS) === 1) return this.text.readable;
    if (this.#partialLines !== this.text.lines.length) this.#partial();
    this.#partialLines = this.text.lines.length;
    return streams.poll(more, null, null) === 1 && this.text.readable;
  }
  /** What has come so far, on the screen. */
  #partial(): void {
    const { position, text } = this;
    const rows: string[] = [];
    for (const line of text.lines.slice(position.top)) rows.push(...rowsOf(line, this.#rowOptions()));
    this.#paint(rows.slice(position.topRow, position.topRow + this.height()), '');
  }
  #ready(fd: number, waitMs: number): boolean {
    return this.context.system.streams.poll([{ fd, read: true, write: false }], null, waitMs) === 1;
  }

  // --- the screen

  #rowOptions() {
    const [columns] = this.screen.size();
    const marked = this.highlights && this.pattern?.inverted === false ? this.pattern.expression : undefined;
    return { ...this.settings, columns, shift: this.shift, pattern: marked };
  }

  state({ last, atEnd }: Shown): PromptState {
    const { text, position, inputs, file } = this;
    return {
      name: this.input.name,
      file: file + 1,
      files: inputs.length,
      next: inputs[file + 1]?.name,
      fresh: this.#fresh,
      firstLine: text.lines[position.top]?.number ?? 1,
      lastLine: text.lines[last - 1]?.number ?? 1,
      totalLines: text.complete ? text.lines.at(-1)?.number : undefined,
      bytes: text.lines[last - 1]?.end ?? 0,
      totalBytes: text.sizeBytes,
      atEnd,
    };
  }

  /** → true when it says something that a key takes away */
  draw(): boolean {
    this.#partialLines = -1;
    const says = this.#message !== '';
    const shown = this.position.shown();
    const state = this.state(shown);
    const said = says ? `${this.#message}  (press RETURN)` : promptOf(this.settings.prompt, state);
    const prompt = (this.text.filtered ? '& ' : '') + (said === '' ? ':' : `\x1b[7m${said}\x1b[27m`);
    this.#message = '';
    this.#fresh = false;
    this.#paint(shown.rows, prompt);
    return says;
  }

  /** Draws the rows. What only moves up is moved by the terminal, so that a screen without another page keeps it. */
  #paint(rows: readonly string[], prompt: string): void {
    const [columns, height] = this.screen.size();
    const before = this.#drawn;
    const size = `${columns}x${height}`;
    const filled = [...rows];
    const drawn = (row: string): string => `\r\x1b[K${row}\x1b[m\r\n`;
    // The first screen of a short text stands where the cursor was, without the rows below.
    if (before !== undefined) while (filled.length < height - 1) filled.push('\x1b[1m~');
    this.#drawn = { rows: filled, size };
    const moved =
      before?.size === size && before.rows.length === filled.length ? stepUp(before.rows, filled) : -1;
    const text =
      before === undefined
        ? filled.map(drawn).join('')
        : moved >= 0
          ? filled
              .slice(filled.length - moved)
              .map(drawn)
              .join('')
          : `\x1b[H${filled.map(drawn).join('')}`;
    this.screen.write(`${text}\r\x1b[K${prompt}`);
  }
  /** The screen is not as it was left. */
  forget(): void {
    this.#drawn = this.#drawn && { rows: [], size: '' };
  }
  /** What is shown is drawn again from a clean screen. */
  repaint(): void {
    this.forget();
    this.screen.write('\x1b[H\x1b[J');
  }

  // --- looking for

  search(typed: string, backward: boolean, count: number): void {
    if (typed === '' && this.pattern === undefined) return this.say('No previous regular expression');
    if (typed !== '') this.pattern = patternOf(typed, this.settings);
    this.backward = backward;
    this.highlights = true;
    // A new pattern is looked for on the screen too.
    const { last } = this.position.shown();
    const from = typed === '' ? undefined : backward ? last - 1 : this.position.top;
    this.find(backward, count, from);
  }

  find(backward: boolean, count: number, from?: number): void {
    const { pattern, position } = this;
    if (pattern === undefined) return this.say('No previous regular expression');
    const step = backward ? -1 : 1;
    let left = count;
    for (let index = from ?? position.top + step; index >= 0 && this.has(index); index += step) {
      if (!matches(pattern, this.text.lines[index]?.text ?? '') || --left > 0) continue;
      this.mark("'");
      [position.top, position.topRow] = [index, 0];
      return;
    }
    this.say('Pattern not found');
  }

  filter(typed: string): void {
    const pattern = typed === '' ? undefined : patternOf(typed, this.settings);
    const number = this.text.lines[this.position.top]?.number ?? 1;
    this.text.filterBy(pattern && ((text) => matches(pattern, text)));
    if (pattern) this.pattern = pattern;
    let index = 0;
    while (this.has(index) && (this.text.lines[index]?.number ?? 0) < number) index++;
    this.position.goTo(this.has(index) ? index : 0);
  }

  // --- places

  mark(letter: string): void {
    const { top, topRow } = this.position;
    this.marks.set(letter, { file: this.file, top, topRow });
  }
  goToMark(letter: string): void {
    const place = letter === '^' ? { file: this.file, top: 0, topRow: 0 } : this.marks.get(letter);
    if (letter === "'" && place === undefined) return this.position.goTo(0);
    if (place === undefined) return this.say('Mark not set');
    this.mark("'");
    if (place.file !== this.file) this.goToFile(place.file);
    this.position.goTo(place.top);
    this.position.topRow = place.topRow;
  }

  /** Shows what is added to the text, until a key or ^C. */
  follow(): void {
    this.readAll();
    for (;;) {
      this.position.toEnd();
      this.say('Waiting for data... (interrupt to abort)');
      this.#paint(this.position.shown().rows, `\x1b[7m${this.#message}\x1b[27m`);
      this.#message = '';
      if (this.#ready(this.#terminal, FOLLOW_MS)) return void this.keys.next();
      if (this.screen.signalled() === Signal.SIGINT) return;
      this.text.resume();
      while (!this.text.complete && this.text.readable) this.text.read();
    }
  }

  key(): Key {
    return this.keys.next();
  }
}

/** By how many rows `after` is `before` moved up; -1 when it is not. */
function stepUp(before: readonly string[], after: readonly string[]): number {
  for (let step = 0; step < before.length; step++)
    if (before.slice(step).every((row, index) => row === after[index])) return step;
  return -1;
}
