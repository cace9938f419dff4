import { BUILTINS } from '../builtins/table.ts';
import { KEYWORDS } from '../builtins/commands.ts';
import type { Shell } from '../shell.ts';

const DIRECTORY = 2;
const LINK = 3;

/** Completes commands at the start of a command, variables after `$`, else paths. */
export function completeLine(
  shell: Shell,
  line: string,
  cursor: number,
): { start: number; candidates: string[] } {
  const before = line.slice(0, cursor);
  const word = /(?:[^\s'"|&;()<>=]|\\.)*$/.exec(before)?.[0] ?? '';
  const start = before.length - word.length;
  const head = before.slice(0, start).trimEnd();
  if (/\$\{?\w*$/.test(word)) {
    const [, prefix = '', name = ''] = /^(.*\$\{?)(\w*)$/.exec(word) ?? [];
    return {
      start,
      candidates: shell.variables
        .names()
        .filter((variable) => variable.startsWith(name))
        .map((variable) => prefix + variable),
    };
  }
  const commandPosition = head === '' || /[|&;(]$|(?:^|\s)(?:if|then|else|do|while|until|!|time)$/.test(head);
  const paths = completePath(shell, word);
  if (!commandPosition || word.includes('/')) return { start, candidates: paths };
  return {
    start,
    candidates: [
      ...new Set([...commandNames(shell, word), ...paths.filter((path) => path.endsWith('/'))]),
    ].sort(),
  };
}

function commandNames(shell: Shell, prefix: string): string[] {
  const names = [
    ...BUILTINS.keys(),
    ...KEYWORDS,
    ...shell.functions.keys(),
    ...shell.aliases.keys(),
    'exec',
    'command',
    'builtin',
  ];
  for (const folder of (shell.variables.get('PATH') ?? '').split(':')) {
    const list = shell.system.files.readdir(folder === '' ? '.' : folder, false);
    if (typeof list !== 'number') names.push(...list.names);
  }
  return names.filter((name) => name.startsWith(prefix) && name !== '');
}

function completePath(shell: Shell, word: string): string[] {
  const { files } = shell.system;
  const plain = word.replace(/\\(.)/g, '$1');
  const slash = plain.lastIndexOf('/');
  const folder = plain.slice(0, slash + 1);
  const prefix = plain.slice(slash + 1);
  const real = folder.startsWith('~/') ? (shell.variables.get('HOME') ?? '') + folder.slice(1) : folder;
  const list = files.readdir(real === '' ? '.' : real, false);
  if (typeof list === 'number') return [];
  return list.names
    .map((name, at) => ({ name, type: list.types[at] }))
    .filter(({ name }) => name.startsWith(prefix) && (prefix.startsWith('.') || !name.startsWith('.')))
    .map(({ name, type }) => {
      const isFolder = type === DIRECTORY || (type === LINK && files.kind(real + name) === 1);
      return `${folder}${name}`.replace(/[\s'"\\$`&|;()<>*?[\]#!]/g, '\\$&') + (isFolder ? '/' : '');
    })
    .sort();
}
