import type { Extension } from '@codemirror/state';
import { oneDark } from '@codemirror/theme-one-dark';
import { EditorView } from '@codemirror/view';
import type { ISearchOptions } from '@xterm/addon-search';
import type { ITheme } from '@xterm/xterm';

/** What xterm and CodeMirror do not take from style.css, by the scheme that the user's system prefers. */
export interface Colours {
  readonly terminal: ITheme;
  readonly found: NonNullable<ISearchOptions['decorations']>;
  readonly editor: Extension;
}

const DARK: Colours = {
  terminal: {
    background: '#101216',
    foreground: '#d7dae0',
    cursor: '#d7dae0',
    cursorAccent: '#101216',
    selectionBackground: '#3a4a6b',
    black: '#2e3436',
    red: '#f0625f',
    green: '#5fb33a',
    yellow: '#c9a41c',
    blue: '#6c9fe0',
    magenta: '#b58fc0',
    cyan: '#1fb0b5',
    white: '#d3d7cf',
    brightBlack: '#8b93a3',
    brightRed: '#ff8a8a',
    brightGreen: '#8ae234',
    brightYellow: '#fce94f',
    brightBlue: '#729fcf',
    brightMagenta: '#d3a5d8',
    brightCyan: '#34e2e2',
    brightWhite: '#eeeeec',
  },
  found: {
    matchBackground: '#5a4a1c',
    activeMatchBackground: '#a97f1d',
    matchOverviewRuler: '#a97f1d',
    activeMatchColorOverviewRuler: '#ffd257',
  },
  editor: oneDark,
};

/** White is a grey here: programs write text in it that is meant to be read. */
const LIGHT: Colours = {
  terminal: {
    background: '#fbfbfc',
    foreground: '#23272f',
    cursor: '#23272f',
    cursorAccent: '#fbfbfc',
    selectionBackground: '#c9dcf7',
    black: '#23272f',
    red: '#b3261e',
    green: '#2c7a10',
    yellow: '#856100',
    blue: '#1f5fbf',
    magenta: '#8a3f9e',
    cyan: '#0b7285',
    white: '#626a79',
    brightBlack: '#626a79',
    brightRed: '#c62a2f',
    brightGreen: '#2f7d12',
    brightYellow: '#8a6500',
    brightBlue: '#2666c9',
    brightMagenta: '#9440a8',
    brightCyan: '#0a7788',
    brightWhite: '#6b7280',
  },
  found: {
    matchBackground: '#ffe9a8',
    activeMatchBackground: '#ffc94d',
    matchOverviewRuler: '#d9a520',
    activeMatchColorOverviewRuler: '#a97f1d',
  },
  editor: EditorView.theme({ '&': { color: '#23272f', backgroundColor: '#ffffff' } }),
};

const prefersLight = matchMedia('(prefers-color-scheme: light)');

export const colours = (): Colours => (prefersLight.matches ? LIGHT : DARK);

/** Calls back when the system changes between light and dark. → ends it */
export function onColours(changed: (colours: Colours) => void): () => void {
  const told = (): void => changed(colours());
  prefersLight.addEventListener('change', told);
  return () => prefersLight.removeEventListener('change', told);
}
