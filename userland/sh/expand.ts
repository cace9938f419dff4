import type { ArithmeticWord, HereDoc, Word, WordPart } from 'unbash';
import { parse } from 'unbash';
import { Accounts } from '../files/accounts.ts';
import { type ArithmeticHost, evaluateText } from './arithmetic.ts';
import { expandBraces } from './brace.ts';
import { ShellError } from './control.ts';
import {
  DEFAULT_IFS,
  type Field,
  joinPieces,
  type Piece,
  piecesPattern,
  splitFields,
  text,
} from './fields.ts';
import {
  assignElement,
  elementAt,
  expandParameter,
  expandSimple,
  parameterValue,
  type WordExpander,
} from './parameters.ts';
import { expandPathname } from './pathnames.ts';
import { hasWildcard } from './pattern.ts';
import type { Shell, SourceText } from './shell.ts';

/** Expansion of words, POSIX 2.6: braces, tilde, parameters, commands, arithmetic, splitting, path names, quote removal. */

interface Context {
  quoted: boolean;
  /** Tildes after `=` and `:` too, as in assignments. */
  assignment: boolean;
  /** The word of `${x:-word}`: also its literal text is split into fields. */
  operand: boolean;
}

const PLAIN: Context = { quoted: false, assignment: false, operand: false };
const QUOTED: Context = { ...PLAIN, quoted: true };

export function partsOf(word: Word): readonly WordPart[] {
  return (
    word.parts ?? [{ type: 'Literal', pos: word.pos, end: word.end, value: word.value, text: word.text }]
  );
}

/** Words of a command: any number of fields each. */
export function expandWords(shell: Shell, words: readonly Word[]): string[] {
  const fields: string[] = [];
  for (const word of words) {
    // Most words are a name or a number: nothing to expand.
    if (word.parts === undefined && !word.text.startsWith('~')) fields.push(word.value);
    else for (const variant of braced(shell, word)) fields.push(...expandOne(shell, variant));
  }
  return fields;
}

interface Variant {
  word: Word;
  source: SourceText;
}

function braced(shell: Shell, word: Word): Variant[] {
  const { source } = shell;
  if (!shell.options.has('braceexpand') || !word.parts?.some((part) => part.type === 'BraceExpansion'))
    return [{ word, source }];
  // A variant without any text is no word at all.
  return expandBraces(word.text)
    .filter((variant) => variant !== '')
    .map((variant) => {
      const script = parse(`: ${variant}`);
      const command = script.commands[0]?.command;
      const [argument] = command?.type === 'Command' ? command.suffix : [];
      if (argument?.type !== 'Word') throw new ShellError(`${word.text}: bad brace expansion`);
      return { word: argument, source: { ...source, text: `: ${variant}` } };
    });
}

function expandOne(shell: Shell, { word, source }: Variant): string[] {
  const outer = shell.source;
  shell.source = source;
  try {
    const pieces = expandParts(shell, partsOf(word), PLAIN);
    const fields = splitFields(pieces, shell.variables.get('IFS') ?? DEFAULT_IFS);
    return fields.flatMap((field) => pathnames(shell, field));
  } finally {
    shell.source = outer;
  }
}

function pathnames(shell: Shell, field: Field): string[] {
  if (shell.options.has('noglob') || !hasWildcard(field.pattern)) return [field.text];
  const { options, variables } = shell;
  const ignored = (variables.get('GLOBIGNORE') ?? '').split(':').filter((pattern) => pattern !== '');
  const found = expandPathname(shell.system.files, field.pattern, {
    dotglob: options.shopt('dotglob') || ignored.length > 0,
    globstar: options.shopt('globstar'),
    nocaseglob: options.shopt('nocaseglob'),
    globskipdots: options.shopt('globskipdots'),
  }).filter((path) => !ignored.some((pattern) => matchesIgnore(path, pattern)));
  if (found.length > 0) return found;
  if (options.shopt('failglob')) throw new ShellError(`no match: ${field.text}`, { scope: 'command' });
  return options.shopt('nullglob') ? [] : [field.text];
}

function matchesIgnore(path: string, pattern: string): boolean {
  return new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}$`,
  ).test(path);
}

/** One text: no splitting, no path names (assignments, `case`, here-strings). */
export function expandString(shell: Shell, word: Word | undefined, assignment = false): string {
  if (word === undefined) return '';
  return joinPieces(expandParts(shell, partsOf(word), { ...PLAIN, assignment }), firstOfIfs(shell));
}

/** As in `case` and `[[ == ]]`: quoted parts are literal. */
export function expandPattern(shell: Shell, word: Word | undefined): string {
  return word === undefined ? '' : piecesPattern(expandParts(shell, partsOf(word), PLAIN));
}

/** The right side of `[[ =~ ]]`: quoted parts are literal in the regular expression. */
export function expandRegExp(shell: Shell, word: Word): string {
  return partsOf(word)
    .flatMap((part, at): Piece[] =>
      part.type === 'Literal' ? [text(part.text, false)] : expandPart(shell, part, at === 0, PLAIN),
    )
    .map((piece) =>
      piece.kind !== 'text'
        ? ''
        : piece.quoted
          ? piece.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          : piece.text,
    )
    .join('');
}

export function expandHereDocument(shell: Shell, { body, delimiter, operator }: HereDoc): string {
  if (delimiter?.quoted) return operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text;
  // Without expansions the body is one text, in which a backslash still protects these four.
  if (body.parts === undefined)
    return untabbed(body.text, operator).replace(/\\([$`\\]|\n)/g, (_whole, protectedOne: string) =>
      protectedOne === '\n' ? '' : protectedOne,
    );
  const parts = operator === '<<-' ? withoutTabs(body.parts) : body.parts;
  return joinPieces(expandParts(shell, parts, QUOTED));
}

const untabbed = (text: string, operator: HereDoc['operator']): string =>
  operator === '<<-' ? text.replace(/^\t+/gm, '') : text;

/** `<<-`: tabs at the start of a line are no part of it. */
function withoutTabs(parts: readonly WordPart[]): WordPart[] {
  return parts.map((part, at) => {
    if (part.type !== 'Literal') return part;
    const value = part.value.replace(/\n\t+/g, '\n');
    return { ...part, value: at === 0 ? value.replace(/^\t+/, '') : value };
  });
}

/** Unquoted text for prompts and the like: parameters, commands and arithmetic, as in a here-document. */
export function expandText(shell: Shell, source: string): string {
  const whole = `: <<${END_MARK}\n${source}\n${END_MARK}\n`;
  const script = parse(whole);
  const command = script.commands[0]?.command;
  const document = command?.type === 'Command' ? command.redirects[0] : undefined;
  if (document?.type !== 'HereDoc') return source;
  const outer = shell.source;
  shell.source = { ...outer, text: whole, firstLine: shell.line };
  try {
    return expandHereDocument(shell, document).replace(/\n$/, '');
  } finally {
    shell.source = outer;
  }
}
const END_MARK = '__END_OF_PROMPT__';

function firstOfIfs(shell: Shell): string {
  return (shell.variables.get('IFS') ?? DEFAULT_IFS).slice(0, 1) || ' ';
}

function expandParts(shell: Shell, parts: readonly WordPart[], context: Context): Piece[] {
  const pieces: Piece[] = [];
  for (const [at, part] of parts.entries()) pieces.push(...expandPart(shell, part, at === 0, context));
  return pieces;
}

function expandPart(shell: Shell, part: WordPart, first: boolean, context: Context): Piece[] {
  const { quoted } = context;
  switch (part.type) {
    case 'Literal':
      return literal(shell, part.value, part.text, first, context);
    case 'Glob':
      return part.kind === 'bracket'
        ? withinText(shell, part, part.parts, context)
        : [text(part.text, false)];
    case 'ExtendedGlob':
      return withinText(shell, part, part.parts ?? [], context);
    case 'BraceExpansion':
      return [text(part.text, false)];
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [{ kind: 'quotes' }, text(part.value, true)];
    case 'DoubleQuoted':
    case 'LocaleString':
      return doubleQuoted(shell, part.parts);
    case 'SimpleExpansion':
      return expandSimple(shell, part.text.slice(1), quoted);
    case 'ParameterExpansion':
      return expandParameter(shell, part, quoted, wordExpander(shell));
    case 'CommandExpansion': {
      const script = part.script;
      const output =
        script === undefined ? '' : shell.engine.capture(shell, script, sourceOf(shell, script.source));
      return [text(output, quoted, true)];
    }
    case 'ArithmeticExpansion': {
      const inner = part.text.startsWith('$[') ? part.text.slice(2, -1) : part.text.slice(3, -2);
      return [text(String(arithmeticText(shell, inner)), quoted, true)];
    }
    case 'ProcessSubstitution':
      return [text(shell.engine.processSubstitution(shell, part.operator, part.text.slice(2, -1)), true)];
  }
}

/** A bracket or group of a pattern: its own text, with the expansions and quotes that stand in it. */
function withinText(
  shell: Shell,
  whole: { text: string; pos: number },
  parts: readonly WordPart[],
  context: Context,
): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const part of parts) {
    if (part.type === 'Literal') continue;
    const from = part.pos - whole.pos;
    pieces.push(
      text(whole.text.slice(at, from), false),
      ...expandPart(shell, part, false, context).filter((piece) => piece.kind === 'text'),
    );
    at = from + (part.end - part.pos);
  }
  return [...pieces, text(whole.text.slice(at), false)];
}

/** The text that positions of a nested script index. */
function sourceOf(shell: Shell, own: string | undefined): SourceText {
  return own === undefined ? shell.source : { ...shell.source, text: own, firstLine: shell.line };
}

/** `"$@"` among nothing else is no field at all when there are no arguments. */
function doubleQuoted(shell: Shell, parts: readonly WordPart[]): Piece[] {
  const pieces = expandParts(shell, parts, QUOTED);
  const onlyList = parts.length > 0 && parts.every((part) => isListExpansion(part)) && pieces.length === 0;
  return onlyList ? [] : [{ kind: 'quotes' }, ...pieces];
}

function isListExpansion(part: WordPart): boolean {
  if (part.type === 'SimpleExpansion') return part.text === '$@';
  return part.type === 'ParameterExpansion' && (part.parameter === '@' || part.index?.text === '@');
}

function literal(
  shell: Shell,
  value: string,
  source: string,
  first: boolean,
  { quoted, assignment, operand }: Context,
): Piece[] {
  if (quoted) return [text(value, true)];
  if (operand && value === source && !source.startsWith('~')) return [text(value, false, true)];
  if (first && source.startsWith('~')) {
    const end = /[/:]/.exec(source)?.index ?? source.length;
    const home = /[\\'"]/.test(source.slice(0, end))
      ? undefined
      : homeOf(shell, source.slice(1, assignment ? end : source.search(/\/|$/)));
    if (home !== undefined) {
      const prefix = 1 + (assignment ? end : source.search(/\/|$/)) - 1;
      return [
        text(home, true),
        text(assignment ? tildes(shell, value.slice(prefix)) : value.slice(prefix), true),
      ];
    }
  }
  // Backslashes are gone from the value: what they protected must not become a pattern, what is left is no pattern anyway.
  return [text(assignment ? tildes(shell, value) : value, true)];
}

/** `~` after each colon of an assignment's value. */
function tildes(shell: Shell, value: string): string {
  return value.replace(/:~([A-Za-z0-9_.-]*)(?=$|[/:])/g, (whole, user: string) => {
    const home = homeOf(shell, user);
    return home === undefined ? whole : `:${home}`;
  });
}

function homeOf(shell: Shell, user: string): string | undefined {
  if (user === '')
    return shell.variables.get('HOME') ?? new Accounts(shell.system.files).home(shell.system.process.uid);
  if (user === '+') return shell.variables.get('PWD');
  if (user === '-') return shell.variables.get('OLDPWD');
  const uid = new Accounts(shell.system.files).uid(user);
  return uid === undefined ? undefined : new Accounts(shell.system.files).home(uid);
}

function wordExpander(shell: Shell): WordExpander {
  return {
    pieces: (word, quoted) =>
      word === undefined ? [] : expandParts(shell, partsOf(word), { ...PLAIN, quoted, operand: true }),
    string: (word) => expandString(shell, word),
    pattern: (word) => expandPattern(shell, word),
    arithmetic: (source) => Number(evaluateText(arithmeticHost(shell), source)),
  };
}

export function arithmeticHost(shell: Shell): ArithmeticHost {
  const subscript = (source: string): number => Number(evaluateText(arithmeticHost(shell), source));
  return {
    expand: (word: ArithmeticWord) =>
      word.parts === undefined ? word.value : joinPieces(expandParts(shell, word.parts, QUOTED)),
    command(source) {
      const script = parse(source);
      return shell.engine.capture(shell, script, { ...shell.source, text: source });
    },
    read(name, index) {
      if (index === undefined) {
        const value = parameterValue(shell, name);
        if (value === undefined && shell.options.has('nounset'))
          throw new ShellError(`${name}: unbound variable`, { status: shell.fatalStatus, scope: 'script' });
        return value;
      }
      return elementAt(shell.variables.value(name), index, subscript);
    },
    write(name, index, value) {
      if (index === undefined) shell.variables.set(name, value);
      else assignElement(shell, name, index, value, subscript);
    },
  };
}

/** The text of an arithmetic expression: expanded as in double quotes first, then evaluated (POSIX 2.6.4). */
export function arithmeticText(shell: Shell, source: string): bigint {
  if (!/["$`\\]/.test(source)) return arithmetic(shell, source);
  const outer = shell.source;
  const plain = source.replaceAll('"', '').replaceAll('\\\n', '');
  try {
    return arithmetic(shell, /[$`]/.test(plain) ? expandText(shell, plain) : plain);
  } finally {
    shell.source = outer;
  }
}

export function arithmetic(shell: Shell, source: string): bigint {
  return evaluateText(arithmeticHost(shell), source);
}
