import type { Terminal } from '@xterm/xterm';

const PROMPT = '\u001b[38;5;111m$\u001b[0m ';
const HISTORY_MAX = 200;

/** Reads a command line in the terminal: one line, with history. */
export class LineEditor {
  readonly #terminal: Terminal;
  readonly #enter: (line: string) => void;
  readonly #history: string[] = [];
  #line = '';
  #at = 0;
  #reading = false;

  constructor(terminal: Terminal, enter: (line: string) => void) {
    this.#terminal = terminal;
    this.#enter = enter;
  }

  start(): void {
    this.#line = '';
    this.#at = this.#history.length;
    this.#reading = true;
    this.#terminal.write(PROMPT);
  }

  /** What the user typed or pasted. */
  type(data: string): void {
    if (data === '\u001b[A') this.#recall(-1);
    else if (data === '\u001b[B') this.#recall(1);
    else if (!data.startsWith('\u001b')) for (const character of data) this.#key(character);
  }

  #key(character: string): void {
    if (!this.#reading) return;
    if (character === '\r' || character === '\n') this.#finish();
    else if (character === '\u007f') this.#replace([...this.#line].slice(0, -1).join(''));
    else if (character === '\u0015') this.#replace('');
    else if (character === '\u000c') this.#terminal.clear();
    else if (character === '\u0003') {
      this.#terminal.write('^C\r\n');
      this.start();
    } else if (character >= ' ') {
      this.#line += character;
      this.#terminal.write(character);
    }
  }

  #finish(): void {
    const line = this.#line.trim();
    this.#reading = false;
    this.#terminal.write('\r\n');
    if (line !== '' && this.#history.at(-1) !== line) this.#history.push(line);
    if (this.#history.length > HISTORY_MAX) this.#history.shift();
    this.#enter(line);
  }

  #recall(step: number): void {
    if (!this.#reading) return;
    this.#at = Math.min(this.#history.length, Math.max(0, this.#at + step));
    this.#replace(this.#history[this.#at] ?? '');
  }

  #replace(line: string): void {
    this.#line = line;
    this.#terminal.write(`\r\u001b[K${PROMPT}${line}`);
  }
}
