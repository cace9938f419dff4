import type { Assignment } from 'unbash';
import { ShellError } from './control.ts';
import { arithmetic, expandString, expandWords } from './expand.ts';
import { assignElement } from './parameters.ts';
import type { Shell } from './shell.ts';
import { NAME, type Variable } from './variables.ts';
import { parse } from 'unbash';

const subscriptOf = (shell: Shell) => (source: string) => Number(arithmetic(shell, source));

/** One assignment, done. Throws ShellError for a readonly variable or a bad subscript. */
export function assign(shell: Shell, assignment: Assignment): void {
  const { name, value, append, index } = assignment;
  if (value.type === 'ArrayValue') {
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
    const variable = shell.variables.find(shell.variables.resolve(name));
    assignElement(
      shell,
      shell.variables.resolve(name),
      subscript,
      valueFor(shell, variable, old, text),
      subscriptOf(shell),
    );
    return;
  }
  assignScalar(shell, name, text, append === true);
}

export function assignScalar(shell: Shell, name: string, text: string, append: boolean): void {
  const target = shell.variables.resolve(name);
  const subscripted = /^([A-Za-z_]\w*)\[([\s\S]*)\]$/.exec(target);
  if (subscripted) {
    const [, array = '', subscript = ''] = subscripted;
    assignElement(
      shell,
      array,
      subscript,
      append ? elementText(shell, array, subscript) + text : text,
      subscriptOf(shell),
    );
    return;
  }
  if (!NAME.test(target)) throw new ShellError(`\`${target}': not a valid identifier`, { fatal: false });
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

const SUBSCRIPTED = /^\[((?:[^\]"'$\\]|\\.|"[^"]*"|'[^']*'|\$\{[^}]*\}|\$\([^)]*\)|\$)*)\](\+?)=([\s\S]*)$/;

function indexed(
  shell: Shell,
  elements: readonly ArrayWord[],
  array: string[],
  variable: Variable | undefined,
): string[] {
  let next = array.length;
  for (const element of elements) {
    const match = SUBSCRIPTED.exec(element.text);
    if (match) {
      const at = Number(arithmetic(shell, wordText(shell, match[1] ?? '')));
      next = at < 0 ? array.length + at : at;
      if (next < 0) throw new ShellError(`[${match[1]}]=: bad array subscript`, { fatal: false });
      array[next] = valueFor(
        shell,
        variable,
        match[2] === '+' ? (array[next] ?? '') : '',
        wordText(shell, match[3] ?? ''),
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
    const match = SUBSCRIPTED.exec(element.text);
    if (match) {
      const key = wordText(shell, match[1] ?? '');
      map.set(key, (match[2] === '+' ? (map.get(key) ?? '') : '') + wordText(shell, match[3] ?? ''));
    } else plain.push(expandString(shell, element));
  }
  for (let i = 0; i < plain.length; i += 2) map.set(plain[i] ?? '', plain[i + 1] ?? '');
  return map;
}

/** Source text of a word, expanded to one string. */
export function wordText(shell: Shell, source: string): string {
  if (/^[\w.,/-]*$/.test(source)) return source;
  const script = parse(`: x=${source}`);
  const command = script.commands[0]?.command;
  const [argument] = command?.type === 'Command' ? command.suffix : [];
  const outer = shell.source;
  shell.source = { ...outer, text: `: x=${source}` };
  try {
    if (argument?.type === 'Word') return expandString(shell, argument, true).slice(2);
    if (argument?.type === 'Assignment' && argument.value.type === 'Word')
      return expandString(shell, argument.value, true);
    return source;
  } finally {
    shell.source = outer;
  }
}
