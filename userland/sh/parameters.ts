import { parse, type ParameterExpansionPart, type ParameterOperation, type Word } from 'unbash';
import { shellQuote } from '../text/quote.ts';
import { ShellError } from './control.ts';
import { DEFAULT_IFS, type Piece, text } from './fields.ts';
import { matchesPattern, patternSource } from './pattern.ts';
import type { Shell } from './shell.ts';
import { CircularReference, elementsOf, keysOf, scalarOf, type Value } from './variables.ts';

/** How words inside an expansion are expanded: given by expand.ts, which this file must not import. */
export interface WordExpander {
  pieces(word: Word | undefined, quoted: boolean): Piece[];
  string(word: Word | undefined): string;
  pattern(word: Word | undefined): string;
  arithmetic(text: string): number;
}

/** What a parameter stands for. */
interface Found {
  values: string[];
  set: boolean;
  /** `@` and `*`, also as a subscript: any number of values. */
  list: boolean;
  star: boolean;
}

const isList = (index: string | undefined): boolean => index === '@' || index === '*';

export function expandParameter(
  shell: Shell,
  part: ParameterExpansionPart,
  quoted: boolean,
  words: WordExpander,
): Piece[] {
  const { prefix, parameter, index, operation } = part;
  if (prefix === '!') return indirect(shell, part, quoted, words);
  if (prefix === '#' && operation === undefined)
    return [text(String(lengthOf(shell, parameter, index, words)), quoted, true)];
  const found = lookUp(shell, parameter, index, words);
  if (operation === undefined) {
    if (!found.set) requireSet(shell, parameter, found);
    return pieces(shell, found, quoted);
  }
  return operate(shell, { name: parameter, index, found, operation, quoted, words });
}

/** `$name` and the special parameters. */
export function expandSimple(shell: Shell, name: string, quoted: boolean): Piece[] {
  const found = lookUp(shell, name, undefined, undefined);
  if (!found.set) requireSet(shell, name, found);
  return pieces(shell, found, quoted);
}

function lookUp(shell: Shell, name: string, index: Word | undefined, words: WordExpander | undefined): Found {
  if (name === '@' || name === '*') {
    return { values: [...shell.args], set: shell.args.length > 0, list: true, star: name === '*' };
  }
  if (index !== undefined && isList(index.text)) {
    const values = elementsOf(shell.variables.value(name));
    return { values, set: values.length > 0, list: true, star: index.text === '*' };
  }
  const list = index === undefined ? referencedList(shell, name) : undefined;
  if (list !== undefined) return list;
  const value =
    index === undefined ? parameterValue(shell, name) : words && element(shell, name, index, words);
  return { values: value === undefined ? [] : [value], set: value !== undefined, list: false, star: false };
}

/** A nameref to `array[@]` stands for all elements. */
function referencedList(shell: Shell, name: string): Found | undefined {
  if (shell.variables.find(name)?.nameref !== true) return undefined;
  const match = SUBSCRIPTED.exec(resolved(shell, name) ?? '');
  const [, array = '', subscript] = match ?? [];
  if (!isList(subscript)) return undefined;
  const values = elementsOf(shell.variables.value(array));
  return { values, set: values.length > 0, list: true, star: subscript === '*' };
}

/** A variable's or a special parameter's value; undefined when it is not set. */
export function parameterValue(shell: Shell, name: string): string | undefined {
  if (/^\d+$/.test(name)) return name === '0' ? shell.name : shell.args[Number(name) - 1];
  switch (name) {
    case '?':
      return String(shell.status);
    case '$':
      return String(shell.pid);
    case '!':
      return shell.lastBackground === undefined ? undefined : String(shell.lastBackground);
    case '#':
      return String(shell.args.length);
    case '-':
      return shell.options.letters;
    case '@':
    case '*':
      return shell.args.length ? shell.args.join(' ') : undefined;
  }
  const target = resolved(shell, name);
  if (target === undefined) return undefined;
  const subscripted = SUBSCRIPTED.exec(target);
  if (!subscripted) return shell.variables.get(target);
  return elementNamed(shell, subscripted[1] ?? '', subscripted[2] ?? '');
}

/** What a nameref leads to; undefined and a warning when it leads nowhere. */
function resolved(shell: Shell, name: string): string | undefined {
  try {
    return shell.variables.resolve(name);
  } catch (error) {
    if (!(error instanceof CircularReference)) throw error;
    shell.complain(`warning: ${error.message}`);
    return undefined;
  }
}
const SUBSCRIPTED = /^([A-Za-z_]\w*)\[([\s\S]*)\]$/;

/** An element by the source text of its subscript. */
function elementNamed(shell: Shell, name: string, subscript: string): string | undefined {
  return elementAt(shell.variables.value(name), shell.engine.subscriptKey(shell, name, subscript), Number);
}

function element(shell: Shell, name: string, index: Word, words: WordExpander): string | undefined {
  const value = shell.variables.value(name);
  if (value instanceof Map) return value.get(words.string(index));
  return elementAt(value, words.string(index), words.arithmetic);
}

/** One element by its subscript's text. */
export function elementAt(
  value: Value | undefined,
  subscript: string,
  arithmetic: (text: string) => number,
): string | undefined {
  if (value instanceof Map) return value.get(subscript);
  const at = arithmetic(subscript);
  if (Array.isArray(value)) return value[at < 0 ? value.length + at : at];
  return at === 0 || at === -1 ? value : undefined;
}

function requireSet(shell: Shell, name: string, found: Found): void {
  if (!shell.options.has('nounset') || found.list) return;
  throw new ShellError(`${name}: unbound variable`, { status: shell.fatalStatus, scope: 'script' });
}

/** `"$*"` joins with the first character of IFS; `"$@"` keeps fields apart; unquoted both are split further. */
function pieces(
  shell: Shell,
  { values, list, star }: Pick<Found, 'values' | 'list' | 'star'>,
  quoted: boolean,
): Piece[] {
  if (!list) return [text(values[0] ?? '', quoted, true)];
  const ifs = shell.variables.get('IFS') ?? DEFAULT_IFS;
  if (star && quoted) return [text(values.join(ifs.slice(0, 1)), true)];
  return values.flatMap((value, at): Piece[] => {
    const piece: Piece[] = quoted ? [{ kind: 'quotes' }, text(value, true)] : [text(value, false, true)];
    return at === 0 ? piece : [{ kind: 'break', star }, ...piece];
  });
}

function lengthOf(shell: Shell, name: string, index: Word | undefined, words: WordExpander): number {
  const found = lookUp(shell, name, index, words);
  if (found.list) return found.values.length;
  if (!found.set) requireSet(shell, name, found);
  return [...(found.values[0] ?? '')].length;
}

function indirect(shell: Shell, part: ParameterExpansionPart, quoted: boolean, words: WordExpander): Piece[] {
  const { parameter, index, operation } = part;
  if (operation?.type === 'Names') {
    const values = shell.variables
      .names()
      .filter((name) => name.startsWith(parameter) && shell.variables.value(name) !== undefined);
    return pieces(shell, { values, list: true, star: operation.operator === '*' }, quoted);
  }
  if (index !== undefined && isList(index.text)) {
    const values = keysOf(shell.variables.value(parameter));
    return pieces(shell, { values, list: true, star: index.text === '*' }, quoted);
  }
  const variable = shell.variables.find(parameter);
  if (variable?.nameref) return [text(scalarOf(variable.value) ?? '', quoted, true)];
  const target =
    index === undefined ? parameterValue(shell, parameter) : element(shell, parameter, index, words);
  if (target === undefined) {
    if (operation?.type === 'Default')
      return operate(shell, { name: parameter, index, found: NOTHING, operation, quoted, words });
    throw new ShellError(`${parameter}: invalid indirect expansion`);
  }
  const match = /^([A-Za-z_]\w*|\d+|[@*#?$!-])(?:\[([\s\S]*)\])?$/.exec(target);
  if (!match) throw new ShellError(`${target}: invalid variable name`);
  const [, name = '', subscript] = match;
  const found =
    subscript === undefined
      ? lookUp(shell, name, undefined, words)
      : isList(subscript)
        ? { values: elementsOf(shell.variables.value(name)), set: true, list: true, star: subscript === '*' }
        : single(elementNamed(shell, name, subscript));
  if (operation === undefined) return pieces(shell, found, quoted);
  return operate(shell, { name, index: undefined, found, operation, quoted, words });
}

const NOTHING: Found = { values: [], set: false, list: false, star: false };
const single = (value: string | undefined): Found => ({
  ...NOTHING,
  values: value === undefined ? [] : [value],
  set: value !== undefined,
});

interface Operation {
  name: string;
  index: Word | undefined;
  found: Found;
  operation: ParameterOperation;
  quoted: boolean;
  words: WordExpander;
}

function operate(shell: Shell, request: Operation): Piece[] {
  const { found, operation, quoted, name } = request;
  if (operation.type === 'Default') return defaulted(shell, request, operation);
  if (!found.set) requireSet(shell, name, found);
  if (operation.type === 'Slice')
    return pieces(shell, { ...found, values: slice(shell, request, operation) }, quoted);
  if (operation.type === 'Unknown')
    throw new ShellError(`\${${name}${operation.operator}}: bad substitution`);
  if (operation.type === 'Transform') return transform(shell, request, operation.operand.text);
  const change = changer(shell, request, operation);
  return pieces(shell, { ...found, values: found.values.map(change) }, quoted);
}

function defaulted(
  shell: Shell,
  { name, index, found, quoted, words }: Operation,
  operation: ParameterOperation & { type: 'Default' },
): Piece[] {
  const kind = operation.operator.at(-1);
  const empty = found.values.join('') === '' && (!found.list || found.values.length < 2);
  const missing = !found.set || (operation.operator.startsWith(':') && empty);
  if (kind === '+') return missing ? [] : words.pieces(operation.operand, quoted);
  if (!missing) return pieces(shell, found, quoted);
  if (kind === '-') return words.pieces(operation.operand, quoted);
  if (kind === '?') {
    const message =
      words.string(operation.operand) ||
      (operation.operator === ':?' ? 'parameter null or not set' : 'parameter not set');
    throw new ShellError(`${name}: ${message}`, { status: shell.fatalStatus, scope: 'script' });
  }
  if (!/^[A-Za-z_]/.test(name)) throw new ShellError(`$${name}: cannot assign in this way`);
  const value = words.string(operation.operand);
  if (index === undefined) shell.variables.set(name, value);
  else assignElement(shell, name, words.string(index), value, words.arithmetic);
  return [text(value, quoted, true)];
}

/** `name[subscript]=value`; makes an array of what was not one. */
export function assignElement(
  shell: Shell,
  name: string,
  subscript: string,
  value: string,
  arithmetic: (text: string) => number,
): void {
  const variable = shell.variables.writable(name);
  if (variable.value instanceof Map) {
    variable.value.set(subscript, value);
    return;
  }
  const array = Array.isArray(variable.value)
    ? variable.value
    : variable.value === undefined
      ? []
      : [variable.value];
  const at = arithmetic(subscript);
  const index = at < 0 ? array.length + at : at;
  if (index < 0) throw new ShellError(`${name}[${subscript}]: bad array subscript`);
  array[index] = value;
  variable.value = array;
}

function slice(
  shell: Shell,
  { name, index, found, words }: Operation,
  operation: ParameterOperation & { type: 'Slice' },
): string[] {
  const offset = words.arithmetic(words.string(operation.offset));
  const length =
    operation.length === undefined ? undefined : words.arithmetic(words.string(operation.length));
  if (!found.list) {
    const characters = [...(found.values[0] ?? '')];
    const start = offset < 0 ? characters.length + offset : offset;
    if (start < 0 || start > characters.length) return [''];
    const end =
      length === undefined ? characters.length : length < 0 ? characters.length + length : start + length;
    if (end < start) throw new ShellError(`${operation.length?.text ?? ''}: substring expression < 0`);
    return [characters.slice(start, end).join('')];
  }
  if (length !== undefined && length < 0)
    throw new ShellError(`${operation.length?.text ?? ''}: substring expression < 0`);
  const value = index === undefined ? undefined : shell.variables.value(name);
  if (Array.isArray(value)) {
    const start = offset < 0 ? value.length + offset : offset;
    const chosen = Object.keys(value).filter((key) => start >= 0 && Number(key) >= start);
    return chosen.slice(0, length).map((key) => value[Number(key)] ?? '');
  }
  const all = index === undefined ? [shell.name, ...found.values] : found.values;
  const start = offset < 0 ? all.length + offset : offset;
  if (start < 0) return [];
  const from = index === undefined && offset === 0 ? 0 : start;
  return all.slice(from, length === undefined ? undefined : from + length);
}

type Change = (value: string) => string;

function changer(shell: Shell, { words }: Operation, operation: ParameterOperation): Change {
  const style = { ignoreCase: shell.options.shopt('nocasematch') };
  switch (operation.type) {
    case 'Remove': {
      const pattern = words.pattern(operation.operand);
      return (value) => remove(value, pattern, operation.operator);
    }
    case 'Replace': {
      const pattern = words.pattern(operation.pattern);
      if (pattern === '') return (value) => value;
      const replacement = replacementOf(shell, words.pieces(operation.replacement, false));
      const body = patternSource(pattern, style);
      const source =
        operation.operator === '/#' ? `^(?:${body})` : operation.operator === '/%' ? `(?:${body})$` : body;
      const flags = `su${operation.operator === '//' ? 'g' : ''}${style.ignoreCase ? 'i' : ''}`;
      return (value) =>
        value.replace(new RegExp(source, flags), (match) =>
          match === '' && value !== '' && operation.operator === '//' ? match : replacement(match),
        );
    }
    case 'CaseModification':
      return caseChange(operation.operator, operation.operand && words.pattern(operation.operand));
    default:
      return (value) => value;
  }
}

/** An unquoted `&` stands for what matched (`patsub_replacement`). */
function replacementOf(shell: Shell, parts: readonly Piece[]): Change {
  const special = shell.options.shopt('patsub_replacement');
  return (match) =>
    parts
      .map((piece) => {
        if (piece.kind !== 'text') return piece.kind === 'break' ? ' ' : '';
        if (piece.quoted || !special) return piece.text;
        return piece.text.replace(/\\([\\&])|&/g, (_whole, escaped: string | undefined) => escaped ?? match);
      })
      .join('');
}

function remove(value: string, pattern: string, operator: string): string {
  const ends = Array.from({ length: value.length + 1 }, (_, i) => i);
  if (operator === '##' || operator === '%') ends.reverse();
  for (const at of ends) {
    const front = operator.startsWith('#');
    if (matchesPattern(front ? value.slice(0, at) : value.slice(at), pattern))
      return front ? value.slice(at) : value.slice(0, at);
  }
  return value;
}

function caseChange(operator: string, pattern: string | undefined): Change {
  const convert = (character: string): string =>
    operator.startsWith('^') ? character.toUpperCase() : character.toLowerCase();
  const wanted = (character: string): boolean =>
    pattern === undefined || pattern === '' || matchesPattern(character, pattern);
  return (value) =>
    [...value]
      .map((character, at) =>
        (operator.length === 2 || at === 0) && wanted(character) ? convert(character) : character,
      )
      .join('');
}

/** `${x@Q}` and its kin. */
function transform(shell: Shell, { name, index, found, quoted }: Operation, letter: string): Piece[] {
  const of = (change: Change): Piece[] =>
    pieces(shell, { ...found, values: found.values.map(change) }, quoted);
  switch (letter) {
    case 'Q':
      return of(quoteForReuse);
    case 'U':
      return of((value) => value.toUpperCase());
    case 'L':
      return of((value) => value.toLowerCase());
    case 'u':
      return of((value) => value.slice(0, 1).toUpperCase() + value.slice(1));
    case 'a':
      return of(() => attributes(shell, name));
    case 'A':
      return [text(`${name}=${quoteForReuse(found.values[0] ?? '')}`, quoted, true)];
    case 'E':
      return of(ansiEscapes);
    case 'P':
      return of((value) => shell.engine.prompt(shell, value));
    case 'K':
    case 'k': {
      const keys = keysOf(shell.variables.value(name));
      if (index === undefined || letter === 'k') {
        return pieces(
          shell,
          { ...found, values: keys.flatMap((key, at) => [key, found.values[at] ?? '']) },
          quoted,
        );
      }
      return [text(keys.map((key, at) => `${key} "${found.values[at] ?? ''}"`).join(' '), quoted, true)];
    }
    default:
      throw new ShellError(`\${${name}@${letter}}: bad substitution`);
  }
}

/** `@E`: as between `$'` and `'`. */
function ansiEscapes(value: string): string {
  const command = parse(`: $'${value.replaceAll("'", "\\'")}'`).commands[0]?.command;
  const [word] = command?.type === 'Command' ? command.args : [];
  return word?.type === 'Word' ? word.value : value;
}

/** Single quotes, or `$'…'` where there are control characters: what `@Q`, `set` and `declare -p` print. */
export function quoteForReuse(value: string): string {
  const plain = shellQuote(value);
  return plain.startsWith("$'") ? plain : `'${value.replaceAll("'", "'\\''")}'`;
}

/** The letters of `declare` for a variable. */
export function attributes(shell: Shell, name: string): string {
  const variable = shell.variables.find(name);
  if (variable === undefined) return '';
  const { value, integer, letterCase, nameref, readonly, exported } = variable;
  return (
    (Array.isArray(value) ? 'a' : value instanceof Map ? 'A' : '') +
    (integer ? 'i' : '') +
    (letterCase === 'lower' ? 'l' : '') +
    (nameref ? 'n' : '') +
    (readonly ? 'r' : '') +
    (letterCase === 'upper' ? 'u' : '') +
    (exported ? 'x' : '')
  );
}
