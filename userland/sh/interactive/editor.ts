import type { Key, KeyReader } from './keys.ts';

/** What the editor needs around it. */
export interface EditorHost {
  write(text: string): void;
  /** Columns of the terminal. */
  columns(): number;
  readonly history: readonly string[];
  /** Candidates for the word that ends at `cursor`, and where that word begins. */
  complete(line: string, cursor: number): { start: number; candidates: string[] };
  /** A signal interrupted the wait for a key: true ends the line as ^C does. */
  interrupted(): boolean;
}

export type Edited = { kind: 'line'; text: string } | { kind: 'interrupt' } | { kind: 'end' };

const ANSI = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x01\x02]/g;

/** Columns that a prompt takes. */
const visibleLength = (text: string): number => [...text.replace(ANSI, '')].length;

/**
 * What a command left on a line without ending it stays, with a mark after it, as in zsh: the spaces wrap when the cursor
 * is not in the first column, and the prompt is drawn on the row below; otherwise it covers the mark.
 */
const markOfUnendedLine = (columns: number): string => `\x1b[7m%\x1b[27m${' '.repeat(columns - 1)}\r`;

/** A line editor with emacs keys, as readline's defaults are. */
export class LineEditor {
  readonly #host: EditorHost;
  readonly #keys: KeyReader;
  #prompt = '';
  #text: string[] = [];
  #cursor = 0;
  #killed = '';
  #historyAt = 0;
  #draft = '';
  #rowsAbove = 0;
  #search: string | undefined;

  constructor(host: EditorHost, keys: KeyReader) {
    this.#host = host;
    this.#keys = keys;
  }

  edit(prompt: string): Edited {
    this.#prompt = prompt;
    this.#text = [];
    this.#cursor = 0;
    this.#rowsAbove = 0;
    this.#historyAt = this.#host.history.length;
    this.#host.write(markOfUnendedLine(Math.max(1, this.#host.columns())));
    this.#draw();
    for (;;) {
      const key = this.#keys.next();
      if (key.kind === 'end') return { kind: 'end' };
      if (this.#typed(key)) continue;
      const done = key.kind === 'interrupted' ? this.#interruption() : this.#handle(key);
      if (done !== undefined) return done;
      this.#draw();
    }
  }

  /** A character at the end of a line with room for it is only written. → true when it was such a key */
  #typed(key: Key): boolean {
    if (
      key.kind !== 'text' ||
      this.#search !== undefined ||
      this.#cursor < this.#text.length ||
      this.#text.includes('\n')
    )
      return false;
    const column =
      visibleLength(this.#prompt.slice(this.#prompt.lastIndexOf('\n') + 1)) + this.#text.length + 1;
    if (column % Math.max(1, this.#host.columns()) === 0) return false;
    this.#insert(key.text);
    this.#host.write(key.text);
    return true;
  }

  #interruption(): Edited | undefined {
    if (!this.#host.interrupted()) return undefined;
    this.#finishLine();
    return { kind: 'interrupt' };
  }

  #handle(key: Key): Edited | undefined {
    if (this.#search !== undefined && this.#searchKey(key)) return undefined;
    switch (key.kind) {
      case 'text':
        this.#insert(key.text);
        return undefined;
      case 'paste':
        this.#insert(key.text.replace(/\n$/, ''));
        return undefined;
      case 'control':
        return this.#control(key.letter);
      case 'meta':
        this.#meta(key.letter);
        return undefined;
      case 'named':
        return this.#named(key.name);
      default:
        return undefined;
    }
  }

  #control(letter: string): Edited | undefined {
    switch (letter) {
      case 'c':
        this.#cursor = this.#text.length;
        this.#draw();
        this.#host.write('^C');
        this.#finishLine();
        return { kind: 'interrupt' };
      case 'd':
        if (this.#text.length === 0) {
          this.#finishLine();
          return { kind: 'end' };
        }
        this.#text.splice(this.#cursor, 1);
        break;
      case 'a':
        this.#cursor = 0;
        break;
      case 'e':
        this.#cursor = this.#text.length;
        break;
      case 'b':
        this.#cursor = Math.max(0, this.#cursor - 1);
        break;
      case 'f':
        this.#cursor = Math.min(this.#text.length, this.#cursor + 1);
        break;
      case 'p':
        this.#recall(-1);
        break;
      case 'n':
        this.#recall(1);
        break;
      default:
        this.#edit(letter);
    }
    return undefined;
  }

  #edit(letter: string): void {
    if (letter === 'k') this.#kill(this.#cursor, this.#text.length);
    else if (letter === 'u') this.#kill(0, this.#cursor);
    else if (letter === 'w') this.#kill(this.#wordStart(/\s/), this.#cursor);
    else if (letter === 'y') this.#insert(this.#killed);
    else if (letter === 't') this.#transpose();
    else if (letter === 'l') this.#host.write('\x1b[2J\x1b[H');
    else if (letter === 'r') this.#search = '';
  }

  #meta(letter: string): void {
    if (letter === 'b') this.#cursor = this.#wordStart(/\W/);
    else if (letter === 'f') this.#cursor = this.#wordEnd();
    else if (letter === 'd') this.#kill(this.#cursor, this.#wordEnd());
    else if (letter === 'backspace') this.#kill(this.#wordStart(/\W/), this.#cursor);
    else if (letter === '.') this.#insert(this.#host.history.at(-1)?.split(/\s+/).at(-1) ?? '');
  }

  #named(name: (Key & { kind: 'named' })['name']): Edited | undefined {
    switch (name) {
      case 'enter':
        this.#cursor = this.#text.length;
        this.#draw();
        this.#finishLine();
        return { kind: 'line', text: this.#text.join('') };
      case 'backspace':
        if (this.#cursor > 0) this.#text.splice(--this.#cursor, 1);
        break;
      case 'delete':
        this.#text.splice(this.#cursor, 1);
        break;
      case 'left':
        this.#cursor = Math.max(0, this.#cursor - 1);
        break;
      case 'right':
        this.#cursor = Math.min(this.#text.length, this.#cursor + 1);
        break;
      case 'word-left':
        this.#cursor = this.#wordStart(/\W/);
        break;
      case 'word-right':
        this.#cursor = this.#wordEnd();
        break;
      case 'home':
        this.#cursor = 0;
        break;
      case 'end':
        this.#cursor = this.#text.length;
        break;
      case 'up':
        this.#recall(-1);
        break;
      case 'down':
        this.#recall(1);
        break;
      case 'tab':
        this.#complete();
    }
    return undefined;
  }

  #insert(text: string): void {
    const characters = [...text];
    this.#text.splice(this.#cursor, 0, ...characters);
    this.#cursor += characters.length;
  }
  #kill(from: number, to: number): void {
    this.#killed = this.#text.splice(from, to - from).join('');
    this.#cursor = from;
  }
  #transpose(): void {
    const at = Math.min(this.#cursor, this.#text.length - 1);
    const [a, b] = [this.#text[at - 1], this.#text[at]];
    if (a === undefined || b === undefined) return;
    this.#text.splice(at - 1, 2, b, a);
    this.#cursor = at + 1;
  }
  #wordStart(separator: RegExp): number {
    let at = this.#cursor;
    while (at > 0 && separator.test(this.#text[at - 1] ?? '')) at--;
    while (at > 0 && !separator.test(this.#text[at - 1] ?? '')) at--;
    return at;
  }
  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#text.length && /\W/.test(this.#text[at] ?? '')) at++;
    while (at < this.#text.length && /\w/.test(this.#text[at] ?? '')) at++;
    return at;
  }

  #recall(step: number): void {
    const { history } = this.#host;
    const next = this.#historyAt + step;
    if (next < 0 || next > history.length) return;
    if (this.#historyAt === history.length) this.#draft = this.#text.join('');
    this.#historyAt = next;
    this.#text = [...(next === history.length ? this.#draft : (history[next] ?? ''))];
    this.#cursor = this.#text.length;
  }

  /** Incremental search backwards (^R). → true when the key belonged to it */
  #searchKey(key: Key): boolean {
    if (key.kind === 'text') this.#search += key.text;
    else if (key.kind === 'named' && key.name === 'backspace') this.#search = this.#search?.slice(0, -1);
    else if (key.kind === 'control' && key.letter === 'r') this.#historyAt--;
    else {
      this.#search = undefined;
      return key.kind === 'control' && key.letter === 'g';
    }
    const wanted = this.#search ?? '';
    for (let at = Math.min(this.#historyAt, this.#host.history.length - 1); at >= 0; at--) {
      const line = this.#host.history[at] ?? '';
      if (!line.includes(wanted)) continue;
      this.#historyAt = at;
      this.#text = [...line];
      this.#cursor = this.#text.length;
      break;
    }
    return true;
  }

  #complete(): void {
    const line = this.#text.join('');
    const before = this.#text.slice(0, this.#cursor).join('');
    const { start, candidates } = this.#host.complete(line, before.length);
    const [first] = candidates;
    if (first === undefined) {
      this.#host.write('\x07');
      return;
    }
    const word = before.slice(start);
    const common = candidates.reduce((prefix, candidate) => commonPrefix(prefix, candidate), first);
    if (common.length > word.length || candidates.length === 1) {
      this.#text.splice(this.#cursor - [...word].length, [...word].length);
      this.#cursor -= [...word].length;
      this.#insert(common + (candidates.length === 1 && !common.endsWith('/') ? ' ' : ''));
      return;
    }
    this.#list(candidates);
  }

  #list(candidates: readonly string[]): void {
    const cursor = this.#cursor;
    this.#cursor = this.#text.length;
    this.#draw();
    const names = candidates.map((candidate) => candidate.replace(/^.*\/(?=.)/, ''));
    const width = Math.max(...names.map((name) => name.length)) + 2;
    const perRow = Math.max(1, Math.floor(this.#host.columns() / width));
    let text = '\n';
    names.forEach(
      (name, at) =>
        (text += (at + 1) % perRow === 0 || at === names.length - 1 ? `${name}\n` : name.padEnd(width)),
    );
    this.#host.write(text);
    this.#rowsAbove = 0;
    this.#cursor = cursor;
  }

  #finishLine(): void {
    this.#host.write('\n');
    this.#rowsAbove = 0;
    this.#search = undefined;
  }

  /** Draws prompt and text anew from the prompt's row on, and puts the cursor where it belongs. */
  #draw(): void {
    const columns = Math.max(1, this.#host.columns());
    const prompt = this.#search === undefined ? this.#prompt : `(reverse-i-search)\`${this.#search}': `;
    const lastLine = prompt.slice(prompt.lastIndexOf('\n') + 1);
    const offset = visibleLength(lastLine);
    const text = this.#text.join('');
    const end = offset + this.#text.length;
    const target = offset + this.#cursor;
    let out = this.#rowsAbove > 0 ? `\x1b[${this.#rowsAbove}A` : '';
    out += `\r\x1b[J${this.#rowsAbove === 0 && this.#cursor === 0 ? prompt : lastLine}${text}`;
    if (end > 0 && end % columns === 0) out += '\n';
    const up = Math.floor(end / columns) - Math.floor(target / columns);
    if (up > 0) out += `\x1b[${up}A`;
    out += `\r${target % columns > 0 ? `\x1b[${target % columns}C` : ''}`;
    this.#rowsAbove = Math.floor(target / columns);
    this.#host.write(out);
  }
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
