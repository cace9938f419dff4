import { actionCandidates } from '../completion/actions.ts';
import type { Shell } from '../shell.ts';
import type { Completions } from './editor.ts';
import { type OpenWord, openWord } from './open-word.ts';
import { programmed, wordBreaks } from './programmable.ts';

const DIRECTORY = 2;
const LINK = 3;
const FOLDER_KIND = 1;
/** Commands that take folders only. */
const FOLDER_COMMANDS = /(?:^|[|&;(]\s*)(?:cd|pushd|rmdir)(?:\s+-\S+)*$/;
const BEFORE_COMMAND =
  /(?:^|[|&;({]|(?:^|\s)(?:if|then|else|elif|do|while|until|!|time|exec|command|builtin|sudo|xargs|nohup|env))\s*(?:\w+=\S*\s*)*$/;

/** Completes as `complete` was told; else commands at the start of a command, variables after `$`, else paths. */
export function completeLine(shell: Shell, line: string, cursor: number, listing = false): Completions {
  const word = openWord(line.slice(0, cursor), wordBreaks(shell));
  return programmed(shell, line, cursor, { word, listing }) ?? completeUsually(shell, line, cursor, word);
}

function completeUsually(shell: Shell, line: string, cursor: number, word: OpenWord): Completions {
  const head = line.slice(0, word.wordStart).trimEnd();
  const variable = word.quote === "'" ? null : /\$(\{?)(\w*)$/.exec(line.slice(0, cursor));
  if (variable) return variables(shell, cursor - (variable[2] ?? '').length, variable);
  const suffix = word.quote === '' ? ' ' : `${word.quote} `;
  const onlyFolders = FOLDER_COMMANDS.test(head);
  const paths = completePath(shell, word, onlyFolders);
  if (word.text.includes('/') || !BEFORE_COMMAND.test(head))
    return { start: word.start, candidates: paths, suffix, paths: true };
  const names = word.quote === '' ? actionCandidates(shell, 'command', word.text) : [];
  const folders = paths.filter((path) => path.endsWith('/'));
  return { start: word.start, candidates: [...new Set([...names, ...folders])].sort(), suffix, paths: true };
}

/** Names after `$` or `${`. */
function variables(shell: Shell, start: number, [, brace, prefix = '']: RegExpExecArray): Completions {
  const names = shell.variables
    .names()
    .filter((name) => name.startsWith(prefix))
    .sort();
  const isFolder =
    names.length === 1 && shell.system.files.kind(shell.variables.get(names[0] ?? '') ?? '') === FOLDER_KIND;
  return {
    start,
    candidates: names,
    suffix: `${brace === '{' ? '}' : ''}${isFolder ? '/' : ' '}`,
    paths: false,
  };
}

/** `~` and `$NAME` at a path's begin, as the shell would expand them. */
function expandedFolder(shell: Shell, folder: string): string {
  return folder
    .replace(/^~(?=\/)/, () => shell.variables.get('HOME') ?? '~')
    .replace(/^\$(?:\{(\w+)\}|(\w+))/, (whole, braced?: string, plain?: string) => {
      return shell.variables.get(braced ?? plain ?? '') ?? whole;
    });
}

function completePath(shell: Shell, word: OpenWord, onlyFolders: boolean): string[] {
  const { files } = shell.system;
  const slash = word.text.lastIndexOf('/');
  const folder = word.text.slice(0, slash + 1);
  const prefix = word.text.slice(slash + 1);
  const real = word.quote === "'" ? folder : expandedFolder(shell, folder);
  const list = files.readdir(real === '' ? '.' : real, false);
  if (typeof list === 'number') return [];
  const { bindings } = shell;
  const hidden = bindings.isOn('match-hidden-files');
  const begins = (name: string, wanted: string): boolean =>
    bindings.isOn('completion-ignore-case')
      ? name.toLowerCase().startsWith(wanted.toLowerCase())
      : name.startsWith(wanted);
  const mark = bindings.isOn('mark-directories') ? '/' : '';
  return list.names
    .map((name, at) => ({ name, type: list.types[at] }))
    .filter(({ name }) => begins(name, prefix) && (hidden || prefix.startsWith('.') || !name.startsWith('.')))
    .map(({ name, type }) => ({
      name,
      isFolder: type === DIRECTORY || (type === LINK && files.kind(real + name) === FOLDER_KIND),
    }))
    .filter(({ isFolder }) => isFolder || !onlyFolders)
    .map(({ name, isFolder }) => word.typed(folder, name) + (isFolder ? mark : ''))
    .sort();
}
