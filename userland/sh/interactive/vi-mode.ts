import type { Edited } from './editor.ts';
import type { HistoryCursor } from './history-cursor.ts';
import type { Key } from './keys.ts';
import type { LineBuffer } from './line-buffer.ts';
import { type Find, findCharacter, type Motion, motion, oppositeOf } from './vi-motions.ts';

/** What vi mode needs of the editor around it. */
export interface ViHost {
  readonly line: LineBuffer;
  readonly history: HistoryCursor;
  /** The next key, and the bytes that it came as. */
  next(): { key: Key; raw: string };
  /** These bytes come next. */
  push(raw: string): void;
  /** Lets a pattern be typed; undefined when the user thought better of it. */
  ask(prompt: string): string | undefined;
  bell(): void;
  /** Enters the line as a comment. */
  comment(): Edited;
  list(): void;
  complete(): void;
}

type Command = (count: number) => Edited | void;

const COUNT_MAX = 1000;
const FINDS = 'fFtT';
const OPERATORS = 'dcy';
/** Commands that `.` does again. */
const CHANGES = new Set([...'xXsSrR~pPdcDCiaIA']);

/**
 * vi's keys, as readline's vi mode has them: each line begins in insert mode, where the editor's own keys do their work;
 * Escape leads to the commands.
 */
export class ViMode {
  readonly #host: ViHost;
  readonly #commands: Readonly<Record<string, Command>>;
  #mode: 'insert' | 'replace' | 'command' = 'insert';
  #count = '';
  #find: Find | undefined;
  #pattern: { text: string; step: -1 | 1 } = { text: '', step: -1 };
  /** Bytes of the command that is being given, with what is typed until Escape. */
  #given = '';
  #change = '';
  /** No command was given yet: what was typed before the first one is not undone (POSIX, vi line editing). */
  #isFresh = true;

  constructor(host: ViHost) {
    this.#host = host;
    this.#commands = { ...this.#edits(), ...this.#inserts(), ...this.#recalls() };
  }

  get isCommand(): boolean {
    return this.#mode === 'command';
  }

  reset(): void {
    this.#mode = 'insert';
    // What is typed first is an insertion that `.` repeats.
    [this.#count, this.#given, this.#isFresh] = ['', 'i', true];
  }

  /** → what ends the line; true when the key is done; false: it is for the editor */
  take(key: Key, raw: string): Edited | boolean {
    if (this.#mode === 'command') return this.#obey(key, raw);
    this.#given += raw;
    if (key.kind === 'control' && key.letter === '[') {
      this.#settle();
      if (this.#isFresh) this.#host.line.forget();
      this.#isFresh = false;
      this.#host.line.moveTo(this.#host.line.cursor - 1);
      return true;
    }
    return this.#mode === 'replace' && this.#overwrite(key);
  }

  /** In command mode the cursor stands on a character. */
  clamp(): void {
    const { line } = this.#host;
    if (this.isCommand && line.cursor > 0 && line.cursor >= line.text.length)
      line.cursor = line.text.length - 1;
  }

  #settle(): void {
    this.#mode = 'command';
    this.#host.line.ungroup();
    if (CHANGES.has(this.#given.replace(/^[1-9]\d*/, '').charAt(0))) this.#change = this.#given;
    this.#given = '';
  }

  #overwrite(key: Key): boolean {
    const { line } = this.#host;
    if (key.kind === 'named' && key.name === 'backspace') line.moveTo(line.cursor - 1);
    else if (key.kind === 'text' && line.cursor < line.text.length)
      line.splice(line.cursor, line.cursor + 1, key.text);
    else return false;
    return true;
  }

  #obey(key: Key, raw: string): Edited | boolean {
    if (key.kind === 'control' && key.letter === '[') {
      [this.#count, this.#given] = ['', ''];
      this.#host.bell();
      return true;
    }
    const letter =
      key.kind === 'named' && key.name === 'backspace' ? 'h' : key.kind === 'text' ? key.text : '';
    if (letter === '') {
      [this.#count, this.#given] = ['', ''];
      return false;
    }
    this.#given += raw;
    if (/[1-9]/.test(letter) || (letter === '0' && this.#count !== '')) {
      this.#count += letter;
      return true;
    }
    const count = this.#takeCount();
    const done = this.#run(letter, count ?? 1, count !== undefined);
    if (this.isCommand) this.#settle();
    this.clamp();
    return done ?? true;
  }

  #takeCount(): number | undefined {
    const count = this.#count === '' ? undefined : Math.min(Number(this.#count), COUNT_MAX);
    this.#count = '';
    return count;
  }

  #run(letter: string, count: number, isCounted: boolean): Edited | void {
    const { line, bell } = this.#host;
    if (letter === 'G') return this.#fetch(isCounted ? count : undefined);
    const command = this.#commands[letter];
    if (command !== undefined) return command(count);
    if (OPERATORS.includes(letter)) return this.#operate(letter, count);
    const found = this.#motion(letter, count);
    if (found === undefined) bell();
    else line.moveTo(found.to);
  }

  #read(): Key {
    const { key, raw } = this.#host.next();
    this.#given += raw;
    return key;
  }
  #character(): string | undefined {
    const key = this.#read();
    return key.kind === 'text' ? key.text : undefined;
  }

  #motion(letter: string, count: number): Motion | undefined {
    const { text, cursor } = this.#host.line;
    if (FINDS.includes(letter)) {
      const character = this.#character();
      if (character === undefined) return undefined;
      this.#find = { kind: letter as Find['kind'], character };
      return findCharacter(text, cursor, this.#find, count);
    }
    if (letter === ';' || letter === ',') {
      const last = this.#find;
      if (last === undefined) return undefined;
      return findCharacter(text, cursor, letter === ';' ? last : oppositeOf(last), count);
    }
    return motion(text, cursor, letter, count);
  }

  /** `d`, `c` or `y`, and how far. */
  #operate(operator: string, count: number): void {
    const { line, bell } = this.#host;
    let letter = this.#character();
    let further = '';
    while (letter !== undefined && (/[1-9]/.test(letter) || (letter === '0' && further !== ''))) {
      further += letter;
      letter = this.#character();
    }
    if (letter === undefined) return bell();
    const times = Math.min(count * (further === '' ? 1 : Number(further)), COUNT_MAX);
    if (letter === operator) return this.#apply(operator, 0, line.text.length);
    const found = this.#motion(letter, times);
    // `dt,` in front of the comma does nothing in readline.
    const staysThere = found?.to === line.cursor && 'tT;,'.includes(letter);
    if (found === undefined || staysThere) return bell();
    const from = Math.min(found.to, line.cursor);
    let to = Math.max(found.to, line.cursor) + (found.inclusive ? 1 : 0);
    // `cw` leaves the spaces behind the word, as `ce` does.
    if (operator === 'c' && /w/i.test(letter) && !/\s/.test(line.text[from] ?? ' '))
      while (to > from + 1 && /\s/.test(line.text[to - 1] ?? '')) to--;
    this.#apply(operator, from, to);
  }

  #apply(operator: string, from: number, to: number): void {
    const { line } = this.#host;
    const end = Math.min(to, line.text.length);
    line.rest();
    if (operator === 'y') return line.copy(from, end);
    if (operator === 'c') {
      line.group();
      this.#mode = 'insert';
    }
    line.kill(from, end);
  }

  /** Commands that change the line at the cursor. */
  #edits(): Record<string, Command> {
    const { line } = this.#host;
    const toEnd = (operator: string) => (): void => this.#apply(operator, line.cursor, line.text.length);
    return {
      x: (count) => this.#apply('d', line.cursor, Math.min(line.text.length, line.cursor + count)),
      X: (count) => this.#apply('d', Math.max(0, line.cursor - count), line.cursor),
      s: (count) => this.#apply('c', line.cursor, Math.min(line.text.length, line.cursor + count)),
      S: () => this.#apply('c', 0, line.text.length),
      D: toEnd('d'),
      C: toEnd('c'),
      Y: toEnd('y'),
      p: (count) => this.#put(count, 1),
      P: (count) => this.#put(count, 0),
      r: (count) => this.#replace(count),
      '~': (count) => this.#toggleCase(count),
      u: () => this.#orBell(line.undo()),
      U: () => line.revert(),
      '.': (count) => {
        if (this.#change === '') return this.#host.bell();
        this.#given = '';
        this.#host.push(this.#change.repeat(count));
      },
    };
  }

  #inserts(): Record<string, Command> {
    const { line } = this.#host;
    const insertAt = (position: () => number) => (): void => {
      line.moveTo(position());
      this.#mode = 'insert';
    };
    return {
      i: insertAt(() => line.cursor),
      a: insertAt(() => line.cursor + 1),
      I: insertAt(() => 0),
      A: insertAt(() => line.text.length),
      R: () => {
        line.group();
        this.#mode = 'replace';
      },
      _: () => {
        const word = this.#host.history.lastWord(1);
        if (word === undefined) return this.#host.bell();
        line.moveTo(line.cursor + 1);
        line.insert(` ${word}`);
        this.#mode = 'insert';
      },
      '\\': () => {
        insertAt(() => line.cursor + 1)();
        this.#host.complete();
      },
      '=': () => this.#host.list(),
      '#': () => this.#host.comment(),
    };
  }

  /** Commands that bring other lines. */
  #recalls(): Record<string, Command> {
    const { line, history } = this.#host;
    const walk = (step: -1 | 1) => (count: number) => this.#recall(history.step(step * count, line.line));
    const search = (step: -1 | 1, prompt: string) => (): void => {
      const text = this.#host.ask(prompt);
      if (text === undefined) return;
      this.#pattern = { text: text === '' ? this.#pattern.text : text, step };
      this.#search(step);
    };
    return {
      k: walk(-1),
      '-': walk(-1),
      j: walk(1),
      '+': walk(1),
      '/': search(-1, '/'),
      '?': search(1, '?'),
      n: () => this.#search(this.#pattern.step),
      N: () => this.#search(this.#pattern.step === 1 ? -1 : 1),
    };
  }

  /** The nearest other line with the pattern in it; one that begins with `^` stands at the line's start. */
  #search(step: -1 | 1): void {
    const { line, history } = this.#host;
    const { text } = this.#pattern;
    if (text === '') return this.#host.bell();
    this.#recall(
      text.startsWith('^')
        ? history.findPrefix(text.slice(1), step, line.line)
        : history.find(text, step, true, line.line),
    );
  }

  #fetch(number: number | undefined): void {
    const { line, history } = this.#host;
    this.#recall(number === undefined ? history.first(line.line) : history.goTo(number - 1, line.line));
  }

  #recall(text: string | undefined): void {
    if (text === undefined) this.#host.bell();
    else this.#host.line.replace(text, 0);
  }

  #put(count: number, after: 0 | 1): void {
    const { line } = this.#host;
    line.moveTo(line.cursor + after);
    for (let left = count; left > 0; left--)
      if (!line.yank()) {
        this.#host.bell();
        break;
      }
    line.moveTo(line.cursor - 1);
  }

  #replace(count: number): void {
    const { line } = this.#host;
    const character = this.#character();
    const end = Math.min(line.text.length, line.cursor + count);
    if (character === undefined || end === line.cursor) return this.#host.bell();
    line.splice(line.cursor, end, character.repeat(end - line.cursor));
    line.moveTo(line.cursor - 1);
  }

  #toggleCase(count: number): void {
    const { line } = this.#host;
    const end = Math.min(line.text.length, line.cursor + count);
    const toggled = line.text
      .slice(line.cursor, end)
      .map((each) => (each === each.toUpperCase() ? each.toLowerCase() : each.toUpperCase()));
    line.splice(line.cursor, end, toggled.join(''));
  }

  #orBell(done: boolean): void {
    if (!done) this.#host.bell();
  }
}
