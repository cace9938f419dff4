/** `!!`, `!$`, `!name`, `^old^new`: earlier lines in a new one. bash(1), HISTORY EXPANSION. */
import { ShellError } from '../control.ts';

export interface Expansion {
  readonly text: string;
  /** Something was expanded: the line is shown before it runs. */
  readonly expanded: boolean;
  /** `:p`: it is shown and kept, not run. */
  readonly printOnly: boolean;
}

/** After `!`, these leave it as it is. */
const NO_EVENT = /^(?:[\s=]|\((?!\))|$)/;

export function expandHistory(line: string, history: readonly string[]): Expansion {
  const quick = /^\^([^^\n]+)\^([^^\n]*)(?:\^|$)/.exec(line);
  if (quick) {
    const [whole, old = '', fresh = ''] = quick;
    const last = history.at(-1);
    if (last === undefined || !last.includes(old)) throw notFound(`:s${whole}`, 'substitution failed');
    return {
      text: last.replace(old, () => fresh) + line.slice(whole.length),
      expanded: true,
      printOnly: false,
    };
  }
  return new Expander(line, history).run();
}

const notFound = (text: string, reason: string): ShellError =>
  new ShellError(`${text}: ${reason}`, { status: 1 });

class Expander {
  readonly #line: string;
  readonly #history: readonly string[];
  #at = 0;
  #expanded = false;
  #printOnly = false;

  constructor(line: string, history: readonly string[]) {
    this.#line = line;
    this.#history = history;
  }

  run(): Expansion {
    let text = '';
    let doubleQuoted = false;
    while (this.#at < this.#line.length) {
      const character = this.#line.charAt(this.#at);
      if (character === '\\') text += this.#take(2);
      else if (character === "'" && !doubleQuoted) {
        const end = this.#line.indexOf("'", this.#at + 1);
        text += this.#take(end < 0 ? Infinity : end + 1 - this.#at);
      } else if (character === '!' && this.#isEvent(doubleQuoted, text)) {
        this.#at++;
        text += this.#event(text);
        this.#expanded = true;
      } else {
        if (character === '"') doubleQuoted = !doubleQuoted;
        text += this.#take(1);
      }
    }
    return { text, expanded: this.#expanded, printOnly: this.#printOnly };
  }

  #take(length: number): string {
    const text = this.#line.slice(this.#at, this.#at + length);
    this.#at += text.length;
    return text;
  }
  #match(pattern: RegExp): RegExpExecArray | null {
    const found = pattern.exec(this.#line.slice(this.#at));
    if (found) this.#at += found[0].length;
    return found;
  }

  #isEvent(doubleQuoted: boolean, before: string): boolean {
    const rest = this.#line.slice(this.#at + 1);
    // `$!` and `${!name}` are parameters, `[!a]` is a pattern.
    return !NO_EVENT.test(rest) && !(doubleQuoted && rest.startsWith('"')) && !/[$[]$|\$\{$/.test(before);
  }

  #event(before: string): string {
    const start = this.#at - 1;
    const said = (): string => this.#line.slice(start, this.#at);
    const line = this.#eventLine(before);
    if (line === undefined) throw notFound(said(), 'event not found');
    const words = wordsOf(line);
    let text = line;
    const range = this.#match(/^(?::?([$^*%]|-(?![\d$]))|:(\d*)(?:(-)(\d+|\$)?|(\*))?(?![a-z&]))/);
    if (range) {
      const picked = pick(words, range);
      if (picked === undefined) throw notFound(said(), 'bad word specifier');
      text = picked;
    }
    return this.#modified(text, said);
  }

  #eventLine(before: string): string | undefined {
    const history = this.#history;
    const rest = this.#line.slice(this.#at);
    if (rest.startsWith('!')) {
      this.#at++;
      return history.at(-1);
    }
    if (rest.startsWith('#')) {
      this.#at++;
      return before;
    }
    const number = this.#match(/^(-?)(\d+)/);
    if (number) {
      const value = Number(number[2]);
      return number[1] === '-' ? history.at(-value) : history[value - 1];
    }
    const within = this.#match(/^\?([^?\n]*)\??/);
    if (within) return history.findLast((line) => line.includes(within[1] ?? ''));
    // `!$`, `!^`, `!*`, `!:2`: of the line before.
    if (/^[$^*:%-]/.test(rest)) return history.at(-1);
    const prefix = this.#match(/^[^\s:;|&()<>"'`$^*%]+/);
    return prefix ? history.findLast((line) => line.startsWith(prefix[0])) : undefined;
  }

  #modified(given: string, said: () => string): string {
    let text = given;
    for (;;) {
      const substitution = this.#match(/^:(g|a)?s([^\w\s])/);
      if (substitution) {
        const mark = substitution[2] ?? '/';
        const end = this.#line.indexOf(mark, this.#at);
        const old = this.#line.slice(this.#at, end < 0 ? undefined : end);
        this.#at += old.length + 1;
        const last = this.#line.indexOf(mark, this.#at);
        const fresh = this.#line.slice(this.#at, last < 0 ? undefined : last).replaceAll(/(?<!\\)&/g, old);
        this.#at += this.#line.slice(this.#at, last < 0 ? undefined : last).length + (last < 0 ? 0 : 1);
        if (!text.includes(old)) throw notFound(said(), 'substitution failed');
        text =
          substitution[1] === undefined ? text.replace(old, () => fresh) : text.replaceAll(old, () => fresh);
        continue;
      }
      const modifier = this.#match(/^:([htrepqx])/);
      if (modifier === null) return text;
      if (modifier[1] === 'p') this.#printOnly = true;
      else text = pathModified(text, modifier[1] ?? '');
    }
  }
}

/** `:0`, `:^`, `:$`, `:*`, `:2-4`, `:2*`, `:-3`. */
function pick(words: readonly string[], range: RegExpExecArray): string | undefined {
  const [, sign, number, dash, until, star] = range;
  const last = words.length - 1;
  if (sign === '$') return words.at(-1);
  if (sign === '^') return words[1];
  if (sign === '*') return words.slice(1).join(' ');
  if (sign === '-') return words.slice(0, Math.max(1, last)).join(' ');
  const from = Number(number || '0');
  if (from > last + (star === undefined ? 0 : 1)) return undefined;
  if (star !== undefined) return words.slice(from).join(' ');
  if (dash === undefined) return number === '' ? undefined : words[from];
  const to = until === '$' ? last : until === undefined ? last - 1 : Number(until);
  return to > last ? undefined : words.slice(from, to + 1).join(' ');
}

/** The words of a line as the shell's grammar separates them: quotations stay whole, operators stand alone. */
export function wordsOf(line: string): string[] {
  return (
    line.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s'"\\|&;()<>])+|\|\||&&|;;|<<-?|>>|[|&;()<>]/gs) ?? []
  );
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** `:h` head, `:t` tail, `:r` without its extension, `:e` the extension, `:q` quoted, `:x` quoted word by word. */
function pathModified(text: string, modifier: string): string {
  if (modifier === 'h') return text.replace(/\/[^/]*$/, '') || '/';
  if (modifier === 't') return text.replace(/^.*\//s, '');
  if (modifier === 'r') return text.replace(/\.[^./]*$/, '');
  if (modifier === 'e') return /\.[^./]*$/.exec(text)?.[0] ?? '';
  return modifier === 'x' ? text.split(/\s+/).map(quoted).join(' ') : quoted(text);
}
