import { parse } from 'unbash';
import { parseOptions } from '../../program/options.ts';
import { assignArray, assignScalar, subscriptKey } from '../assign.ts';
import { ShellError } from '../control.ts';
import { arithmetic } from '../expand.ts';
import { assignElement, attributes, quoteForReuse } from '../parameters.ts';
import type { Shell } from '../shell.ts';
import { NAME, scalarOf, type Value, type Variable } from '../variables.ts';

/** `declare`, `typeset`, `local`, `export`, `readonly`: variables with attributes. */

const LETTERS = 'aAfFgilnprtux';

interface Flags {
  on: Set<string>;
  off: Set<string>;
  operands: string[];
}

/** `-x` sets, `+x` clears. */
function flagsOf(args: readonly string[], name: string): Flags {
  const flags: Flags = { on: new Set(), off: new Set(), operands: [] };
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      at++;
      break;
    }
    if (!/^[-+]./.test(arg)) break;
    for (const letter of arg.slice(1)) {
      if (!LETTERS.includes(letter))
        throw new ShellError(`${name}: ${arg[0]}${letter}: invalid option`, { scope: 'command', status: 2 });
      (arg.startsWith('-') ? flags.on : flags.off).add(letter);
    }
  }
  flags.operands = args.slice(at) as string[];
  return flags;
}

const OPERAND = /^([A-Za-z_]\w*)(?:\[((?:[^\]]|\](?!\+?=|$))*)\])?(?:(\+?=)([\s\S]*))?$/;

export function declare(shell: Shell, args: readonly string[], name: string): number {
  const flags = flagsOf(args, name);
  const local =
    name === 'local' ||
    (shell.frames.some(({ kind }) => kind === 'function') &&
      !flags.on.has('g') &&
      name !== 'export' &&
      name !== 'readonly');
  if (name === 'local' && !shell.frames.some(({ kind }) => kind === 'function')) {
    shell.complain('local: can only be used in a function');
    return 1;
  }
  if (name === 'export') flags.on.add(flags.off.has('n') || flags.on.delete('n') ? '-x' : 'x');
  if (name === 'readonly') flags.on.add('r');
  if (flags.on.has('f') || flags.on.has('F')) return functions(shell, flags);
  if (flags.operands.length === 0) return list(shell, flags, name, local);
  if (flags.on.has('p')) return print(shell, flags.operands, name);
  let status = 0;
  for (const operand of flags.operands) {
    const match = OPERAND.exec(operand);
    if (!match) {
      shell.complain(`${name}: \`${operand}': not a valid identifier`);
      status = 1;
      continue;
    }
    try {
      declareOne(shell, flags, local, match);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      shell.complain(`${name}: ${error.message}`);
      status = 1;
    }
  }
  return status;
}

function declareOne(shell: Shell, { on, off }: Flags, local: boolean, match: RegExpExecArray): void {
  const [, name = '', subscript, operator, value = ''] = match;
  const { variables } = shell;
  const inherited =
    local && !variables.isLocal(name) && shell.options.shopt('localvar_inherit')
      ? variables.value(name)
      : undefined;
  const target = local || on.has('n') || off.has('n') ? name : variables.resolve(name);
  if (on.has('n')) requireReference(operator === undefined ? variables.find(name)?.value : value);
  const variable = local
    ? variables.local(target)
    : on.has('g')
      ? variables.global(target)
      : (variables.find(target) ?? variables.global(target));
  if (variable.readonly && (operator !== undefined || off.has('r')))
    throw new ShellError(`${name}: readonly variable`, { scope: 'command' });
  if (inherited !== undefined) variable.value = inherited;
  if (on.has('a') && typeof variable.value === 'string') variable.value = [variable.value];
  if (on.has('A') && !(variable.value instanceof Map)) variable.value = new Map();
  if (on.has('a') && variable.value === undefined && operator === undefined) variable.value = [];
  setAttributes(variable, on, off);
  if (operator !== undefined) assignDeclared(shell, target, subscript, operator, value, on);
  if (on.has('r')) variable.readonly = true;
}

/** A nameref leads to a variable, or to an element of one. */
function requireReference(value: Value | undefined): void {
  if (value === undefined || value === '') return;
  const name = scalarOf(value) ?? '';
  if (/^[A-Za-z_]\w*(?:\[[\s\S]*\])?$/.test(name)) return;
  throw new ShellError(`\`${name}': invalid variable name for name reference`, { scope: 'command' });
}

function setAttributes(variable: Variable, on: ReadonlySet<string>, off: ReadonlySet<string>): void {
  if (on.has('i')) variable.integer = true;
  if (on.has('l')) variable.letterCase = 'lower';
  if (on.has('u')) variable.letterCase = 'upper';
  if (on.has('n')) variable.nameref = true;
  if (on.has('x')) variable.exported = true;
  if (off.has('i')) variable.integer = false;
  if (off.has('l') || off.has('u')) variable.letterCase = undefined;
  if (off.has('n')) variable.nameref = false;
  if (off.has('x') || on.has('-x')) variable.exported = false;
}

function assignDeclared(
  shell: Shell,
  name: string,
  subscript: string | undefined,
  operator: string,
  value: string,
  on: ReadonlySet<string>,
): void {
  const append = operator === '+=';
  if (on.has('n')) {
    shell.variables.local(name).value = value;
    return;
  }
  const list = /^\(([\s\S]*)\)$/.exec(value);
  if (list && subscript === undefined && (on.has('a') || on.has('A') || isArrayText(value))) {
    const script = parse(`x=${value}`);
    const command = script.commands[0]?.command;
    const [assignment] = command?.type === 'Command' ? command.prefix : [];
    if (assignment?.type === 'Assignment' && assignment.value.type === 'ArrayValue') {
      const outer = shell.source;
      shell.source = { ...outer, text: `x=${value}` };
      try {
        assignArray(shell, name, assignment.value.elements, append);
      } finally {
        shell.source = outer;
      }
      return;
    }
  }
  if (subscript === undefined) assignScalar(shell, name, value, append);
  else assignElement(shell, name, subscript, value, (source) => Number(arithmetic(shell, source)));
}

const isArrayText = (value: string): boolean => value.startsWith('(') && value.endsWith(')');

function functions(shell: Shell, { on, operands }: Flags): number {
  const names = operands.length > 0 ? operands : [...shell.functions.keys()].sort();
  let status = 0;
  for (const name of names) {
    const fn = shell.functions.get(name);
    if (fn === undefined) status = 1;
    else if (on.has('F')) shell.write(1, operands.length > 0 ? `${name}\n` : `declare -f ${name}\n`);
    else shell.write(1, `${fn.text}\n`);
  }
  return status;
}

function list(shell: Shell, { on }: Flags, name: string, local: boolean): number {
  const wanted = [...on].filter((letter) => 'aAilnrux'.includes(letter));
  for (const variable of shell.variables.names()) {
    if (local && name === 'local' && !shell.variables.isLocal(variable)) continue;
    const letters = attributes(shell, variable);
    if (!wanted.every((letter) => letters.includes(letter))) continue;
    if (wanted.length > 0 || on.has('p')) shell.write(1, `${declaration(shell, variable)}\n`);
    else {
      const text = assignmentText(shell, variable);
      if (text !== undefined) shell.write(1, `${text}\n`);
    }
  }
  return 0;
}

function print(shell: Shell, names: readonly string[], command: string): number {
  let status = 0;
  for (const name of names) {
    if (shell.variables.find(name) === undefined) {
      shell.complain(`${command}: ${name}: not found`);
      status = 1;
    } else shell.write(1, `${declaration(shell, name)}\n`);
  }
  return status;
}

const doubleQuoted = (value: string): string => `"${value.replace(/[\\"$`]/g, '\\$&')}"`;

/** A key that needs quotes gets them. */
const keyText = (key: string): string => (/^[\w.-]+$/.test(key) ? key : doubleQuoted(key));

export function declaration(shell: Shell, name: string): string {
  const value = shell.variables.find(name)?.value;
  const letters = attributes(shell, name);
  const head = `declare -${letters || '-'} ${name}`;
  if (value === undefined) return head;
  if (typeof value === 'string')
    return `${head}=${/[\n\t]/.test(value) ? quoteForReuse(value) : doubleQuoted(value)}`;
  const elements = Array.isArray(value)
    ? Object.entries(value).map(([key, element]) => `[${key}]=${doubleQuoted(element)}`)
    : [...value].map(([key, element]) => `[${keyText(key)}]=${doubleQuoted(element)} `);
  return `${head}=(${elements.join(Array.isArray(value) ? ' ' : '')})`;
}

/** As `set` lists a variable: quoted only where it must be. */
export function assignmentText(shell: Shell, name: string): string | undefined {
  const value = shell.variables.value(name);
  if (value === undefined) return undefined;
  if (typeof value === 'string')
    return `${name}=${/^[\w@%+:,./-]*$/.test(value) ? value : quoteForReuse(value)}`;
  return declaration(shell, name).replace(/^declare -\S+ /, '');
}

export function unset(shell: Shell, args: readonly string[]): number {
  const { has, operands } = parseOptions(args, {
    fn: { short: 'f' },
    variable: { short: 'v' },
    nameref: { short: 'n' },
  });
  let status = 0;
  for (const operand of operands) {
    const element = /^([A-Za-z_]\w*)\[([\s\S]*)\]$/.exec(operand);
    try {
      if (has('fn')) shell.functions.delete(operand);
      else if (element) unsetElement(shell, element[1] ?? '', element[2] ?? '');
      else if (!NAME.test(operand))
        throw new ShellError(`unset: \`${operand}': not a valid identifier`, { scope: 'command' });
      else {
        const target = has('nameref') ? operand : shell.variables.resolve(operand);
        if (
          shell.variables.find(target) === undefined &&
          !shell.variables.dynamic.has(target) &&
          !has('variable')
        )
          shell.functions.delete(operand);
        else shell.variables.unset(target);
      }
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      shell.complain(error.message.startsWith('unset') ? error.message : `unset: ${error.message}`);
      status = 1;
    }
  }
  return status;
}

function unsetElement(shell: Shell, name: string, subscript: string): void {
  const variable = shell.variables.writable(name);
  if (subscript === '@' || subscript === '*') shell.variables.unset(name);
  else if (variable.value instanceof Map) variable.value.delete(subscriptKey(shell, name, subscript));
  else if (Array.isArray(variable.value)) {
    const at = Number(arithmetic(shell, subscript));
    const index = at < 0 ? variable.value.length + at : at;
    if (index < 0) throw new ShellError(`[${subscript}]: bad array subscript`, { scope: 'command' });
    Reflect.deleteProperty(variable.value, index);
    while (variable.value.length > 0 && !(variable.value.length - 1 in variable.value))
      variable.value.length--;
  }
}
