import { Errno } from '../../../src/base/errno.ts';
import type { FileCalls } from '../../../polyfills/system.ts';
import { decodeText } from '../../text/text.ts';

/** One key press: a named key, a character, or pasted text. */
export type Key =
  | { kind: 'text'; text: string }
  | { kind: 'paste'; text: string }
  | { kind: 'control'; letter: string }
  | { kind: 'meta'; letter: string }
  | { kind: 'named'; name: NamedKey }
  | { kind: 'end' }
  | { kind: 'interrupted' };

export type NamedKey =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'delete'
  | 'backspace'
  | 'enter'
  | 'tab'
  | 'word-left'
  | 'word-right'
  | 'page-up'
  | 'page-down'
  | 'unknown';

const ESCAPE = 27;
/** What a terminal sends for one key comes closer together than this. */
const ESCAPE_MS = 50;
const DELETE = 127;
/** What follows Escape in the sequences of named keys: `[` and `O`. */
const SEQUENCE = 0x5b;
const SHORT_SEQUENCE = 0x4f;
const PASTE_START = '200';
const PASTE_END = '\x1b[201~';

const FINALS: Readonly<Record<string, NamedKey>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
};
const TILDES: Readonly<Record<string, NamedKey>> = {
  '1': 'home',
  '3': 'delete',
  '4': 'end',
  '5': 'page-up',
  '6': 'page-down',
  '7': 'home',
  '8': 'end',
};

/** Reads keys from a terminal in raw mode. xterm's sequences. */
export class KeyReader {
  readonly #files: FileCalls;
  readonly #fd: number;
  readonly #byte = new Uint8Array(1);
  /** Bytes that are read before the terminal's: a macro's, or what was read ahead. */
  #pending: number[] = [];
  #raw = '';
  readonly #ready: (waitMs: number) => boolean;

  /** `ready` tells whether a byte comes within that time: without it, Escape alone waits for what follows. */
  constructor(files: FileCalls, fd: number, ready: (waitMs: number) => boolean = () => true) {
    this.#files = files;
    this.#fd = fd;
    this.#ready = ready;
  }

  /** The bytes of the last key, a character each. */
  get raw(): string {
    return this.#raw;
  }
  /** These come next. */
  push(raw: string): void {
    this.#pending.unshift(...[...raw].map((character) => character.charCodeAt(0)));
  }

  /**
   * `escape` alone: it is a key of its own when nothing follows at once. `mode` (vi): unless a terminal's sequence for a
   * named key follows at once.
   */
  next(escape: 'prefix' | 'alone' | 'mode' = 'prefix'): Key {
    this.#raw = '';
    const byte = this.#read();
    if (byte === -Errno.EINTR) return { kind: 'interrupted' };
    if (byte < 0) return { kind: 'end' };
    if (byte === ESCAPE)
      return this.#isKeyOfItsOwn(escape) ? { kind: 'control', letter: '[' } : this.#escape();
    if (byte === 13 || byte === 10) return { kind: 'named', name: 'enter' };
    if (byte === 9) return { kind: 'named', name: 'tab' };
    if (byte === DELETE || byte === 8) return { kind: 'named', name: 'backspace' };
    // The letters a to z; above and below them @ [ \ ] ^ _.
    if (byte < 32)
      return {
        kind: 'control',
        letter: String.fromCharCode(byte >= 1 && byte <= 26 ? byte + 96 : byte + 64),
      };
    return { kind: 'text', text: byte < 128 ? String.fromCharCode(byte) : this.#character(byte) };
  }

  /** The next key as the bytes it is, for Control-V. */
  literal(): string {
    const byte = this.#read();
    return byte < 0 ? '' : byte < 128 ? String.fromCharCode(byte) : this.#character(byte);
  }

  #isKeyOfItsOwn(escape: 'prefix' | 'alone' | 'mode'): boolean {
    if (escape === 'prefix') return false;
    if (this.#pending.length === 0 && !this.#ready(ESCAPE_MS)) return true;
    if (escape === 'alone') return false;
    const { length } = this.#raw;
    const following = this.#read();
    this.#raw = this.#raw.slice(0, length);
    if (following < 0) return true;
    this.#pending.unshift(following);
    return following !== SEQUENCE && following !== SHORT_SEQUENCE;
  }

  #read(): number {
    let byte = this.#pending.shift();
    if (byte === undefined) {
      const count = this.#files.read(this.#fd, this.#byte, null);
      if (count < 0) return count;
      if (count === 0) return -Errno.EIO;
      byte = this.#byte[0] ?? 0;
    }
    this.#raw += String.fromCharCode(byte);
    return byte;
  }

  #character(first: number): string {
    const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    const bytes = [first];
    while (bytes.length < length) {
      const next = this.#read();
      if (next < 0) break;
      bytes.push(next);
    }
    return decodeText(Uint8Array.from(bytes));
  }

  #escape(): Key {
    const byte = this.#read();
    if (byte < 0) return { kind: 'end' };
    const letter = String.fromCharCode(byte);
    if (letter !== '[' && letter !== 'O')
      return byte === DELETE ? { kind: 'meta', letter: 'backspace' } : { kind: 'meta', letter };
    let sequence = '';
    for (;;) {
      const next = this.#read();
      if (next < 0) return { kind: 'end' };
      sequence += String.fromCharCode(next);
      if (next >= 64 && next <= 126) break;
    }
    return this.#sequence(sequence);
  }

  #sequence(sequence: string): Key {
    const final = sequence.at(-1) ?? '';
    const [first = '', modifier] = sequence.slice(0, -1).split(';');
    if (final === '~')
      return first === PASTE_START ? this.#paste() : { kind: 'named', name: TILDES[first] ?? 'unknown' };
    const name = FINALS[final] ?? 'unknown';
    if (modifier !== undefined && name === 'left') return { kind: 'named', name: 'word-left' };
    if (modifier !== undefined && name === 'right') return { kind: 'named', name: 'word-right' };
    return { kind: 'named', name };
  }

  #paste(): Key {
    const bytes: number[] = [];
    let tail = '';
    while (!tail.endsWith(PASTE_END)) {
      const next = this.#read();
      if (next < 0) break;
      bytes.push(next);
      tail = (tail + String.fromCharCode(next)).slice(-PASTE_END.length);
    }
    return {
      kind: 'paste',
      text: decodeText(Uint8Array.from(bytes.slice(0, -PASTE_END.length))).replace(/\r\n?/g, '\n'),
    };
  }
}
