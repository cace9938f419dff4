/**
 * POSIX regular expressions (regex(7)) and GNU's extensions to them as JavaScript's, for the flag `u`.
 * One difference is left: of alternatives, POSIX wants the longest match, JavaScript takes the first that matches.
 */
export type Dialect = 'basic' | 'extended';

export interface Translation {
  /** For `new RegExp(source, 'u…')`; `.` stands for any character only with the flag `s`. */
  source: string;
  groups: number;
}

export class RegexError extends Error {
  override readonly name = 'RegexError';
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{N}',
  alpha: '\\p{L}',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e\\xa1-\\u{10ffff}',
  lower: '\\p{Ll}',
  print: '\\x20-\\x7e\\xa0-\\u{10ffff}',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: ' \\t\\n\\v\\f\\r',
  upper: '\\p{Lu}',
  xdigit: '0-9A-Fa-f',
};

/** Escapes that both dialects share with GNU's tools. */
const WORDS: Readonly<Record<string, string>> = {
  w: '[\\p{L}\\p{N}_]',
  W: '[^\\p{L}\\p{N}_]',
  s: '[ \\t\\n\\v\\f\\r]',
  S: '[^ \\t\\n\\v\\f\\r]',
  b: '(?:(?<![\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_])|(?<=[\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_]))',
  B: '(?:(?<![\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_])|(?<=[\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_]))',
  '<': '(?<![\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_])',
  '>': '(?<=[\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_])',
  '`': '(?<![^])',
  "'": '(?![^])',
};

const CONTROLS: Readonly<Record<string, string>> = {
  n: '\\n',
  t: '\\t',
  r: '\\r',
  f: '\\f',
  v: '\\v',
  a: '\\x07',
};

export function translate(pattern: string, dialect: Dialect): Translation {
  return new Translator(pattern, dialect === 'extended').run();
}

/** A character outside of brackets, quoted if it would mean something. */
export function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

class Translator {
  readonly #text: string;
  readonly #extended: boolean;
  #at = 0;
  #source = '';
  #groups = 0;
  #open: number[] = [];
  /** Where the last atom starts in the source: what an operator repeats. undefined: nothing to repeat. */
  #atom: number | undefined;
  /** At the start of the expression, of a group or of an alternative. */
  #start = true;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
  }

  run(): Translation {
    while (this.#at < this.#text.length) this.#step();
    if (this.#open.length) throw new RegexError('Unmatched ( or \\(');
    return { source: this.#source, groups: this.#groups };
  }

  #step(): void {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    if (character === '\\') return this.#escape();
    if (character === '[') return this.#add(this.#bracket());
    if (character === '.') return this.#add('.');
    if (character === '^' && (this.#extended || this.#start)) return this.#anchor('^');
    if (character === '$' && this.#dollar()) return this.#anchor('$');
    if (character === '*') return this.#star();
    if (this.#extended) {
      if (character === '(') return this.#openGroup();
      if (character === ')' && this.#open.length) return this.#closeGroup();
      if (character === '|') return this.#alternative();
      if (character === '+' || character === '?') return this.#repeat(character);
      if (character === '{') return this.#interval('}');
    }
    this.#add(literal(character));
  }

  #add(atom: string): void {
    this.#atom = this.#source.length;
    this.#source += atom;
    this.#start = false;
  }

  #anchor(anchor: string): void {
    this.#source += anchor;
    this.#atom = undefined;
    // In a basic expression a star after ^ is itself.
    this.#start = anchor === '^';
  }

  #dollar(): boolean {
    if (this.#extended) return true;
    const rest = this.#text.slice(this.#at);
    return rest === '' || rest.startsWith('\\)') || rest.startsWith('\\|') || rest.startsWith('\n');
  }

  #escape(): void {
    const next = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#text.length) throw new RegexError('Trailing backslash');
    this.#at += next.length;
    if (!this.#extended) {
      if (next === '(') return this.#openGroup();
      if (next === ')') return this.#closeGroup();
      if (next === '|') return this.#alternative();
      if (next === '{') return this.#interval('\\}');
      if (next === '+' || next === '?') return this.#start ? this.#add(literal(next)) : this.#repeat(next);
    }
    if (next >= '1' && next <= '9') return this.#backReference(Number(next));
    const word = WORDS[next];
    if (word !== undefined) return this.#add(word);
    this.#add(CONTROLS[next] ?? literal(next));
  }

  #backReference(number: number): void {
    if (number > this.#groups) throw new RegexError('Invalid back reference');
    this.#add(`(?:\\${number})`);
  }

  #openGroup(): void {
    this.#open.push(this.#source.length);
    this.#groups++;
    this.#source += '(';
    this.#atom = undefined;
    this.#start = true;
  }

  #closeGroup(): void {
    const start = this.#open.pop();
    if (start === undefined) throw new RegexError('Unmatched ) or \\)');
    this.#source += ')';
    this.#atom = start;
    this.#start = false;
  }

  #alternative(): void {
    this.#source += '|';
    this.#atom = undefined;
    this.#start = true;
  }

  #star(): void {
    if (this.#atom !== undefined) return this.#repeat('*');
    // Nothing to repeat: the star is itself (BRE), or repeats nothing (ERE).
    if (!this.#extended) this.#add('\\*');
  }

  #repeat(operator: string): void {
    if (this.#atom === undefined) {
      if (!this.#extended) this.#add(literal(operator));
      return;
    }
    // A second operator repeats what the first one made.
    if (/[*+?}]$/.test(this.#source) && this.#repeated === this.#source.length) {
      this.#source = `${this.#source.slice(0, this.#atom)}(?:${this.#source.slice(this.#atom)})`;
    }
    this.#source += operator;
    this.#repeated = this.#source.length;
  }
  #repeated = -1;

  #interval(close: string): void {
    const end = this.#text.indexOf(close, this.#at);
    const body = end < 0 ? '' : this.#text.slice(this.#at, end);
    const match = /^(\d*)(,?)(\d*)$/.exec(body);
    if (!match || body === '' || this.#atom === undefined) {
      if (this.#extended) return this.#add('\\{');
      throw new RegexError(end < 0 ? 'Unmatched \\{' : 'Invalid content of \\{\\}');
    }
    const [, low = '', comma = '', high = ''] = match;
    if (high !== '' && Number(low) > Number(high)) throw new RegexError('Invalid content of \\{\\}');
    this.#at = end + close.length;
    this.#repeat(`{${low || 0}${comma}${high}}`);
  }

  #bracket(): string {
    let negated = '';
    if (this.#text[this.#at] === '^') {
      negated = '^';
      this.#at++;
    }
    let members = '';
    for (let first = true; ; first = false) {
      const character = this.#bracketMember();
      if (character === undefined) throw new RegexError('Unmatched [, [^, [:, [., or [=');
      if (character === ']' && !first) break;
      if (character.length > 2 && character.startsWith('class ')) {
        members += character.slice(6);
        continue;
      }
      members += bracketLiteral(character);
      const rest = this.#text.slice(this.#at);
      if (rest.startsWith('-') && rest[1] !== ']' && rest.length > 1) {
        this.#at++;
        const high = this.#bracketMember();
        if (high === undefined || high.startsWith('class ')) throw new RegexError('Invalid range end');
        if ((high.codePointAt(0) ?? 0) < (character.codePointAt(0) ?? 0))
          throw new RegexError('Invalid range end');
        members += `-${bracketLiteral(high)}`;
      }
    }
    return `[${negated}${members}]`;
  }

  /** One character, or `class …` with the members of a class. */
  #bracketMember(): string | undefined {
    const rest = this.#text.slice(this.#at);
    const named = /^\[([:.=])(.*?)\1\]/su.exec(rest);
    if (named) {
      this.#at += named[0].length;
      const [, kind, name = ''] = named;
      if (kind !== ':') return name;
      const members = CLASSES[name];
      if (members === undefined) throw new RegexError('Invalid character class name');
      return `class ${members}`;
    }
    if (this.#at >= this.#text.length) return undefined;
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }
}

function bracketLiteral(character: string): string {
  return /[[\]\\^\-/(){}|]/.test(character) ? `\\${character}` : character;
}

/** Compiles; an expression that JavaScript refuses becomes a RegexError. */
export function compile(pattern: string, dialect: Dialect, flags: string): RegExp {
  try {
    return new RegExp(translate(pattern, dialect).source, `${flags}u`);
  } catch (error) {
    if (error instanceof RegexError) throw error;
    throw new RegexError('Invalid preceding regular expression');
  }
}
