import type { Assignment } from 'unbash';
import { ShellError } from './control.ts';
import { arithmetic, arithmeticText, expandString, expandWords } from './expand.ts';
import { assignElement } from './parameters.ts';
import type { Shell } from './shell.ts';
import { NAME, type Variable } from './variables.ts';
import { parse } from 'unbash';

const subscriptOf = (shell: Shell) => (source: string) => Number(arithmetic(shell, source));

/** One assignment, done. Throws ShellError for a readonly variable or a bad subscript. */
export function assign(shell: Shell, assignment: Assignment): void {
  const { name, value, append, index } = assignment;
  if (value.type === 'ArrayValue') {
    if (index !== undefined)
      throw new ShellError(`${name}[${index.text}]: cannot assign list to array member`, {
        scope: 'command',
      });
    assignArray(
      shell,
      name,
      value.elements.map((element) => element),
      append === true,
    );
    return;
  }
  const text = expandString(shell, value, true);
  if (index !== undefined) {
    const subscript =
      shell.variables.value(name) instanceof Map ? expandString(shell, index) : expandString(shell, index);
    const old = append ? elementText(shell, name, subscript) : '';
    const target = shell.variables.resolve(name);
    if (!NAME.test(target))
      throw new ShellError(`\`${target}': not a valid identifier`, { scope: 'command' });
    const variable = shell.variables.find(target);
    assignElement(shell, target, subscript, valueFor(shell, variable, old, text), subscriptOf(shell));
    return;
  }
  assignScalar(shell, name, text, append === true);
}

export function assignScalar(shell: Shell, name: string, text: string, append: boolean): void {
  const target = shell.variables.resolve(name);
  const subscripted = /^([A-Za-z_]\w*)\[([\s\S]*)\]$/.exec(target);
  if (subscripted) {
    const [, array = '', source = ''] = subscripted;
    if (source === '@' || source === '*')
      throw new ShellError(`\`${target}': not a valid identifier`, { scope: 'command' });
    const subscript = subscriptKey(shell, array, source);
    assignElement(
      shell,
      array,
      subscript,
      append ? elementText(shell, array, subscript) + text : text,
      subscriptOf(shell),
    );
    return;
  }
  if (!NAME.test(target)) throw new ShellError(`\`${target}': not a valid identifier`, { scope: 'command' });
  const old = append ? (shell.variables.get(target) ?? '') : '';
  shell.variables.set(target, valueFor(shell, shell.variables.find(target), old, text));
  if (shell.options.has('allexport')) shell.variables.writable(target).exported = true;
}

/** An integer variable takes the value of its expression; `+=` adds to it. */
function valueFor(shell: Shell, variable: Variable | undefined, old: string, text: string): string {
  if (!variable?.integer) return old + text;
  return String(BigInt.asIntN(64, (old === '' ? 0n : arithmetic(shell, old)) + arithmetic(shell, text)));
}

function elementText(shell: Shell, name: string, subscript: string): string {
  const value = shell.variables.value(name);
  if (value instanceof Map) return value.get(subscript) ?? '';
  const at = Number(arithmetic(shell, subscript));
  return (Array.isArray(value) ? value.at(at) : at === 0 ? value : undefined) ?? '';
}

type ArrayWord = Parameters<typeof expandWords>[1][number];

/** `name=(a b [5]=c)`. */
export function assignArray(
  shell: Shell,
  name: string,
  elements: readonly ArrayWord[],
  append: boolean,
): void {
  const target = shell.variables.resolve(name);
  if (!NAME.test(target)) throw new ShellError(`\`${target}': not a valid identifier`, { scope: 'command' });
  const old = shell.variables.value(target);
  if (old instanceof Map || shell.variables.find(target)?.value instanceof Map) {
    shell.variables.setArray(
      target,
      associative(shell, elements, append && old instanceof Map ? new Map(old) : new Map()),
    );
    return;
  }
  const start = append ? (Array.isArray(old) ? old.slice() : old === undefined ? [] : [old as string]) : [];
  shell.variables.setArray(target, indexed(shell, elements, start, shell.variables.find(target)));
}

interface Subscripted {
  subscript: string;
  append: boolean;
  value: string;
}

/** `[subscript]=value`, brackets balanced, quotes passed over; undefined for another word. */
function subscripted(text: string): Subscripted | undefined {
  if (!text.startsWith('[')) return undefined;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\') i++;
    else if (character === "'" || character === '"') i = Math.max(i, text.indexOf(character, i + 1));
    else if (character === '[') depth++;
    else if (character === ']' && --depth === 0) {
      const match = /^(\+?)=([\s\S]*)$/.exec(text.slice(i + 1));
      return match
        ? { subscript: text.slice(1, i), append: match[1] === '+', value: match[2] ?? '' }
        : undefined;
    }
  }
  return undefined;
}

function indexed(
  shell: Shell,
  elements: readonly ArrayWord[],
  array: string[],
  variable: Variable | undefined,
): string[] {
  let next = array.length;
  for (const element of elements) {
    const match = subscripted(element.text);
    if (match) {
      const at = Number(arithmetic(shell, wordText(shell, match.subscript)));
      next = at < 0 ? array.length + at : at;
      if (next < 0) throw new ShellError(`[${match.subscript}]=: bad array subscript`, { scope: 'command' });
      array[next] = valueFor(
        shell,
        variable,
        match.append ? (array[next] ?? '') : '',
        wordText(shell, match.value),
      );
      next++;
    } else
      for (const value of expandWords(shell, [element])) array[next++] = valueFor(shell, variable, '', value);
  }
  return array;
}

function associative(
  shell: Shell,
  elements: readonly ArrayWord[],
  map: Map<string, string>,
): Map<string, string> {
  const plain: string[] = [];
  for (const element of elements) {
    const match = subscripted(element.text);
    if (match) {
      const key = wordText(shell, match.subscript);
      map.set(key, (match.append ? (map.get(key) ?? '') : '') + wordText(shell, match.value));
    } else plain.push(expandString(shell, element));
  }
  for (let i = 0; i < plain.length; i += 2) map.set(plain[i] ?? '', plain[i + 1] ?? '');
  return map;
}

/** Source text of a word, expanded to one string as an assignment's value is. */
export function wordText(shell: Shell, source: string): string {
  if (/^[\w.,/-]*$/.test(source)) return source;
  const text = `x=${source}`;
  const command = parse(text).commands[0]?.command;
  const [assignment] = command?.type === 'Command' ? command.prefix : [];
  if (assignment?.type !== 'Assignment' || assignment.value.type !== 'Word' || assignment.end !== text.length)
    return source;
  const outer = shell.source;
  shell.source = { ...outer, text };
  try {
    return expandString(shell, assignment.value, true);
  } finally {
    shell.source = outer;
  }
}

/** The key that a subscript's source text stands for: of an associative array its text, else a number. */
export function subscriptKey(shell: Shell, name: string, source: string): string {
  if (shell.variables.value(name) instanceof Map) return wordText(shell, source);
  return String(arithmeticText(shell, source));
}
