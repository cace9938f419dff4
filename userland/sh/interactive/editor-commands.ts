import type { Key } from './keys.ts';

/** readline's names for what the line editor does: the key that does it here, and the sequences that mean it at the start. */
export interface EditorCommand {
  readonly name: string;
  readonly key: Key;
  /** In readline's notation: `\C-a`, `\e[A`. */
  readonly sequences: readonly string[];
}

const control = (name: string, letter: string, ...sequences: string[]): EditorCommand => ({
  name,
  key: { kind: 'control', letter },
  sequences,
});
const meta = (name: string, letter: string, ...sequences: string[]): EditorCommand => ({
  name,
  key: { kind: 'meta', letter },
  sequences,
});

export const EDITOR_COMMANDS: readonly EditorCommand[] = [
  control('abort', 'g', '\\C-g', '\\C-x\\C-g', '\\e\\C-g'),
  { name: 'accept-line', key: { kind: 'named', name: 'enter' }, sequences: ['\\C-j', '\\C-m'] },
  control('backward-char', 'b', '\\C-b', '\\eOD', '\\e[D'),
  { name: 'backward-delete-char', key: { kind: 'named', name: 'backspace' }, sequences: ['\\C-h', '\\C-?'] },
  meta('backward-kill-word', 'backspace', '\\e\\C-h', '\\e\\C-?'),
  meta('backward-word', 'b', '\\e[1;3D', '\\e[1;5D', '\\eb'),
  meta('beginning-of-history', '<', '\\e<'),
  control('beginning-of-line', 'a', '\\C-a', '\\eOH', '\\e[1~', '\\e[H'),
  meta('capitalize-word', 'c', '\\ec'),
  control('clear-screen', 'l', '\\C-l'),
  { name: 'complete', key: { kind: 'named', name: 'tab' }, sequences: ['\\C-i'] },
  { name: 'delete-char', key: { kind: 'named', name: 'delete' }, sequences: ['\\C-d', '\\e[3~'] },
  meta('delete-horizontal-space', '\\', '\\e\\\\'),
  meta('downcase-word', 'l', '\\el'),
  meta('end-of-history', '>', '\\e>'),
  control('end-of-line', 'e', '\\C-e', '\\eOF', '\\e[4~', '\\e[F'),
  control('forward-char', 'f', '\\C-f', '\\eOC', '\\e[C'),
  control('forward-search-history', 's', '\\C-s'),
  meta('forward-word', 'f', '\\e[1;3C', '\\e[1;5C', '\\ef'),
  { name: 'history-search-backward', key: { kind: 'named', name: 'page-up' }, sequences: ['\\e[5~'] },
  { name: 'history-search-forward', key: { kind: 'named', name: 'page-down' }, sequences: ['\\e[6~'] },
  meta('insert-comment', '#', '\\e#'),
  meta('insert-last-argument', '.', '\\e.', '\\e_'),
  control('kill-line', 'k', '\\C-k'),
  meta('kill-word', 'd', '\\ed'),
  control('next-history', 'n', '\\C-n', '\\eOB', '\\e[B'),
  meta('possible-completions', '?', '\\e?'),
  control('previous-history', 'p', '\\C-p', '\\eOA', '\\e[A'),
  control('quoted-insert', 'v', '\\C-q', '\\C-v'),
  control('reverse-search-history', 'r', '\\C-r'),
  meta('revert-line', 'r', '\\e\\C-r', '\\er'),
  control('transpose-chars', 't', '\\C-t'),
  meta('transpose-words', 't', '\\et'),
  control('undo', '_', '\\C-x\\C-u', '\\C-_'),
  control('unix-line-discard', 'u', '\\C-u'),
  control('unix-word-rubout', 'w', '\\C-w'),
  meta('upcase-word', 'u', '\\eu'),
  control('yank', 'y', '\\C-y'),
  meta('yank-last-arg', '.', '\\e.', '\\e_'),
  meta('yank-pop', 'y', '\\ey'),
];

export const editorCommandNames = (): string[] => EDITOR_COMMANDS.map(({ name }) => name);
