import { isFunction, forEachChild, parse, type SourceKind, type Tree } from './syntax.ts';

/** Where a compile error stands; line and columns from 0, `end` exclusive. */
export interface SyntaxErrorPlace {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly sourceLine: string;
}

/**
 * The browser tells the message of a failed compilation but not its place. A second parser does; where V8 points at
 * another token than acorn for the same mistake, the message says which.
 */
export function locateSyntaxError(code: string, kind: SourceKind, message: string): SyntaxErrorPlace {
  const range = errorRange(code, kind, message);
  return placeOf(code, range[0], range[1]);
}

/** Longest run of digits looked at before a bad token. */
const MAX_NUMBER_LENGTH = 400;

type Range = readonly [start: number, end: number];

function errorRange(code: string, kind: SourceKind, message: string): Range {
  let at: number;
  let raisedAt: number;
  try {
    const tree = parse(code, kind);
    return declaredAgain(tree, message) ?? [0, 0];
  } catch (error) {
    const raised = error as { pos?: number; raisedAt?: number };
    if (raised.pos === undefined) return [0, 0];
    at = raised.pos;
    raisedAt = raised.raisedAt ?? at;
  }
  if (message.startsWith('missing ) after argument list')) return previousToken(code, at);
  if (message.startsWith('await is only valid')) return wordBefore(code, at, 'await') ?? tokenAt(code, at);
  if (message.startsWith('Missing initializer')) return previousToken(code, at);
  if (message.startsWith('Function statements require'))
    return wordBefore(code, at, 'function') ?? tokenAt(code, at);
  if (message.startsWith('Invalid or unexpected token')) {
    // A backslash is read before what must follow it.
    if (code.charAt(at - 1) === '\\') at--;
    const digits = /\d+$/.exec(code.slice(Math.max(0, at - MAX_NUMBER_LENGTH), at))?.[0].length ?? 0;
    return digits > 0 ? [at - digits, at] : tokenAt(code, at);
  }
  const unexpected = /^Unexpected token '(.+)'$/.exec(message)?.[1];
  if (unexpected !== undefined) {
    const last = code.lastIndexOf(unexpected, raisedAt - unexpected.length);
    const from = last >= at ? last : code.indexOf(unexpected, at);
    if (from >= 0) return [from, from + unexpected.length];
  }
  if (message.startsWith('Unexpected end of input')) return [code.length, code.length];
  return tokenAt(code, at);
}

/** `Identifier 'x' has already been declared`, where x is a parameter of the wrapper (`module`, `require`, …). */
function declaredAgain(tree: Tree, message: string): Range | undefined {
  const name = /^Identifier '(.+)' has already been declared/.exec(message)?.[1];
  if (name === undefined) return undefined;
  let found: Range | undefined;
  const look = (node: Tree): void => {
    if (found) return;
    if (node.type === 'Identifier' && node.name === name) found = [node.start, node.end];
    else if (!isFunction(node) || node.type === 'FunctionDeclaration') forEachChild(node, look);
  };
  if (tree.type !== 'Program') return undefined;
  for (const statement of tree.body) {
    if (statement.type === 'ClassDeclaration') look(statement.id);
    else if (statement.type === 'VariableDeclaration' && statement.kind !== 'var') {
      for (const declarator of statement.declarations) look(declarator.id);
    }
  }
  return found;
}

const TOKEN =
  /(?:[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*|'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?|=>|\.\.\.|>>>=|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|===|!==|[-+*/%&|^<>=!]=|\*\*|<<|>>|&&|\|\||\?\?|\?\.|\+\+|--|[^\s])/uy;

function tokenAt(code: string, at: number): Range {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(code);
  return [at, at + (match?.[0].length ?? (at < code.length ? 1 : 0))];
}

function previousToken(code: string, at: number): Range {
  let start = code.lastIndexOf('\n', at - 1) + 1;
  let previous: Range = [at, at];
  while (start < at) {
    while (start < at && /\s/.test(code.charAt(start))) start++;
    if (start >= at) break;
    previous = tokenAt(code, start);
    start = previous[1];
  }
  return previous;
}

function wordBefore(code: string, at: number, word: string): Range | undefined {
  const start = code.lastIndexOf(word, at);
  return start < 0 ? undefined : [start, start + word.length];
}

export function placeOf(code: string, start: number, end: number): SyntaxErrorPlace {
  let line = 0;
  let lineStart = 0;
  for (let at = code.indexOf('\n'); at >= 0 && at < start; at = code.indexOf('\n', lineStart)) {
    line++;
    lineStart = at + 1;
  }
  const newline = code.indexOf('\n', lineStart);
  let lineEnd = newline < 0 ? code.length : newline;
  if (code.charAt(lineEnd - 1) === '\r' && lineEnd > lineStart) lineEnd--;
  return {
    line,
    start: start - lineStart,
    end: Math.min(end, lineEnd) - lineStart,
    sourceLine: code.slice(lineStart, lineEnd),
  };
}

/** `file:line`, the source line and the carets beneath, as Node prints them above an error (GetErrorSource). */
export function arrowMessage(filename: string, place: SyntaxErrorPlace, lineOffset: number): string {
  let underline = '';
  for (let i = 0; i < place.start; i++) underline += place.sourceLine.charAt(i) === '\t' ? '\t' : ' ';
  underline += '^'.repeat(Math.max(0, place.end - place.start));
  return `${filename}:${place.line + 1 + lineOffset}\n${place.sourceLine}\n${underline}\n`;
}
