import { ShellError } from '../control.ts';
import { generate } from '../completion/generate.ts';
import { pathCandidates } from '../completion/paths.ts';
import {
  type Action,
  ACTION_LETTERS,
  ACTIONS,
  COMPLETION_OPTIONS,
  type CompletionOption,
  newSpecification,
  SPECIAL_NAMES,
  type Specification,
  specificationText,
} from '../completion/specification.ts';
import type { Shell } from '../shell.ts';

/** `complete`, `compgen`, `compopt`: programmable completion. */

const USAGE_ERROR = 2;
const LETTERS = 'abcdefgjksuv';
const COMPLETE_USAGE =
  'complete: usage: complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]';
const COMPGEN_USAGE =
  'compgen: usage: compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]';

const VALUES = {
  G: 'glob',
  W: 'words',
  P: 'prefix',
  S: 'suffix',
  X: 'filter',
  C: 'command',
  F: 'function',
} as const;

interface Given {
  specification: Specification;
  /** Letters of `complete` alone: p, r, D, E, I. */
  flags: Set<string>;
  any: boolean;
  operands: readonly string[];
}

const usage = (message: string): ShellError =>
  new ShellError(message, { scope: 'command', status: USAGE_ERROR });

/** Options of `complete` and `compgen`. Throws for what is none. */
function read(args: readonly string[], name: 'complete' | 'compgen'): Given {
  const given: Given = { specification: newSpecification(), flags: new Set(), any: false, operands: [] };
  const flags = name === 'complete' ? 'prDEI' : '';
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      at++;
      break;
    }
    if (!/^-./.test(arg)) break;
    for (let position = 1; position < arg.length; position++) {
      const letter = arg.charAt(position);
      if (flags.includes(letter)) given.flags.add(letter);
      else if (LETTERS.includes(letter)) addAction(given.specification, letterAction(letter));
      else {
        const rest = arg.slice(position + 1);
        const value = rest === '' ? args[++at] : rest;
        if (!/[oAGWPSXCF]/.test(letter)) throw usage(`${name}: -${letter}: invalid option`);
        if (value === undefined) throw usage(`${name}: -${letter}: option requires an argument`);
        takeValue(given.specification, name, letter, value);
        position = arg.length;
        given.any = true;
      }
      if (LETTERS.includes(letter)) given.any = true;
    }
  }
  given.operands = args.slice(at);
  return given;
}

const letterAction = (letter: string): Action => ACTION_LETTERS[letter as keyof typeof ACTION_LETTERS];

function addAction(specification: Specification, action: Action): void {
  if (!specification.actions.includes(action)) specification.actions.push(action);
}

function takeValue(specification: Specification, name: string, letter: string, value: string): void {
  if (letter === 'A') {
    const action = ACTIONS.find((known) => known === value);
    if (action === undefined) throw usage(`${name}: ${value}: invalid action name`);
    addAction(specification, action);
  } else if (letter === 'o') specification.options.push(optionOf(name, value));
  else {
    if (letter === 'F' && /[\s$`|&;<>()"'\\]/.test(value))
      throw usage(`${name}: \`${value}': not a valid identifier`);
    specification[VALUES[letter as keyof typeof VALUES]] = value;
  }
}

function optionOf(name: string, value: string): CompletionOption {
  const option = COMPLETION_OPTIONS.find((known) => known === value);
  if (option === undefined) throw usage(`${name}: ${value}: invalid option name`);
  return option;
}

const specialNames = (flags: ReadonlySet<string>): string[] =>
  Object.entries(SPECIAL_NAMES)
    .filter(([letter]) => flags.has(letter))
    .map(([, name]) => name);

export function complete(shell: Shell, args: readonly string[]): number {
  const { specification, flags, any, operands } = read(args, 'complete');
  const names = [...specialNames(flags), ...operands];
  if (flags.has('r')) return remove(shell, names);
  if (flags.has('p') || (!any && names.length === 0)) return print(shell, names);
  if (names.length === 0) {
    shell.write(2, `${COMPLETE_USAGE}\n`);
    return USAGE_ERROR;
  }
  for (const name of names) shell.completions.set(name, specification);
  return 0;
}

function remove(shell: Shell, names: readonly string[]): number {
  if (names.length === 0) shell.completions.clear();
  return eachKnown(shell, names, (name) => void shell.completions.delete(name));
}

function print(shell: Shell, names: readonly string[]): number {
  const wanted = names.length > 0 ? names : [...shell.completions.keys()];
  return eachKnown(
    shell,
    wanted,
    (name, specification) => void shell.write(1, `${specificationText(name, specification)}\n`),
  );
}

function eachKnown(
  shell: Shell,
  names: readonly string[],
  action: (name: string, specification: Specification) => void,
): number {
  let status = 0;
  for (const name of names) {
    const specification = shell.completions.get(name);
    if (specification === undefined) {
      shell.complain(`complete: ${name}: no completion specification`);
      status = 1;
    } else action(name, specification);
  }
  return status;
}

/** → 1 when nothing begins like the word */
export function compgen(shell: Shell, args: readonly string[]): number {
  const { specification, any, operands } = read(args, 'compgen');
  const [word = ''] = operands;
  if (!any) {
    if (operands.length === 0) return 0;
    shell.write(2, `${COMPGEN_USAGE}\n`);
    return USAGE_ERROR;
  }
  if (specification.function !== undefined)
    shell.complain('compgen: warning: -F option may not work as you expect');
  if (specification.command !== undefined)
    shell.complain('compgen: warning: -C option may not work as you expect');
  const asked = {
    command: 'compgen',
    word,
    previous: '',
    words: [],
    index: -1,
    line: '',
    point: 0,
    type: 0,
  };
  let { candidates } = guarded(shell, () => generate(shell, specification, asked));
  const fallback = specification.options.some((option) => option === 'default' || option === 'bashdefault');
  if (candidates.length === 0 && fallback) candidates = pathCandidates(shell, word, false);
  shell.write(1, candidates.map((candidate) => `${candidate}\n`).join(''));
  return candidates.length > 0 ? 0 : 1;
}

/** What cannot be expanded offers nothing. */
function guarded(shell: Shell, action: () => { candidates: string[] }): { candidates: string[] } {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ShellError) || error.scope === 'script') throw error;
    shell.complain(error.message);
    return { candidates: [] };
  }
}

/** `compopt`: options of the completion that runs, or of commands. */
export function compopt(shell: Shell, args: readonly string[]): number {
  const on: CompletionOption[] = [];
  const off: CompletionOption[] = [];
  const flags = new Set<string>();
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '-o' || arg === '+o') (arg === '-o' ? on : off).push(optionOf('compopt', args[++at] ?? ''));
    else if (/^-[DEI]+$/.test(arg)) for (const letter of arg.slice(1)) flags.add(letter);
    else if (/^[-+]./.test(arg) && arg !== '--') throw usage(`compopt: ${arg}: invalid option`);
    else {
      if (arg === '--') at++;
      break;
    }
  }
  const names = [...specialNames(flags), ...args.slice(at)];
  const running = shell.completing;
  if (names.length === 0 && running === undefined) {
    shell.complain('compopt: not currently executing completion function');
    return 1;
  }
  const targets: { name: string; options: { options: CompletionOption[] } }[] =
    names.length === 0 && running !== undefined ? [{ name: running.name, options: running }] : [];
  let status = 0;
  for (const name of names) {
    const options = shell.completions.get(name);
    if (options !== undefined) targets.push({ name, options });
    else {
      shell.complain(`compopt: ${name}: no completion specification`);
      status = 1;
    }
  }
  for (const { name, options } of targets) {
    if (on.length + off.length === 0) shell.write(1, `${optionsText(name, options.options)}\n`);
    else
      options.options = [
        ...options.options.filter((option) => !off.includes(option) && !on.includes(option)),
        ...on,
      ];
  }
  return status;
}

const optionsText = (name: string, options: readonly CompletionOption[]): string =>
  [
    'compopt',
    ...COMPLETION_OPTIONS.map((option) => `${options.includes(option) ? '-o' : '+o'} ${option}`),
    name,
  ].join(' ');
