/**
 * Looks for a keyword in code, outside of strings, comments, templates' text and regular expressions: some 20 ms a
 * megabyte where parsing costs 150. Where a slash could be a division or a regular expression and only a parser can
 * tell, it gives up and says true: an answer of false is certain.
 */
export function containsWord(code: string, word: string): boolean {
  return new WordScanner(code, word).run();
}

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;
const SINGLE_QUOTE = 39;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const BACKTICK = 96;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Words after which an expression begins. */
const BEFORE_EXPRESSION = new Set(
  'return typeof case in instanceof delete void throw new do else of await yield extends default'.split(' '),
);
/** Words whose parentheses are followed by a statement. */
const BEFORE_HEAD = new Set(['if', 'while', 'for', 'with']);

/** What came before: decides what a slash is. */
type Before = 'word' | 'operand' | 'operator' | 'unclear';

class WordScanner {
  readonly #code: string;
  readonly #word: string;
  #at = 0;
  #before: Before = 'operator';
  /** For each open parenthesis: is it the head of an if, while, for or with? */
  readonly #heads: boolean[] = [];
  /** For each open brace: is it a template's `${`? */
  readonly #braces: boolean[] = [];
  #wordStart = 0;
  #wordEnd = 0;

  constructor(code: string, word: string) {
    this.#code = code;
    this.#word = word;
  }

  /** True when the word was found, or when the text cannot be followed. */
  run(): boolean {
    const code = this.#code;
    while (this.#at < code.length) {
      const unit = code.charCodeAt(this.#at);
      if (unit === SPACE || unit === NEWLINE || unit === TAB) this.#at++;
      else if (isWordUnit(unit)) {
        if (this.#readWord()) return true;
      } else if (this.#readOther(unit)) return true;
    }
    return false;
  }

  #readWord(): boolean {
    const code = this.#code;
    const start = this.#at;
    let end = start + 1;
    while (end < code.length && isWordUnit(code.charCodeAt(end))) end++;
    this.#at = end;
    this.#before = 'word';
    this.#wordStart = start;
    this.#wordEnd = end;
    if (end - start !== this.#word.length || !code.startsWith(this.#word, start)) return false;
    return !this.#isMember() && !/\s*[:,;)=]/y.test(code.slice(end, end + 3));
  }

  /** Whether the last word is a property (`x.word`). */
  #isMember(): boolean {
    const dot = this.#code.charCodeAt(this.#wordStart - 1) === DOT;
    return dot && this.#code.charCodeAt(this.#wordStart - 2) !== DOT;
  }

  #lastWordIn(words: ReadonlySet<string>): boolean {
    if (this.#before !== 'word' || this.#isMember()) return false;
    return words.has(this.#code.slice(this.#wordStart, this.#wordEnd));
  }

  #readOther(unit: number): boolean {
    this.#at++;
    switch (unit) {
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE:
        this.#before = 'operand';
        return this.#skipString(unit);
      case BACKTICK:
        return this.#skipTemplate();
      case SLASH:
        return this.#readSlash();
      case OPEN_PAREN:
        this.#heads.push(this.#lastWordIn(BEFORE_HEAD));
        this.#before = 'operator';
        return false;
      case CLOSE_PAREN:
        this.#before = this.#heads.pop() ? 'operator' : 'operand';
        return false;
      case CLOSE_BRACKET:
        this.#before = 'operand';
        return false;
      case OPEN_BRACE:
        this.#braces.push(false);
        this.#before = 'operator';
        return false;
      case CLOSE_BRACE:
        if (this.#braces.pop()) return this.#skipTemplate();
        this.#before = 'unclear';
        return false;
      case PLUS:
      case MINUS:
        // `x++ /y/ z` divides, `x + ++/re/…` does not.
        this.#before = this.#code.charCodeAt(this.#at - 2) === unit ? 'unclear' : 'operator';
        return false;
      case BACKSLASH:
        return true; // an escaped identifier
      default:
        this.#before = 'operator';
        return false;
    }
  }

  #readSlash(): boolean {
    const next = this.#code.charCodeAt(this.#at);
    if (next === SLASH || next === STAR) {
      const end = this.#code.indexOf(next === SLASH ? '\n' : '*/', this.#at + 1);
      this.#at = end < 0 ? this.#code.length : end + (next === SLASH ? 0 : 2);
      return false;
    }
    if (this.#before === 'unclear') return true;
    if (this.#before === 'operator' || this.#lastWordIn(BEFORE_EXPRESSION)) return this.#skipRegex();
    this.#before = 'operator';
    return false;
  }

  #skipString(quote: number): boolean {
    const code = this.#code;
    for (; this.#at < code.length; this.#at++) {
      const unit = code.charCodeAt(this.#at);
      if (unit === BACKSLASH) this.#at++;
      else if (unit === quote) {
        this.#at++;
        return false;
      } else if (unit === NEWLINE) return true;
    }
    return true;
  }

  #skipTemplate(): boolean {
    const code = this.#code;
    for (; this.#at < code.length; this.#at++) {
      const unit = code.charCodeAt(this.#at);
      if (unit === BACKSLASH) this.#at++;
      else if (unit === BACKTICK) {
        this.#at++;
        this.#before = 'operand';
        return false;
      } else if (unit === DOLLAR && code.charCodeAt(this.#at + 1) === OPEN_BRACE) {
        this.#at += 2;
        this.#braces.push(true);
        this.#before = 'operator';
        return false;
      }
    }
    return true;
  }

  #skipRegex(): boolean {
    const code = this.#code;
    let inClass = false;
    for (; this.#at < code.length; this.#at++) {
      const unit = code.charCodeAt(this.#at);
      if (unit === BACKSLASH) this.#at++;
      else if (unit === OPEN_BRACKET) inClass = true;
      else if (unit === CLOSE_BRACKET) inClass = false;
      else if (unit === NEWLINE) return true;
      else if (unit === SLASH && !inClass) {
        this.#at++;
        this.#before = 'operand';
        return false;
      }
    }
    return true;
  }
}

/** Letters, digits, `$`, `_` and everything beyond ASCII. */
function isWordUnit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) ||
    (unit >= 65 && unit <= 90) ||
    (unit >= 48 && unit <= 57) ||
    unit === 95 ||
    unit === DOLLAR ||
    unit > 127
  );
}
