import type { Bindings } from './bindings.ts';
import { HistoryCursor } from './history-cursor.ts';
import type { Key, KeyReader } from './keys.ts';
import { layOut, promptWidth } from './layout.ts';
import { LineBuffer } from './line-buffer.ts';
import { columnsOf, commonPrefix } from './listing.ts';
import { displayWidth } from '../../text/width.ts';
import { SearchLine } from './search-line.ts';
import { ViMode } from './vi-mode.ts';

export interface Completions {
  /** Where in the line the word begins that they complete. */
  start: number;
  candidates: string[];
  /** What follows the only candidate: a space, a closing quote; nothing after a folder. */
  suffix: string;
  /** They are paths: a list shows the last parts of them. */
  paths: boolean;
}

/** What the editor needs around it. */
export interface EditorHost {
  write(text: string): void;
  /** Columns of the terminal. */
  columns(): number;
  /** False where the terminal was told not to echo (`stty -echo`). */
  echoes(): boolean;
  readonly history: readonly string[];
  readonly bindings: Bindings;
  /** `set -o vi` */
  isVi(): boolean;
  /** Candidates for the word that ends at `cursor`; `listing`: they are only shown. */
  complete(line: string, cursor: number, listing: boolean): Completions;
  /** Runs what `bind -x` put on a key. → the line and the cursor in it, as the command left them */
  runBound(command: string, line: string, cursor: number): { line: string; cursor: number };
  /** A signal interrupted the wait for a key: true ends the line as ^C does. */
  interrupted(): boolean;
}

export type Edited = { kind: 'line'; text: string } | { kind: 'interrupt' } | { kind: 'end' };

/**
 * What a command left on a line without ending it stays, with a mark after it, as in zsh: the spaces wrap when the cursor
 * is not in the first column, and the prompt is drawn on the row below; otherwise it covers the mark.
 */
const markOfUnendedLine = (columns: number): string => `\x1b[7m%\x1b[27m${' '.repeat(columns - 1)}\r`;

/** A command of a key → what ends the line, if it does. */
type Command = () => Edited | void;

/** A line editor with readline's keys: emacs' are the default, vi's come from ViMode. */
export class LineEditor {
  readonly #host: EditorHost;
  readonly #keys: KeyReader;
  readonly #line = new LineBuffer();
  readonly #history: HistoryCursor;
  readonly #search: SearchLine;
  readonly #control: Readonly<Record<string, Command>>;
  readonly #meta: Readonly<Record<string, Command>>;
  readonly #named: Readonly<Record<string, Command>>;
  readonly #viMode: ViMode;
  /** While a line is edited with vi's keys. */
  #vi: ViMode | undefined;
  #asked: string | undefined;
  #prompt = '';
  #rowsAbove = 0;
  #echoes = true;
  #prompted = false;
  /** The argument that M-1, M-2… give the next command. */
  #count = '';
  /** Presses in a row of the keys that do more the second time. */
  #tabs = 0;
  #lastWords = { pressed: 0, start: 0, length: 0 };

  constructor(host: EditorHost, keys: KeyReader) {
    this.#host = host;
    this.#keys = keys;
    this.#history = new HistoryCursor(() => host.history);
    this.#search = new SearchLine(this.#history, this.#line, () => this.#bell());
    this.#control = this.#controlKeys();
    this.#meta = this.#metaKeys();
    this.#named = this.#namedKeys();
    this.#viMode = this.#newViMode();
  }

  edit(prompt: string): Edited {
    this.#prompt = prompt;
    this.#line.reset();
    this.#history.reset();
    this.#search.end();
    this.#viMode.reset();
    this.#vi = this.#host.isVi() ? this.#viMode : undefined;
    this.#echoes = this.#host.echoes();
    this.#rowsAbove = 0;
    [this.#count, this.#tabs, this.#lastWords.pressed] = ['', 0, 0];
    // Before the first prompt nothing was printed, and a terminal that is being opened may still change its width.
    if (this.#prompted) this.#host.write(markOfUnendedLine(Math.max(1, this.#host.columns())));
    this.#prompted = true;
    this.#host.write(prompt.slice(0, prompt.lastIndexOf('\n') + 1));
    this.#draw();
    for (;;) {
      const pressed = this.#keys.next(this.#vi ? 'mode' : this.#search.active ? 'alone' : 'prefix');
      if (pressed.kind === 'end') return { kind: 'end' };
      const key = this.#bound(pressed);
      if (key === undefined || this.#typed(key)) continue;
      const done = key.kind === 'interrupted' ? this.#interruption() : this.#handle(key);
      if (done) return done;
      this.#vi?.clamp();
      this.#draw();
    }
  }

  /** What `bind` has put on the key, perhaps with keys that follow. → the key to obey; undefined: it is done */
  #bound(key: Key): Key | undefined {
    const { bindings } = this.#host;
    const first = this.#keys.raw;
    let sequence = first;
    let found = bindings.find(sequence);
    while (found === undefined && bindings.isPrefix(sequence)) {
      const next = this.#keys.next();
      if (next.kind === 'end' || next.kind === 'interrupted') break;
      sequence += this.#keys.raw;
      found = bindings.find(sequence);
    }
    if (found === undefined) {
      this.#keys.push(sequence.slice(first.length));
      return key;
    }
    if (found.kind === 'command') return found.command.key;
    if (found.kind === 'macro') this.#keys.push(found.text);
    else if (found.kind === 'shell') this.#runBound(found.text);
    else this.#bell();
    return undefined;
  }

  #runBound(command: string): void {
    this.#host.write('\r\x1b[J');
    this.#rowsAbove = 0;
    const { line, cursor } = this.#host.runBound(command, this.#line.line, this.#offset());
    this.#line.replace(line, [...line.slice(0, cursor)].length);
    this.#draw();
  }

  /** A character at the end of a line with room for it is only written. → true when it was such a key */
  #typed(key: Key): boolean {
    const line = this.#line;
    if (
      key.kind !== 'text' ||
      this.#search.active ||
      this.#vi?.isCommand ||
      this.#count !== '' ||
      line.cursor < line.text.length
    )
      return false;
    const columns = Math.max(1, this.#host.columns());
    const { cursorColumn } = layOut(line.text, line.cursor, promptWidth(this.#lastPromptLine()), columns);
    if (cursorColumn + displayWidth(key.text) >= columns) return false;
    this.#handle(key);
    if (this.#echoes) this.#host.write(key.text);
    return true;
  }

  #interruption(): Edited | undefined {
    if (!this.#host.interrupted()) return undefined;
    this.#finishLine();
    return { kind: 'interrupt' };
  }

  #newViMode(): ViMode {
    const line = this.#line;
    return new ViMode({
      line,
      history: this.#history,
      next: () => ({ key: this.#keys.next('mode'), raw: this.#keys.raw }),
      push: (raw) => this.#keys.push(raw),
      ask: (prompt) => this.#ask(prompt),
      bell: () => this.#bell(),
      comment: () => {
        line.splice(0, 0, '#');
        return this.#enter();
      },
      list: () => this.#list(this.#host.complete(line.line, this.#offset(), true)),
      complete: () => this.#complete(),
    });
  }

  /** A line of its own in the place of the edited one; undefined when it is given up. */
  #ask(prompt: string): string | undefined {
    const { line: before, cursor } = this.#line;
    this.#asked = prompt;
    this.#line.replace('');
    try {
      for (;;) {
        this.#draw();
        const key = this.#keys.next('mode');
        if (key.kind === 'text') this.#line.type(key.text);
        else if (key.kind === 'paste') this.#line.insert(key.text);
        else if (key.kind === 'named' && key.name === 'enter') return this.#line.line;
        else if (key.kind !== 'named' || key.name !== 'backspace') return undefined;
        else if (!this.#line.delete(this.#line.cursor - 1, this.#line.cursor)) return undefined;
      }
    } finally {
      this.#asked = undefined;
      this.#line.replace(before, cursor);
    }
  }

  #handle(key: Key): Edited | undefined {
    if (this.#search.active && this.#search.take(key)) return undefined;
    const taken = this.#vi?.take(key, this.#keys.raw) ?? false;
    if (taken !== false) return taken === true ? undefined : taken;
    const isTab = key.kind === 'named' && key.name === 'tab';
    if (!isTab) this.#tabs = 0;
    if (!(key.kind === 'meta' && (key.letter === '.' || key.letter === '_'))) this.#lastWords.pressed = 0;
    if (key.kind === 'meta' && /^\d$/.test(key.letter)) {
      this.#count += key.letter;
      return undefined;
    }
    if (key.kind === 'text') return this.#repeat(() => this.#line.type(key.text));
    if (key.kind === 'paste') this.#line.insert(key.text);
    else if (key.kind === 'control' && key.letter === 'x') return this.#prefixed(this.#keys.next());
    else if (key.kind === 'control') return this.#repeat(this.#control[key.letter]);
    else if (key.kind === 'meta') return this.#repeat(this.#meta[key.letter]);
    else if (key.kind === 'named') return this.#repeat(this.#named[key.name]);
    return undefined;
  }

  #repeat(command: Command | undefined): Edited | undefined {
    const times = Math.min(Number(this.#count || '1'), 1000);
    this.#count = '';
    for (let left = times; left > 0; left--) {
      const done = command?.();
      if (done) return done;
    }
    return undefined;
  }

  /** C-x and one more key. */
  #prefixed(key: Key): Edited | undefined {
    if (key.kind !== 'control') return undefined;
    if (key.letter === 'u') this.#orBell(this.#line.undo());
    else if (key.letter !== 'g') return this.#repeat(this.#control[key.letter]);
    return undefined;
  }

  #controlKeys(): Record<string, Command> {
    const line = this.#line;
    const kill = (from: () => number, to: () => number): Command => {
      return () => line.kill(from(), to());
    };
    const [at, end] = [() => line.cursor, () => line.text.length];
    const literal: Command = () => line.insert(this.#keys.literal());
    return {
      a: () => line.moveTo(0),
      b: () => line.moveTo(line.cursor - 1),
      c: () => this.#interrupt(),
      d: () => this.#deleteOrEnd(),
      e: () => line.moveTo(line.text.length),
      f: () => line.moveTo(line.cursor + 1),
      g: () => this.#bell(),
      k: kill(at, end),
      l: () => {
        this.#host.write('\x1b[H\x1b[2J');
        this.#rowsAbove = 0;
      },
      n: () => this.#recall(this.#history.step(1, line.line)),
      o: () => this.#enter(),
      p: () => this.#recall(this.#history.step(-1, line.line)),
      q: literal,
      r: () => this.#search.begin(-1),
      s: () => this.#search.begin(1),
      t: () => this.#orBell(line.transposeCharacters()),
      u: kill(() => 0, at),
      v: literal,
      w: kill(() => line.wordStart(true), at),
      y: () => this.#orBell(line.yank()),
      _: () => this.#orBell(line.undo()),
    };
  }

  #metaKeys(): Record<string, Command> {
    const line = this.#line;
    const capital = (word: string): string =>
      word.toLowerCase().replace(/[\p{L}\p{N}]/u, (letter) => letter.toUpperCase());
    return {
      b: () => line.moveTo(line.wordStart()),
      f: () => line.moveTo(line.wordEnd()),
      d: () => line.kill(line.cursor, line.wordEnd()),
      backspace: () => line.kill(line.wordStart(), line.cursor),
      y: () => this.#orBell(line.yankPop()),
      t: () => this.#orBell(line.transposeWords()),
      u: () => line.changeCase((word) => word.toUpperCase()),
      l: () => line.changeCase((word) => word.toLowerCase()),
      c: () => line.changeCase(capital),
      r: () => line.revert(),
      '<': () => this.#recall(this.#history.first(line.line)),
      '>': () => this.#recall(this.#history.last(line.line)),
      '.': () => this.#lastWord(),
      _: () => this.#lastWord(),
      '?': () => this.#list(this.#host.complete(line.line, this.#offset(), true)),
      '\\': () => {
        const spaces = (from: number, step: number): number => {
          let position = from;
          while (/[ \t]/.test(line.text[step < 0 ? position - 1 : position] ?? '')) position += step;
          return position;
        };
        line.delete(spaces(line.cursor, -1), spaces(line.cursor, 1));
      },
      '#': () => {
        line.splice(0, 0, '#');
        return this.#enter();
      },
    };
  }

  #namedKeys(): Record<string, Command> {
    const line = this.#line;
    return {
      enter: () => this.#enter(),
      backspace: () => this.#orBell(line.delete(line.cursor - 1, line.cursor)),
      delete: () => this.#orBell(line.delete(line.cursor, line.cursor + 1)),
      left: () => line.moveTo(line.cursor - 1),
      right: () => line.moveTo(line.cursor + 1),
      'word-left': () => line.moveTo(line.wordStart()),
      'word-right': () => line.moveTo(line.wordEnd()),
      home: () => line.moveTo(0),
      end: () => line.moveTo(line.text.length),
      up: () => this.#recall(this.#history.step(-1, line.line)),
      down: () => this.#recall(this.#history.step(1, line.line)),
      tab: () => this.#complete(),
      'page-up': () => this.#searchPrefix(-1),
      'page-down': () => this.#searchPrefix(1),
    };
  }

  #interrupt(): Edited {
    this.#toEnd();
    this.#host.write('^C');
    this.#finishLine();
    return { kind: 'interrupt' };
  }
  #enter(): Edited {
    this.#toEnd();
    this.#finishLine();
    return { kind: 'line', text: this.#line.line };
  }
  #deleteOrEnd(): Edited | undefined {
    if (this.#line.text.length === 0) {
      this.#finishLine();
      return { kind: 'end' };
    }
    this.#orBell(this.#line.delete(this.#line.cursor, this.#line.cursor + 1));
    return undefined;
  }

  #bell(): void {
    this.#host.write('\x07');
  }
  #orBell(done: boolean): void {
    if (!done) this.#bell();
  }
  #recall(text: string | undefined): void {
    if (text === undefined) this.#bell();
    else this.#line.replace(text, this.#vi?.isCommand ? 0 : undefined);
  }

  /** Another line of the history that begins like this one up to the cursor, which stays. */
  #searchPrefix(step: -1 | 1): void {
    const { text, cursor, line } = this.#line;
    const found = this.#history.findPrefix(text.slice(0, cursor).join(''), step, line);
    if (found === undefined) return this.#bell();
    this.#line.replace(found);
    if (cursor > 0) this.#line.moveTo(cursor);
  }

  /** The last word of the line before; pressed again, that of the line before it. */
  #lastWord(): void {
    const last = this.#lastWords;
    const word = this.#history.lastWord(last.pressed + 1);
    if (word === undefined) return this.#bell();
    const start = last.pressed > 0 ? last.start : this.#line.cursor;
    this.#line.splice(start, last.pressed > 0 ? start + last.length : start, word);
    this.#lastWords = { pressed: last.pressed + 1, start, length: [...word].length };
  }

  /** The cursor as an offset into the text. */
  #offset(): number {
    return this.#line.text.slice(0, this.#line.cursor).join('').length;
  }

  #complete(): void {
    const line = this.#line;
    const before = line.text.slice(0, line.cursor).join('');
    const found = this.#host.complete(line.line, before.length, this.#tabs > 0);
    const { start, candidates, suffix } = found;
    const [first] = candidates;
    this.#tabs++;
    if (first === undefined) return this.#bell();
    const word = before.slice(start);
    const common = candidates.reduce((prefix, candidate) => commonPrefix(prefix, candidate), first);
    const only = candidates.length === 1;
    if (
      common.length > word.length ||
      only ||
      (common !== '' && common.toLowerCase() !== word.toLowerCase())
    ) {
      const end = only && !(found.paths && common.endsWith('/')) ? suffix : '';
      line.splice(line.cursor - [...word].length, line.cursor, common + end);
      if (only) this.#tabs = 0;
      else if (this.#host.bindings.isOn('show-all-if-ambiguous')) this.#list(found);
      else this.#bell();
    } else if (this.#tabs > 1 || this.#host.bindings.isOn('show-all-if-ambiguous')) this.#list(found);
    else this.#bell();
  }

  #list({ candidates, paths }: Completions): void {
    if (candidates.length === 0) return this.#bell();
    const { cursor } = this.#line;
    const unasked = this.#host.bindings.number('completion-query-items');
    this.#toEnd();
    this.#host.write('\n');
    if (candidates.length <= unasked || this.#confirmed(candidates.length)) {
      const names = paths
        ? candidates.map((candidate) => candidate.replace(/^.*\/(?=.)/s, ''))
        : [...candidates];
      this.#host.write(columnsOf(names, this.#host.columns()));
    }
    this.#rowsAbove = 0;
    this.#line.moveTo(cursor);
  }
  #confirmed(count: number): boolean {
    this.#host.write(`Display all ${count} possibilities? (y or n)`);
    for (;;) {
      const key = this.#keys.next();
      const text = key.kind === 'text' ? key.text.toLowerCase() : '';
      const yes = text === 'y' || text === ' ';
      if (!yes && text !== 'n' && key.kind === 'text') continue;
      this.#host.write('\n');
      return yes;
    }
  }

  #toEnd(): void {
    this.#line.moveTo(this.#line.text.length);
    this.#draw();
  }
  #finishLine(): void {
    this.#host.write('\n');
    this.#rowsAbove = 0;
    this.#search.end();
  }

  #lastPromptLine(): string {
    return this.#prompt.slice(this.#prompt.lastIndexOf('\n') + 1);
  }

  /** Draws the prompt's last line and the text anew from its first row on, and puts the cursor where it belongs. */
  #draw(): void {
    const columns = Math.max(1, this.#host.columns());
    const prompt =
      this.#count === ''
        ? (this.#asked ?? this.#search.prompt ?? this.#lastPromptLine())
        : `(arg: ${this.#count}) `;
    const characters = this.#echoes ? this.#line.text : [];
    const cursor = this.#echoes ? this.#line.cursor : 0;
    const { text, rows, cursorRow, cursorColumn } = layOut(characters, cursor, promptWidth(prompt), columns);
    let out = this.#rowsAbove > 0 ? `\x1b[${this.#rowsAbove}A` : '';
    out += `\r\x1b[J${prompt}${text}`;
    if (rows > cursorRow) out += `\x1b[${rows - cursorRow}A`;
    out += `\r${cursorColumn > 0 ? `\x1b[${cursorColumn}C` : ''}`;
    this.#rowsAbove = cursorRow;
    this.#host.write(out);
  }
}
