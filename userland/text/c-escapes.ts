/** Control characters as C writes them in a string (ISO C, 6.4.4.4), for listings that leave nothing invisible. */
const NAMED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** Such as `\n`; undefined for a character that C names by its number only. */
export const namedEscape = (character: string): string | undefined => NAMED[character];

/** Three digits. */
export const octalDigits = (byte: number): string => byte.toString(8).padStart(3, '0');

/** By its name, else by its number: `\n`, `\033`. */
export const cEscape = (character: string): string =>
  namedEscape(character) ?? `\\${octalDigits(character.charCodeAt(0))}`;

/** A byte of a dump in three columns at most (`od -c`): itself, its escape, or its number without a backslash. */
export function dumpedByte(byte: number): string {
  if (byte === 0) return '\\0';
  const character = String.fromCharCode(byte);
  return namedEscape(character) ?? (/[ -~]/.test(character) ? character : octalDigits(byte));
}
