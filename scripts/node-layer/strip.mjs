// Makes the library's files smaller without moving a line: comments, indentation and trailing blanks go, nothing is
// renamed (a name shows in stack traces, in `fn.name` and in inspected values; even "whitespace only" minifiers rename
// what shadows). So a line of the result is that line of the source, and a column is off by what led the line.
import { parse } from 'acorn';

/** A builtin's file is the body of a function. */
const SYNTAX = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  allowSuperOutsideMethod: true,
  allowHashBang: true,
};
/** Leading columns that one character of the table can tell. */
const LEAD_MAX = 90;
const FIRST_CHARACTER = 33;

/**
 * @param {string} source
 * @returns {{ code: string, leads: string }} `leads`: a character a line, its code less 33 being the columns cut there
 */
export function strip(source) {
  const cut = []; // [start, end] of comments
  const kept = []; // [start, end] of text whose blanks mean something
  parse(source, {
    ...SYNTAX,
    onComment: (_block, _text, start, end) => cut.push([start, end]),
    onToken(token) {
      const { label } = token.type;
      if (label === 'template' || label === 'string' || label === 'regexp')
        kept.push([token.start, token.end]);
    },
  });
  const inside = (ranges) => {
    let index = 0;
    return (position) => {
      while (index < ranges.length && ranges[index][1] <= position) index++;
      return index < ranges.length && ranges[index][0] <= position;
    };
  };
  const isComment = inside(cut);
  const isKept = inside(kept);
  let code = '';
  let leads = '';
  let line = '';
  let lead = 0;
  let started = false;
  let trimmable = 0; // characters at the end of `line` that may go
  const endLine = () => {
    code += trimmable > 0 ? line.slice(0, -trimmable) : line;
    leads += String.fromCharCode(FIRST_CHARACTER + Math.min(lead, LEAD_MAX));
    line = '';
    lead = trimmable = 0;
    started = false;
  };
  for (let i = 0; i < source.length; i++) {
    const character = source[i];
    const literal = isKept(i);
    const comment = isComment(i);
    if (character === '\n') {
      endLine();
      code += '\n';
    } else if (comment || (!literal && (character === ' ' || character === '\t' || character === '\r'))) {
      if (!started) {
        lead++;
      } else if (!comment || trimmable === 0) {
        // Two words that only a comment parts stay parted.
        line += ' ';
        trimmable++;
      }
    } else {
      line += character;
      started = true;
      trimmable = 0;
    }
  }
  endLine();
  return { code, leads };
}
