/** Backslash escapes of echo -e, printf's format and its %b: what each allows differs only in how octal is written. */
export type EscapeStyle = 'echo' | 'format' | 'argument';

export interface Expanded {
  text: string;
  /** `\c` was met: nothing more is printed. */
  stop: boolean;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

const OCTAL: Readonly<Record<EscapeStyle, RegExp>> = {
  echo: /^0([0-7]{0,3})/,
  format: /^([0-7]{1,3})/,
  argument: /^(?:0(?=[0-7]))?([0-7]{1,3})/,
};
const BYTE_ESCAPE_BASE = 0xdc00;

/** A byte as text holds it (text.ts): ASCII is itself, others are kept as escaped bytes. */
function byteText(value: number): string {
  const byte = value & 255;
  return byte < 128 ? String.fromCharCode(byte) : String.fromCharCode(BYTE_ESCAPE_BASE + byte);
}

export function backslashEscapes(source: string, style: EscapeStyle): Expanded {
  let text = '';
  for (let i = 0; i < source.length; i++) {
    const character = source[i];
    if (character !== '\\' || i + 1 >= source.length) {
      text += character;
      continue;
    }
    const rest = source.slice(i + 1);
    if (rest.startsWith('c') && style !== 'format') return { text, stop: true };
    const [consumed, value] = oneEscape(rest, style);
    text += value;
    i += consumed;
  }
  return { text, stop: false };
}

/** How many characters after the backslash belong to the escape, and what it stands for. */
function oneEscape(rest: string, style: EscapeStyle): [number, string] {
  const octal = OCTAL[style].exec(rest);
  if (octal) return [octal[0].length, byteText(parseInt(octal[1] || '0', 8))];
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
  if (hex) return [hex[0].length, byteText(parseInt(hex[1] ?? '0', 16))];
  const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
  if (unicode)
    return [unicode[0].length, String.fromCodePoint(parseInt(unicode[1] ?? unicode[2] ?? '0', 16))];
  const letter = rest[0] ?? '';
  if (style !== 'format' && letter === '"') return [1, '\\"'];
  const simple = SIMPLE[letter];
  return simple === undefined ? [1, `\\${letter}`] : [1, simple];
}
