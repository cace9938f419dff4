import { errorText } from '../../program/errors.ts';
import { decodeText } from '../../text/text.ts';
import { parseBinding } from '../interactive/bindings.ts';
import { editorCommandNames } from '../interactive/editor-commands.ts';
import { sequenceOf } from '../interactive/key-sequence.ts';
import { takeEditingMode } from '../options.ts';
import type { Shell } from '../shell.ts';

/** `bind`: keys of the line editor. Bindings are of both its modes; those of vi's commands cannot be changed. */

const USAGE_ERROR = 2;
const KEYMAPS = ['emacs', 'emacs-standard', 'emacs-meta', 'emacs-ctlx'];

type Listing = (shell: Shell) => string[];

const quoted = (sequences: readonly string[]): string =>
  sequences.map((sequence) => `"${sequence}"`).join(', ');

const LISTINGS: Readonly<Record<string, Listing>> = {
  l: () => editorCommandNames(),
  p: ({ bindings }) =>
    editorCommandNames().flatMap((name) => {
      const sequences = bindings.sequencesOf(name);
      return sequences.length === 0
        ? [`# ${name} (not bound)`]
        : sequences.map((sequence) => `"${sequence}": ${name}`);
    }),
  P: ({ bindings }) =>
    editorCommandNames().map((name) => {
      const sequences = bindings.sequencesOf(name);
      return sequences.length === 0
        ? `${name} is not bound to any keys`
        : `${name} can be found on ${quoted(sequences)}.`;
    }),
  s: ({ bindings }) => bindings.texts('macro').map(([sequence, text]) => `"${sequence}": "${text}"`),
  S: ({ bindings }) => bindings.texts('macro').map(([sequence, text]) => `${sequence} outputs ${text}`),
  v: ({ bindings }) => bindings.variables.map(([name, value]) => `set ${name} ${value}`),
  V: ({ bindings }) => bindings.variables.map(([name, value]) => `${name} is set to \`${value}'`),
  X: ({ bindings }) => bindings.texts('shell').map(([sequence, text]) => `"${sequence}": "${text}"`),
};

export function bind(shell: Shell, args: readonly string[]): number {
  if (!shell.interactive) shell.complain('bind: warning: line editing not enabled');
  let status = 0;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (!/^-./.test(arg)) {
      status = bindLine(shell, arg);
      continue;
    }
    for (const letter of arg.slice(1)) {
      const listing = LISTINGS[letter];
      if (listing !== undefined)
        shell.write(
          1,
          listing(shell)
            .map((line) => `${line}\n`)
            .join(''),
        );
      else if (!WITH_VALUE.includes(letter)) {
        shell.complain(`bind: -${letter}: invalid option`);
        return USAGE_ERROR;
      } else status = option(shell, letter, args[++at]);
    }
  }
  return status;
}
const WITH_VALUE = 'mqurfx';

function bindLine(shell: Shell, line: string): number {
  const problem = shell.bindings.readLine(line);
  takeEditingMode(shell);
  if (problem === undefined) return 0;
  shell.complain(`bind: ${problem}`);
  return 1;
}

function option(shell: Shell, letter: string, value: string | undefined): number {
  if (value === undefined) {
    shell.complain(`bind: -${letter}: option requires an argument`);
    return USAGE_ERROR;
  }
  switch (letter) {
    case 'm':
      if (KEYMAPS.includes(value)) return 0;
      shell.complain(`bind: \`${value}': invalid keymap name`);
      return 1;
    case 'q':
      return query(shell, value);
    case 'u':
      for (const sequence of shell.bindings.sequencesOf(value)) shell.bindings.unbind(sequenceOf(sequence));
      return 0;
    case 'r':
      shell.bindings.unbind(sequenceOf(value));
      return 0;
    case 'f':
      return readFile(shell, value);
    default:
      return bindCommand(shell, value);
  }
}

function query(shell: Shell, name: string): number {
  if (!editorCommandNames().includes(name)) {
    shell.complain(`bind: \`${name}': unknown function name`);
    return 1;
  }
  const sequences = shell.bindings.sequencesOf(name);
  shell.write(
    1,
    sequences.length === 0
      ? `${name} is not bound to any keys.\n`
      : `${name} can be invoked via ${quoted(sequences)}.\n`,
  );
  return sequences.length === 0 ? 1 : 0;
}

/** `-x '"keys": command'` */
function bindCommand(shell: Shell, line: string): number {
  const parsed = parseBinding(line);
  if (parsed === undefined) {
    shell.complain(`bind: ${line}: no key sequence`);
    return 1;
  }
  const [sequence, value] = parsed;
  const inner = /^(["'])([\s\S]*)\1$/.exec(value);
  shell.bindings.bind(sequence, { kind: 'shell', text: inner ? (inner[2] ?? '') : value });
  return 0;
}

function readFile(shell: Shell, path: string): number {
  const content = shell.system.files.readFile(path);
  if (typeof content === 'number') {
    shell.complain(`bind: ${path}: cannot read: ${errorText(content)}`);
    return 1;
  }
  shell.bindings.readText(decodeText(content), (file) => {
    const more = shell.system.files.readFile(file);
    return typeof more === 'number' ? undefined : decodeText(more);
  });
  takeEditingMode(shell);
  return 0;
}
