import { escapePattern } from './pattern.ts';

/** A run of a word after its expansions, before it is split into fields. */
export type Piece =
  /** `quoted` text is never split nor a pattern; `split` text came from an unquoted expansion. */
  | { kind: 'text'; text: string; quoted: boolean; split: boolean }
  /** Two fields meet here (`"$@"`, `${a[@]}`). */
  | { kind: 'break'; star: boolean }
  /** Quotes stood here: an empty field is kept. */
  | { kind: 'quotes' };

export const text = (value: string, quoted: boolean, split = false): Piece => ({
  kind: 'text',
  text: value,
  quoted,
  split,
});

/** One field, as text and as the pattern it is for path names. */
export interface Field {
  text: string;
  pattern: string;
}

export const DEFAULT_IFS = ' \t\n';

/** Field splitting, POSIX 2.6.5: white space of IFS collapses, other characters of IFS each end a field. */
export function splitFields(pieces: readonly Piece[], ifs: string): Field[] {
  const splitter = new Splitter(ifs);
  for (const piece of pieces) {
    if (piece.kind === 'break') splitter.end();
    else if (piece.kind === 'quotes') splitter.touch();
    else if (piece.split && !piece.quoted) splitter.addSplitting(piece.text);
    else splitter.add(piece.text, piece.quoted);
  }
  return splitter.finish();
}

class Splitter {
  readonly #fields: Field[] = [];
  readonly #white: string;
  readonly #other: string;
  #current: Field | undefined;

  constructor(ifs: string) {
    this.#white = [...ifs].filter((character) => DEFAULT_IFS.includes(character)).join('');
    this.#other = [...ifs].filter((character) => !DEFAULT_IFS.includes(character)).join('');
  }

  touch(): void {
    this.#current ??= { text: '', pattern: '' };
  }
  add(value: string, quoted: boolean): void {
    if (value === '') return;
    this.touch();
    if (this.#current === undefined) return;
    this.#current.text += value;
    this.#current.pattern += quoted ? escapePattern(value) : value;
  }
  end(): void {
    if (this.#current !== undefined) this.#fields.push(this.#current);
    this.#current = undefined;
  }

  addSplitting(value: string): void {
    let run = '';
    for (let i = 0; i < value.length; i++) {
      const character = value[i] ?? '';
      const white = this.#white.includes(character);
      if (!white && !this.#other.includes(character)) {
        run += character;
        continue;
      }
      this.#addUnquoted(run);
      run = '';
      if (white) {
        while (this.#white.includes(value[i + 1] ?? '?!')) i++;
        if (this.#other !== '' && this.#other.includes(value[i + 1] ?? '')) i++;
        else {
          this.end();
          continue;
        }
      }
      // A separator that is not white space ends a field even when that is empty.
      this.touch();
      this.end();
      while (i + 1 < value.length && this.#white.includes(value[i + 1] ?? '?!')) i++;
    }
    this.#addUnquoted(run);
  }

  /** Backslashes of an expansion's result are literal in the text; in a pattern they escape (bash). */
  #addUnquoted(run: string): void {
    this.add(run, false);
  }

  finish(): Field[] {
    this.end();
    return this.#fields;
  }
}

/** The pieces as one text, as assignments and redirections take them. */
export function joinPieces(pieces: readonly Piece[], between = ' '): string {
  return pieces
    .map((piece) =>
      piece.kind === 'text' ? piece.text : piece.kind === 'break' ? (piece.star ? between : ' ') : '',
    )
    .join('');
}

/** The pieces as a pattern: quoted text is literal. */
export function piecesPattern(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) =>
      piece.kind === 'text'
        ? piece.quoted
          ? escapePattern(piece.text)
          : piece.text
        : piece.kind === 'break'
          ? ' '
          : '',
    )
    .join('');
}
