/** Key sequences in readline's notation: `\C-x\C-r`, `\e[A`, `\M-f`, and the bytes that the terminal sends for them. */

const NAMED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  d: '\x7f',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const DELETE = '\x7f';

const controlled = (character: string): string =>
  character === '?' ? DELETE : String.fromCharCode(character.toUpperCase().charCodeAt(0) & 0x1f);

/** What stands between the quotes of a binding, as the characters that arrive. */
export function sequenceOf(notation: string): string {
  return notation.replace(
    /((?:\\C-|\\M-)+)(\\?[\s\S])|\\x([0-9A-Fa-f]{1,2})|\\([0-7]{1,3})|\\([\s\S])/g,
    (_whole, modifiers?: string, key?: string, hex?: string, octal?: string, letter?: string) => {
      if (modifiers !== undefined) {
        let character = key?.startsWith('\\') ? (NAMED[key.slice(1)] ?? key.slice(1)) : (key ?? '');
        if (modifiers.includes('\\C-')) character = controlled(character);
        return modifiers.includes('\\M-') ? `\x1b${character}` : character;
      }
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      return NAMED[letter ?? ''] ?? letter ?? '';
    },
  );
}

/** The other way round, as `bind -p` shows it. */
export function notationOf(sequence: string): string {
  return [...sequence]
    .map((character) => {
      const code = character.charCodeAt(0);
      if (character === '\x1b') return '\\e';
      if (character === DELETE) return '\\C-?';
      if (code < 32) return `\\C-${String.fromCharCode(code + 64).toLowerCase()}`;
      return character === '"' || character === '\\' ? `\\${character}` : character;
    })
    .join('');
}

/** `Control-u`, `Meta-Rubout`, `C-x`: a key by its name, outside quotes. */
export function keyNamed(name: string): string {
  const parts = name.split(/-(?=.)/);
  const last = parts.pop() ?? '';
  const plain = KEY_NAMES[last.toLowerCase()] ?? last.slice(0, 1);
  const modifiers = parts.map((part) => part.toLowerCase());
  const character = modifiers.some((part) => part === 'control' || part === 'c') ? controlled(plain) : plain;
  return modifiers.some((part) => part === 'meta' || part === 'm') ? `\x1b${character}` : character;
}
const KEY_NAMES: Readonly<Record<string, string>> = {
  del: DELETE,
  rubout: DELETE,
  esc: '\x1b',
  escape: '\x1b',
  lfd: '\n',
  newline: '\n',
  ret: '\r',
  return: '\r',
  space: ' ',
  spc: ' ',
  tab: '\t',
};
