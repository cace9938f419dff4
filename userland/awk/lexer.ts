import { AwkSyntaxError } from './ast.ts';

export type TokenKind =
  'number' | 'string' | 'regex' | 'name' | 'call' | 'builtin' | 'keyword' | 'newline' | 'operator' | 'end';

export interface Token {
  kind: TokenKind;
  text: string;
  line: number;
}

const KEYWORDS = new Set([
  'BEGIN',
  'END',
  'function',
  'func',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'nextfile',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
]);
const BUILTINS = new Set([
  'length',
  'substr',
  'index',
  'split',
  'sub',
  'gsub',
  'match',
  'sprintf',
  'sin',
  'cos',
  'atan2',
  'exp',
  'log',
  'sqrt',
  'int',
  'rand',
  'srand',
  'tolower',
  'toupper',
  'system',
  'close',
  'fflush',
  'gensub',
  'strftime',
  'systime',
]);
const OPERATOR = /\*\*=|\*\*|&&|\|\||\+\+|--|[-+*/%^!<>=]=|!~|>>|[-+*/%^!<>=~?:,;(){}[\]$|]/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/y;
const NAME = /[A-Za-z_]\w*/y;
/** After these a slash divides; anywhere else it begins an expression. */
const VALUES = new Set<TokenKind>(['number', 'string', 'regex', 'name', 'builtin']);

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const push = (kind: TokenKind, text: string): void => void tokens.push({ kind, text, line });
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const character = source[at] ?? '';
    if (character === ' ' || character === '\t' || character === '\r') at++;
    else if (character === '#') at += match(/[^\n]*/y)?.length ?? 0;
    else if (character === '\\' && /^\\\r?\n/.test(source.slice(at, at + 3))) {
      at = source.indexOf('\n', at) + 1;
      line++;
    } else if (character === '\n') {
      push('newline', '\n');
      at++;
      line++;
    } else if (character === '"') {
      const text = match(/"(?:\\[^]|[^"\\\n])*"/y);
      if (text === undefined) throw new AwkSyntaxError(`line ${line}: unterminated string`);
      push('string', unescape(text.slice(1, -1)));
      at += text.length;
    } else if (character === '/' && !dividesAfter(tokens.at(-1))) {
      const text = match(/\/(?:\\[^\n]|\[\^?\]?(?:\[:\w+:\]|\\[^\n]|[^\]\n])*\]|[^/\n\\[])*\//y);
      if (text === undefined) throw new AwkSyntaxError(`line ${line}: unterminated regexp`);
      push('regex', text.slice(1, -1).replaceAll('\\/', '/'));
      at += text.length;
    } else {
      const number = match(NUMBER);
      const name = number === undefined ? match(NAME) : undefined;
      const text = number ?? name ?? match(OPERATOR);
      if (text === undefined) throw new AwkSyntaxError(`line ${line}: unexpected character '${character}'`);
      at += text.length;
      if (number !== undefined) push('number', text);
      else if (name === undefined) push('operator', text === '**' ? '^' : text === '**=' ? '^=' : text);
      else if (KEYWORDS.has(name)) push('keyword', name === 'func' ? 'function' : name);
      else if (BUILTINS.has(name)) push('builtin', name);
      else push(source[at] === '(' ? 'call' : 'name', name);
    }
  }
  push('newline', '\n');
  push('end', '');
  return tokens;
}

function dividesAfter(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return VALUES.has(token.kind) || [')', ']', '$', '++', '--'].includes(token.text);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  '/': '/',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** Escapes of string literals and of `-v` values. */
export function unescape(text: string): string {
  return text.replace(
    /\\(?:([0-7]{1,3})|(\n)|([^]))/g,
    (whole, octal?: string, newline?: string, one?: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (newline !== undefined) return '';
      return ESCAPES[one ?? ''] ?? whole;
    },
  );
}
