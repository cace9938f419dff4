import { KEYWORDS } from '../keywords.ts';
import { commandsNamed } from '../processes.ts';
import { quoteForReuse } from '../parameters.ts';
import type { Shell } from '../shell.ts';
import { isBuiltin } from './names.ts';

/** `type` and `command -v`: what a name would run. */

const USAGE_ERROR = 2;

interface Meaning {
  kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file';
  text: string;
}

/** All that a name stands for, first what is run. */
function* meanings(shell: Shell, name: string, functions = true): Generator<Meaning> {
  const alias = shell.aliases.get(name);
  if (alias !== undefined && (shell.interactive || shell.options.shopt('expand_aliases')))
    yield { kind: 'alias', text: alias };
  if (KEYWORDS.has(name)) yield { kind: 'keyword', text: name };
  const fn = shell.functions.get(name);
  if (fn !== undefined && functions) yield { kind: 'function', text: fn.text };
  if (isBuiltin(name) && !shell.disabled.has(name)) yield { kind: 'builtin', text: name };
  yield* files(shell, name);
}

function* files(shell: Shell, name: string): Generator<Meaning> {
  for (const path of commandsNamed(shell, name))
    if (isProgram(shell, path)) yield { kind: 'file', text: path };
}

/** A file that may be run. */
function isProgram(shell: Shell, path: string): boolean {
  return shell.system.files.kind(path) === 0 && shell.system.files.access(path, 1) >= 0;
}

export function type(shell: Shell, args: readonly string[]): number {
  const isOption = (arg: string): boolean => /^-[afptP]+$/.test(arg);
  const end = args.findIndex((arg) => !isOption(arg));
  const letters = args.slice(0, end < 0 ? args.length : end).join('');
  const names = end < 0 ? [] : args.slice(args[end] === '--' ? end + 1 : end);
  const bad = names[0]?.startsWith('-') && args[end] !== '--' ? names[0] : undefined;
  if (bad !== undefined && bad.length > 1) {
    shell.complain(`type: ${bad}: invalid option`);
    return USAGE_ERROR;
  }
  let status = 0;
  for (const name of names) {
    const found = letters.includes('P') ? files(shell, name) : meanings(shell, name, !letters.includes('f'));
    let some = false;
    for (const meaning of found) {
      some = true;
      shell.write(1, shown(name, meaning, letters));
      if (!letters.includes('a')) break;
    }
    if (some) continue;
    status = 1;
    if (!/[tpP]/.test(letters)) shell.complain(`type: ${name}: not found`);
  }
  return status;
}

function shown(name: string, meaning: Meaning, letters: string): string {
  if (letters.includes('t')) return `${meaning.kind}\n`;
  if (/[pP]/.test(letters)) return meaning.kind === 'file' ? `${meaning.text}\n` : '';
  return describe(name, meaning);
}

function describe(name: string, { kind, text }: Meaning): string {
  if (kind === 'alias') return `${name} is aliased to \`${text}'\n`;
  if (kind === 'keyword') return `${name} is a shell keyword\n`;
  if (kind === 'function') return `${name} is a function\n${text}\n`;
  return kind === 'builtin' ? `${name} is a shell builtin\n` : `${name} is ${text}\n`;
}

/** `command -v`, `command -V`; running a command is the caller's part. */
export function describeCommand(shell: Shell, names: readonly string[], verbose: boolean): number {
  let status = names.length === 0 ? 0 : 1;
  for (const name of names) {
    const [found] = meanings(shell, name);
    if (found === undefined) {
      if (verbose) shell.complain(`command: ${name}: not found`);
      continue;
    }
    status = 0;
    if (verbose) shell.write(1, describe(name, found));
    else if (found.kind === 'alias') shell.write(1, `alias ${name}=${quoteForReuse(found.text)}\n`);
    else shell.write(1, `${found.kind === 'file' ? found.text : name}\n`);
  }
  return status;
}
