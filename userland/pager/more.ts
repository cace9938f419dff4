import { Signal } from '../../src/base/signals.ts';
import { spawnChild, waitForChild } from '../program/child.ts';
import { FullScreen } from '../program/full-screen.ts';
import type { ProgramContext } from '../program/program.ts';
import { type Key, KeyReader } from '../sh/interactive/keys.ts';
import type { PagerFile } from './inputs.ts';
import { KeyLine } from './key-line.ts';
import { rowsOf, searchable } from './rows.ts';
import { patternOf } from './search.ts';
import { PagerText } from './text.ts';

export interface MoreSettings {
  readonly squeeze: boolean;
  readonly exitAtEnd: boolean;
  /** Lines of a screen; the terminal's own when undefined. */
  readonly window: number | undefined;
  readonly first: string;
}

const TAB_STOP = 8;
const HALF_ROWS = 11;
/** Lines before a match that are shown with it. */
const BEFORE_MATCH = 2;
const HELP = `Most commands optionally preceded by integer argument k.  Defaults in brackets.
Star (*) indicates argument becomes new default.
-------------------------------------------------------------------------------
<space>                 Display next k lines of text [current screen size]
z                       Display next k lines of text [current screen size]*
<return>                Display next k lines of text [1]
d or ctrl-D             Scroll k lines [current scroll size, initially 11]*
q or Q or <interrupt>   Exit from more
s                       Skip forward k lines of text [1]
f                       Skip forward k screenfuls of text [1]
b or ctrl-B             Skip backwards k screenfuls of text [1]
=                       Display current line number
/<regular expression>   Search for kth occurrence of regular expression [1]
n                       Search for kth occurrence of last r.e [1]
!<cmd>                  Execute <cmd> in a subshell
ctrl-L                  Redraw screen
:n                      Go to kth next file [1]
:p                      Go to kth previous file [1]
:f                      Display current file name and line number
-------------------------------------------------------------------------------
`;

/** more: text that scrolls by, a screen at a time. */
export class More {
  readonly #context: ProgramContext;
  readonly #inputs: readonly PagerFile[];
  readonly #settings: MoreSettings;
  readonly #screen: FullScreen;
  readonly #keys: KeyReader;
  readonly #line: KeyLine;
  #file = 0;
  #text: PagerText;
  /** The line that is shown next. */
  #next = 0;
  #window: number | undefined;
  #half = HALF_ROWS;
  #wanted: RegExp | undefined;
  #said = '';

  constructor(
    context: ProgramContext,
    inputs: readonly PagerFile[],
    terminal: number,
    settings: MoreSettings,
  ) {
    this.#context = context;
    this.#inputs = inputs;
    this.#settings = settings;
    this.#window = settings.window;
    this.#screen = new FullScreen(context, { keys: terminal, enter: '', leave: '\r\x1b[K' });
    this.#keys = new KeyReader(context.system.files, terminal);
    this.#line = new KeyLine(this.#keys, (text) => this.#screen.write(text));
    this.#text = this.#open();
  }

  run(): void {
    this.#screen.during(() => {
      this.#begin();
      while (!(this.#settings.exitAtEnd && this.#atEnd() && this.#inputs[this.#file + 1] === undefined)) {
        this.#prompt();
        if (!this.#command()) return;
      }
    });
  }

  #begin(): void {
    const { first } = this.#settings;
    if (/^\d+$/.test(first)) this.#next = Math.max(0, Number(first) - 1);
    this.#heading();
    if (first.startsWith('/')) this.#search(first.slice(1), 1);
    else this.#show(this.#rows() - (this.#inputs.length > 1 ? BEFORE_MATCH + 1 : 0));
  }
  #open(): PagerText {
    const { fd, name } = this.#inputs[this.#file] ?? { fd: 0, name: '' };
    return new PagerText(this.#context.system, fd, name, this.#settings.squeeze);
  }
  #heading(): void {
    const { name } = this.#inputs[this.#file] ?? { name: '' };
    if (this.#inputs.length > 1) this.#screen.write(`::::::::::::::\n${name}\n::::::::::::::\n`);
  }

  #rows(): number {
    return this.#window ?? Math.max(1, this.#screen.size()[1] - 1);
  }
  #has(index: number): boolean {
    while (this.#text.lines.length <= index && !this.#text.complete)
      if (!this.#text.read() && this.#screen.signalled() === Signal.SIGINT) return false;
    return index < this.#text.lines.length;
  }
  #atEnd(): boolean {
    return !this.#has(this.#next);
  }

  /** Shows lines until `count` rows are used. */
  #show(count: number): void {
    const [columns] = this.#screen.size();
    let text = '';
    for (let left = count; left > 0 && this.#has(this.#next); this.#next++) {
      const line = this.#text.lines[this.#next] ?? { text: '', number: 0 };
      const rows = rowsOf(line, {
        chop: false,
        numbers: false,
        rawColors: true,
        tabStop: TAB_STOP,
        shift: 0,
        columns,
        pattern: undefined,
      });
      if (rows.length > left && left < count) break;
      text += `${rows.join('')}\n`;
      left -= rows.length;
    }
    this.#screen.write(text);
  }

  #prompt(): void {
    const bytes = this.#text.lines[this.#next - 1]?.end ?? 0;
    const size = this.#text.sizeBytes;
    const following = this.#inputs[this.#file + 1]?.name;
    const where = size === undefined || size === 0 ? '' : `(${Math.floor((100 * bytes) / size)}%)`;
    const atEnd = this.#atEnd();
    const text = atEnd
      ? following === undefined
        ? '(END)'
        : `--More--(Next file: ${following})`
      : `--More--${where}`;
    this.#screen.write(`\x1b[7m${this.#said || text}\x1b[27m`);
    this.#said = '';
  }

  /** → false to end */
  #command(): boolean {
    let count = '';
    for (;;) {
      const key = this.#keys.next();
      if (key.kind === 'end') return false;
      if (key.kind === 'interrupted') {
        if (typeof this.#screen.signalled() === 'number') return false;
        this.#screen.write('\r\x1b[K');
        return true;
      }
      if (key.kind === 'text' && /^\d$/.test(key.text)) count += key.text;
      else {
        this.#screen.write('\r\x1b[K');
        return this.#run(nameOf(key), count === '' ? undefined : Number(count));
      }
    }
  }

  #run(name: string, count: number | undefined): boolean {
    switch (name) {
      case 'q':
      case 'Q':
        return false;
      case ' ':
      case 'z':
      case '^f':
      case 'page-down':
        if (name === 'z' && count !== undefined) this.#window = count;
        return this.#onward(count ?? this.#rows());
      case 'enter':
      case 'j':
      case 'down':
        return this.#onward(count ?? 1);
      case 'd':
      case '^d':
        this.#half = count ?? this.#half;
        return this.#onward(this.#half);
      case 's':
      case 'f':
        return this.#skip(name === 's' ? (count ?? 1) : (count ?? 1) * this.#rows());
      case 'b':
      case '^b':
      case 'page-up':
        return this.#back(count ?? 1);
      default:
        return this.#other(name, count ?? 1);
    }
  }

  #other(name: string, count: number): boolean {
    const { name: file } = this.#inputs[this.#file] ?? { name: '' };
    if (name === '=') this.#said = String(this.#next);
    else if (name === '/') this.#search(this.#line.ask('/') ?? '', count);
    else if (name === 'n') this.#search('', count);
    else if (name === 'h' || name === '?') this.#screen.write(HELP);
    else if (name === '!') this.#shell();
    else if (name === '^l') return this.#back(0);
    else if (name === ':') {
      this.#screen.write(':');
      const second = nameOf(this.#keys.next());
      this.#screen.write('\r\x1b[K');
      if (second === 'q') return false;
      if (second === 'f') this.#said = `"${file}" line ${this.#next}`;
      if (second === 'n' && !this.#goToFile(count)) return false;
      if (second === 'p') this.#goToFile(-Math.min(count, this.#file));
    } else this.#said = '[Press h for instructions.]';
    return true;
  }

  /** More lines; at the end, the next file. */
  #onward(rows: number): boolean {
    if (this.#atEnd()) this.#goToFile(1);
    else this.#show(rows);
    return true;
  }
  #skip(lines: number): boolean {
    this.#screen.write(`\n...skipping ${lines} line${lines === 1 ? '' : 's'}\n\n`);
    this.#has(this.#next + lines);
    this.#next = Math.min(this.#next + lines, this.#text.lines.length);
    this.#show(this.#rows());
    return true;
  }
  #back(screens: number): boolean {
    if (screens > 0) this.#screen.write(`...back ${screens} page${screens === 1 ? '' : 's'}\n`);
    this.#next = Math.max(0, this.#next - (screens + 1) * this.#rows());
    this.#show(this.#rows());
    return true;
  }
  #goToFile(step: number): boolean {
    if (this.#inputs[this.#file + step] === undefined) return false;
    this.#file += step;
    this.#text = this.#open();
    this.#next = 0;
    this.#heading();
    this.#show(this.#rows() - BEFORE_MATCH - 1);
    return true;
  }

  #search(typed: string, count: number): void {
    if (typed !== '') this.#wanted = patternOf(typed, { ignoreCase: 'no' }).expression;
    if (this.#wanted === undefined) {
      this.#said = 'No previous regular expression';
      return;
    }
    let left = count;
    for (let index = this.#next; this.#has(index); index++) {
      if (!this.#wanted.test(searchable(this.#text.lines[index]?.text ?? '')) || --left > 0) continue;
      this.#screen.write('\r\x1b[K...skipping\n');
      this.#next = Math.max(0, index - BEFORE_MATCH);
      this.#show(this.#rows() - 1);
      return;
    }
    this.#said = 'Pattern not found';
  }

  #shell(): void {
    const command = this.#line.ask('!');
    if (command === undefined || command === '') return;
    this.#screen.write('\n');
    this.#screen.aside(() => {
      const pid = spawnChild(this.#context, ['sh', '-c', command]);
      if (pid >= 0) waitForChild(this.#context, pid);
      this.#screen.signalled();
    });
    this.#screen.write('------------------------\n');
  }
}

function nameOf(key: Key): string {
  if (key.kind === 'text') return key.text;
  if (key.kind === 'control') return `^${key.letter}`;
  return key.kind === 'named' ? key.name : '';
}
