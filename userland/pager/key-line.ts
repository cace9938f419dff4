import type { Key, KeyReader } from '../sh/interactive/keys.ts';

/** A line typed in the last row: patterns, names, numbers. */
export class KeyLine {
  readonly #keys: KeyReader;
  readonly #write: (text: string) => void;
  readonly #earlier: string[] = [];

  constructor(keys: KeyReader, write: (text: string) => void) {
    this.#keys = keys;
    this.#write = write;
  }

  /** → undefined when it is given up */
  ask(prompt: string, given = ''): string | undefined {
    let text = given;
    let back = 0;
    for (;;) {
      this.#write(`\r\x1b[K${prompt}${shown(text)}`);
      const key = this.#keys.next('alone');
      const edited = edit(text, key);
      if (edited !== undefined) text = edited;
      else if (key.kind === 'named' && key.name === 'enter') {
        if (text !== '') this.#earlier.push(text);
        return text;
      } else if (key.kind === 'named' && (key.name === 'up' || key.name === 'down')) {
        back = Math.max(0, Math.min(this.#earlier.length, back + (key.name === 'up' ? 1 : -1)));
        text = back === 0 ? '' : (this.#earlier.at(-back) ?? '');
      } else if (key.kind === 'named' && key.name === 'backspace') return undefined;
      else if (key.kind === 'interrupted' || key.kind === 'end') return undefined;
      else if (key.kind === 'control' && /[cg[]/.test(key.letter)) return undefined;
    }
  }
}

/** The text after a key that edits it; undefined for any other. */
function edit(text: string, key: Key): string | undefined {
  if (key.kind === 'text' || key.kind === 'paste') return text + key.text.replaceAll('\n', ' ');
  if (key.kind === 'named' && key.name === 'backspace' && text !== '') return [...text].slice(0, -1).join('');
  if (key.kind !== 'control') return undefined;
  if (key.letter === 'u') return '';
  if (key.letter === 'w') return text.replace(/\S*\s*$/, '');
  // ^N and ^R at the begin change what a pattern means.
  if (key.letter === 'n' || key.letter === 'r')
    return text + String.fromCharCode(key.letter.charCodeAt(0) - 96);
  return undefined;
}

const shown = (text: string): string =>
  text.replace(/[\x00-\x1f]/g, (character) => `^${String.fromCharCode(character.charCodeAt(0) + 64)}`);
