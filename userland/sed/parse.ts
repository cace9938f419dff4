import { compile, type Dialect, RegexError } from '../text/regex.ts';
import {
  type Address,
  type CaseMode,
  type Command,
  PANIC,
  type RangeEnd,
  type ReplacementPart,
  ScriptError,
  type ScriptRegex,
  type Substitution,
} from './script.ts';

const NO_ADDRESS = new Set([':', '}', '#']);
const WITH_TEXT = new Set(['a', 'i', 'c']);
const WITH_LABEL = new Set(['b', 't', 'T', ':']);
const WITH_FILE = new Set(['r', 'R', 'w', 'W']);
const WITH_NUMBER = new Set(['l', 'L', 'q', 'Q']);
const PLAIN = new Set('={}dDgGhHnNpPxzF');
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' };

/** A bracket expression with its classes: a delimiter in it is a member. */
/** Escapes that GNU's sed reads in a bracket too, where a backslash is otherwise itself. */
const CONTROL: Readonly<Record<string, string>> = {
  a: '\x07',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const BRACKET = /\[\^?\]?(?:\[([:.=])[^\n]*?\1\]|[^\]\n[]|\[(?![:.=]))*\]/y;

/** Pieces of script in the order of -e and -f; a text that ends in a backslash goes on in the next piece. */
export function parseScript(source: string, dialect: Dialect): Command[] {
  return new Parser(source, dialect).run();
}

class Parser {
  readonly #text: string;
  readonly #dialect: Dialect;
  readonly #commands: Command[] = [];
  readonly #blocks: number[] = [];
  readonly #labels = new Map<string, number>();
  #at = 0;

  constructor(text: string, dialect: Dialect) {
    this.#text = text;
    this.#dialect = dialect;
  }

  run(): Command[] {
    for (;;) {
      this.#skip(/[\s;]*/y);
      if (this.#at >= this.#text.length) break;
      this.#command();
    }
    if (this.#blocks.length) this.#fail("unmatched `{'");
    for (const command of this.#commands) {
      if (!'btT'.includes(command.letter)) continue;
      const target = command.text === '' ? this.#commands.length : this.#labels.get(command.text);
      if (target === undefined)
        throw new ScriptError(`can't find label for jump to \`${command.text}'`, PANIC);
      command.target = target;
    }
    return this.#commands;
  }

  #fail(message: string): never {
    throw new ScriptError(`-e expression #1, char ${this.#at}: ${message}`);
  }

  /** Moves over a sticky expression. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #command(): void {
    const first = this.#address();
    let last: RangeEnd | undefined;
    if (first !== undefined) {
      this.#skip(/[ \t]*/y);
      if (this.#peek() === ',') {
        this.#at++;
        this.#skip(/[ \t]*/y);
        last = this.#rangeEnd();
      }
    }
    this.#skip(/[ \t]*/y);
    const negated = this.#skip(/(?:![ \t]*)*/y) !== '';
    const letter = this.#peek();
    this.#at++;
    if (letter === '') this.#fail('missing command');
    if (first !== undefined && NO_ADDRESS.has(letter))
      this.#fail(
        `${letter === '#' ? "comments don't accept any addresses" : letter === ':' ? ": doesn't want any addresses" : "unexpected `}'"}`,
      );
    const command: Command = {
      letter,
      first,
      last,
      negated,
      text: '',
      number: undefined,
      substitution: undefined,
      transliteration: undefined,
      target: -1,
    };
    this.#body(command);
  }

  #body(command: Command): void {
    const { letter } = command;
    if (letter === '#') {
      this.#skip(/[^\n]*/y);
      return;
    }
    if (letter === ':') {
      this.#skip(/[ \t]*/y);
      const label = this.#skip(/[^\n;]*/y).trim();
      if (label === '') this.#fail('":" lacks a label');
      this.#labels.set(label, this.#commands.length);
      return;
    }
    if (letter === '}') {
      const open = this.#blocks.pop();
      const block = open === undefined ? undefined : this.#commands[open];
      if (block === undefined) this.#fail("unexpected `}'");
      block.target = this.#commands.length;
      return this.#end();
    }
    this.#commands.push(command);
    if (letter === '{') this.#blocks.push(this.#commands.length - 1);
    else if (letter === 's') command.substitution = this.#substitution();
    else if (letter === 'y') command.transliteration = this.#transliteration();
    else if (WITH_TEXT.has(letter)) command.text = this.#insertedText();
    else if (WITH_LABEL.has(letter)) {
      this.#skip(/[ \t]*/y);
      command.text = this.#skip(/[^\n;}]*/y).trim();
      this.#end();
    } else if (WITH_FILE.has(letter)) {
      this.#skip(/[ \t]*/y);
      command.text = this.#skip(/[^\n]*/y);
      if (command.text === '') this.#fail('missing filename in r/R/w/W commands');
    } else if (WITH_NUMBER.has(letter)) {
      this.#skip(/[ \t]*/y);
      const digits = this.#skip(/\d*/y);
      command.number = digits === '' ? undefined : Number(digits);
      this.#end();
    } else if (PLAIN.has(letter)) this.#end();
    else this.#fail(`unknown command: \`${letter}'`);
  }

  /** Nothing may follow a command on its line but `;`, `}` or a comment. */
  #end(): void {
    this.#skip(/[ \t]*/y);
    const next = this.#peek();
    if (next === '' || next === '\n' || next === ';' || next === '}' || next === '#') return;
    this.#at++;
    this.#fail('extra characters after command');
  }

  #address(): Address | undefined {
    const digits = this.#skip(/\d+/y);
    if (digits !== '') {
      if (this.#peek() !== '~') {
        return { kind: 'line', line: Number(digits) };
      }
      this.#at++;
      return { kind: 'step', first: Number(digits), step: Number(this.#skip(/\d*/y) || 0) };
    }
    const next = this.#peek();
    if (next === '$') {
      this.#at++;
      return { kind: 'last' };
    }
    if (next !== '/' && next !== '\\') return undefined;
    this.#at += next === '\\' ? 2 : 1;
    const delimiter = this.#text[this.#at - 1] ?? '';
    const pattern = this.#delimited(delimiter, true, 'unterminated address regex');
    return { kind: 'regex', regex: this.#regex(pattern, this.#skip(/[IM]*/y)) };
  }

  #rangeEnd(): RangeEnd {
    const relative = this.#skip(/[+~](?=\d)/y);
    if (relative !== '') {
      const count = Number(this.#skip(/\d+/y));
      return relative === '+' ? { kind: 'plus', count } : { kind: 'multiple', of: count };
    }
    return this.#address() ?? this.#fail("unexpected `,'");
  }

  /** Up to an unquoted delimiter, which is passed. In a pattern the delimiter is not found inside brackets. */
  #delimited(delimiter: string, pattern: boolean, unterminated: string): string {
    let text = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#peek();
      if (character === delimiter) {
        this.#at++;
        return text;
      }
      if (character === '[' && pattern) {
        const bracket = this.#skip(BRACKET) || '[';
        text += bracket.replace(/\\(\\|[afnrtv])/g, (whole, letter: string) => CONTROL[letter] ?? whole);
        if (bracket !== '[') this.#at--;
        continue;
      }
      if (character === '\\') {
        const next = this.#text[++this.#at] ?? '';
        if (next === delimiter) text += this.#quotedDelimiter(delimiter, pattern);
        else if (next === 'n' && pattern) text += '\\n';
        else text += `\\${next}`;
      } else if (character === '\n' && pattern) break;
      else text += character;
    }
    this.#fail(unterminated);
  }

  /** `s,a\,b,X,`: a quoted delimiter is the plain character; where that would be special, it stays quoted. */
  #quotedDelimiter(delimiter: string, pattern: boolean): string {
    if (!pattern) return delimiter === '&' ? '\\&' : delimiter;
    return /[.*[\]^$+?(){}|]/.test(delimiter) && this.#dialect === 'extended'
      ? `\\${delimiter}`
      : /[.*[\]^$]/.test(delimiter)
        ? `\\${delimiter}`
        : delimiter;
  }

  #regex(pattern: string, flags: string): ScriptRegex {
    if (pattern === '') return undefined;
    try {
      const multiline = flags.includes('M') || flags.includes('m');
      return compile(pattern, this.#dialect, `gs${/i/i.test(flags) ? 'i' : ''}${multiline ? 'm' : ''}`);
    } catch (error) {
      if (error instanceof RegexError) this.#fail(error.message);
      throw error;
    }
  }

  #substitution(): Substitution {
    const delimiter = this.#peek();
    this.#at++;
    if (delimiter === '' || delimiter === '\n' || delimiter === '\\') this.#fail("unterminated `s' command");
    const pattern = this.#delimited(delimiter, true, "unterminated `s' command");
    const replacement = this.#delimited(delimiter, false, "unterminated `s' command");
    const flags = this.#skip(/(?:[gpiImMe]|\d+)*/y);
    const number = /\d+/.exec(flags)?.[0];
    if (number === '0') this.#fail("number option to `s' command may not be zero");
    let file: string | undefined;
    if (this.#peek() === 'w') {
      this.#at++;
      this.#skip(/[ \t]*/y);
      file = this.#skip(/[^\n]*/y);
      if (file === '') this.#fail('missing filename in r/R/w/W commands');
    } else {
      this.#skip(/[ \t]*/y);
      if (!/^[\n;}#]?$/.test(this.#peek())) {
        this.#at++;
        this.#fail("unknown option to `s'");
      }
    }
    const regex = this.#regex(pattern, flags);
    const parts = parseReplacement(replacement);
    const groups =
      regex === undefined ? Infinity : (new RegExp(`${regex.source}|`, regex.flags).exec('')?.length ?? 1);
    for (const part of parts) {
      if (part.kind === 'group' && part.group >= groups)
        this.#fail(`invalid reference \\${part.group} on \`s' command's RHS`);
    }
    return {
      regex,
      replacement: parts,
      global: flags.includes('g'),
      number: Number(number ?? 1),
      print: flags.includes('p'),
      evaluate: flags.includes('e'),
      file,
    };
  }

  #transliteration(): ReadonlyMap<string, string> {
    const delimiter = this.#peek();
    this.#at++;
    const unquote = (text: string): string[] => [
      ...text.replace(/\\(.)/gsu, (whole, one: string) => (one === 'n' ? '\n' : one === '\\' ? '\\' : whole)),
    ];
    const from = unquote(this.#delimited(delimiter, false, "unterminated `y' command"));
    const to = unquote(this.#delimited(delimiter, false, "unterminated `y' command"));
    if (from.length !== to.length) this.#fail("strings for `y' command are different lengths");
    this.#end();
    const map = new Map<string, string>();
    from.forEach((one, index) => {
      if (!map.has(one)) map.set(one, to[index] ?? one);
    });
    return map;
  }

  /** Text after `a\` and a newline, or on the same line (GNU). A backslash at the end of a line goes on with the next. */
  #insertedText(): string {
    this.#skip(/[ \t]*/y);
    if (this.#peek() === '') this.#fail("expected \\ after `a', `c' or `i'");
    if (this.#skip(/\\[ \t]*\n/y) === '') {
      // One-line form: a backslash keeps the white space that follows it.
      if (this.#peek() === '\\') this.#at++;
    }
    let text = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#peek();
      if (character === '\n') {
        this.#at++;
        break;
      }
      if (character === '\\') {
        this.#at++;
        const next = this.#peek();
        text += CONTROLS[next] !== undefined && next !== 'n' ? CONTROLS[next] : next;
      } else text += character;
    }
    return `${text}\n`;
  }
}

function parseReplacement(text: string): ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  let plain = '';
  const push = (part: ReplacementPart): void => {
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
    parts.push(part);
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '&') push({ kind: 'group', group: 0 });
    else if (character !== '\\') plain += character;
    else {
      const next = text[++i] ?? '';
      if (/\d/.test(next)) push({ kind: 'group', group: Number(next) });
      else if (/[LUluE]/.test(next)) push({ kind: 'case', mode: next as CaseMode });
      else {
        const coded = /^(?:x([0-9a-fA-F]{2})|o([0-7]{3})|d(\d{3})|c(.))/su.exec(text.slice(i));
        if (coded) {
          plain += codedCharacter(coded);
          i += coded[0].length - 1;
        } else plain += CONTROLS[next] ?? next;
      }
    }
  }
  if (plain !== '') parts.push({ kind: 'text', text: plain });
  return parts;
}

function codedCharacter([, hex, octal, decimal, control]: RegExpExecArray): string {
  const CONTROL_BIT = 64;
  if (control !== undefined) return String.fromCharCode(control.toUpperCase().charCodeAt(0) ^ CONTROL_BIT);
  return String.fromCharCode(hex ? parseInt(hex, 16) : octal ? parseInt(octal, 8) : Number(decimal));
}
