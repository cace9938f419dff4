import { decodeText } from '../../text/text.ts';
import { Accounts } from '../../files/accounts.ts';
import { BUILTIN_NAMES } from '../builtins/names.ts';
import { jobState } from '../jobs.ts';
import { KEYWORDS } from '../keywords.ts';
import { OPTION_LETTERS } from '../options.ts';
import type { Shell } from '../shell.ts';
import { CONDITIONS, signalNames } from '../traps.ts';
import { editorCommandNames } from '../interactive/editor-commands.ts';
import type { Action } from './specification.ts';
import { pathCandidates } from './paths.ts';

/** What an action offers for a word that has been begun: only what begins like it. */
export function actionCandidates(shell: Shell, action: Action, word: string): string[] {
  if (action === 'file' || action === 'directory') return pathCandidates(shell, word, action === 'directory');
  if (action === 'command' && word.includes('/')) return programsAt(shell, word);
  return namesOf(shell, action).filter((name) => name.startsWith(word));
}

const sorted = (names: Iterable<string>): string[] => [...names].sort();

function namesOf(shell: Shell, action: Exclude<Action, 'file' | 'directory'>): string[] {
  switch (action) {
    case 'alias':
      return sorted(shell.aliases.keys());
    case 'binding':
      return editorCommandNames();
    case 'builtin':
      return [...BUILTIN_NAMES];
    case 'disabled':
      return BUILTIN_NAMES.filter((name) => shell.disabled.has(name));
    case 'enabled':
      return BUILTIN_NAMES.filter((name) => !shell.disabled.has(name));
    case 'function':
      return sorted(shell.functions.keys());
    case 'helptopic':
      return sorted([...BUILTIN_NAMES, ...KEYWORDS]);
    case 'keyword':
      return [...KEYWORDS];
    case 'setopt':
      return sorted(Object.keys(OPTION_LETTERS));
    case 'shopt':
      return shell.options.shoptNames();
    case 'signal':
      return ['EXIT', ...signalNames().map(([name]) => `SIG${name}`), ...CONDITIONS.slice(1)];
    case 'command':
      return commandNames(shell);
    case 'arrayvar':
    case 'export':
    case 'variable':
      return variableNames(shell, action);
    case 'job':
    case 'running':
    case 'stopped':
      return jobNames(shell, action);
    case 'hostname':
    case 'user':
    case 'group':
    case 'service':
      return tableNames(shell, action);
  }
}

function variableNames(shell: Shell, kind: 'arrayvar' | 'export' | 'variable'): string[] {
  const { variables } = shell;
  return variables.names().filter((name) => {
    const value = variables.value(name);
    if (value === undefined) return false;
    if (kind === 'arrayvar') return typeof value !== 'string';
    return kind === 'variable' || variables.find(name)?.exported === true;
  });
}

function jobNames(shell: Shell, kind: 'job' | 'running' | 'stopped'): string[] {
  const { shown } = shell.jobs;
  shown.poll();
  return shown.list
    .filter((job) => kind === 'job' || jobState(job) === kind)
    .map((job) => job.command.split(/\s/)[0] ?? '');
}

/** First fields (of hosts: the names behind the address) of a table in /etc. */
function tableNames(shell: Shell, kind: 'hostname' | 'user' | 'group' | 'service'): string[] {
  if (kind === 'user') return new Accounts(shell.system.files).users();
  if (kind === 'group') return new Accounts(shell.system.files).groups();
  const file = kind === 'hostname' ? (shell.variables.get('HOSTFILE') ?? '/etc/hosts') : '/etc/services';
  const content = shell.system.files.readFile(file);
  if (typeof content === 'number') return [];
  const rows = decodeText(content)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  return [...new Set(rows.flatMap((row) => (kind === 'hostname' ? row.slice(1) : row.slice(0, 1))))].filter(
    (name) => name !== '',
  );
}

/** All that may stand as a command: also the programs of PATH. */
function commandNames(shell: Shell): string[] {
  const names = [...sorted(shell.aliases.keys()), ...KEYWORDS, ...sorted(shell.functions.keys())];
  names.push(...BUILTIN_NAMES.filter((name) => !shell.disabled.has(name)));
  const programs = new Set<string>();
  for (const folder of (shell.variables.get('PATH') ?? '').split(':')) {
    const list = shell.system.files.readdir(folder === '' ? '.' : folder, false);
    if (typeof list !== 'number') for (const name of list.names) programs.add(name);
  }
  return [...names, ...sorted(programs)];
}

/** Programs, and the folders on the way to them, by a path. */
function programsAt(shell: Shell, word: string): string[] {
  const { files } = shell.system;
  return pathCandidates(shell, word, false).filter(
    (path) => files.kind(path) === FOLDER || files.access(path, MAY_RUN) >= 0,
  );
}
const FOLDER = 1;
const MAY_RUN = 1;
