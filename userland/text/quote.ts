const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;
const CONTROL = /[\x00-\x1f\x7f]/;

/** A word that the shell reads back as `text` (bash's printf %q). */
export function shellQuote(text: string): string {
  if (text === '') return "''";
  if (SAFE.test(text)) return text;
  if (CONTROL.test(text)) return `$'${text.replace(/[\\'\x00-\x1f\x7f]/g, ansiEscape)}'`;
  return text.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&');
}

const NAMED = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\x1b', '\\E'],
  ['\\', '\\\\'],
  ["'", "\\'"],
]);

function ansiEscape(character: string): string {
  return NAMED.get(character) ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}
