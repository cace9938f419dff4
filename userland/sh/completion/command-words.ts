/** The command that the cursor stands in, as programmable completion sees it: the words of COMP_WORDS. */
export interface CommandWords {
  /** Text of the command, from its name on (COMP_LINE), and the cursor in it (COMP_POINT). */
  line: string;
  point: number;
  words: string[];
  /** Index of the word that the cursor stands in or at the end of. */
  index: number;
}

export const DEFAULT_WORD_BREAKS = ' \t\n"\'@><=;|&(:';
const BLANK = /[ \t\n]/;
/** What may stand before a command's name: keywords and assignments. */
const LEAD =
  /^(?:\s*(?:if|then|else|elif|do|while|until|!|time|\{)(?=\s)|\s*[A-Za-z_]\w*\+?=(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])*(?=\s))*\s*/;

/** Walks over a line outside quotations. `visit` gets each character that is not quoted; → true: stop there. */
function unquoted(line: string, visit: (at: number) => boolean): number {
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '\\' && quote !== "'") at++;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (visit(at)) return at;
  }
  return line.length;
}

export function commandWords(line: string, cursor: number, breaks: string): CommandWords {
  let from = 0;
  const to = unquoted(line, (at) => {
    if (!/[;|&(`\n]/.test(line.charAt(at))) return false;
    if (at >= cursor) return true;
    from = at + 1;
    return false;
  });
  const whole = line.slice(from, to);
  const lead = Math.min((LEAD.exec(whole)?.[0] ?? '').length, cursor - from);
  const text = whole.slice(lead);
  const point = cursor - from - lead;
  return { line: text, point, ...split(text, point, breaks) };
}

/** Words between blanks; what else breaks words is a word of its own. */
function split(text: string, point: number, breaks: string): { words: string[]; index: number } {
  const words: string[] = [];
  let index = -1;
  for (let at = 0; at < text.length;) {
    while (BLANK.test(text.charAt(at))) at++;
    if (index < 0 && at > point) {
      index = words.length;
      words.push('');
    }
    if (at >= text.length) break;
    const end = endOfWord(text, at, breaks);
    if (index < 0 && point <= end && point >= at && !startsNext(text, point, end, breaks))
      index = words.length;
    words.push(text.slice(at, end));
    at = end;
  }
  if (index < 0) {
    index = words.length;
    words.push('');
  }
  return { words, index };
}

const isBreak = (character: string, breaks: string): boolean =>
  character !== '' && breaks.includes(character) && !/["'\s]/.test(character);

/** The cursor stands behind a breaking word, so at the begin of the next. */
const startsNext = (text: string, point: number, end: number, breaks: string): boolean =>
  point === end && isBreak(text.charAt(end - 1), breaks);

function endOfWord(text: string, at: number, breaks: string): number {
  const rest = text.slice(at);
  if (isBreak(text.charAt(at), breaks)) {
    let end = at;
    while (isBreak(text.charAt(end), breaks)) end++;
    return end;
  }
  return (
    at + unquoted(rest, (offset) => BLANK.test(rest.charAt(offset)) || isBreak(rest.charAt(offset), breaks))
  );
}
