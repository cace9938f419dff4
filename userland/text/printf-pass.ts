import { backslashEscapes } from './escapes.ts';
import { formatDirective } from './printf-format.ts';

const DIRECTIVE =
  /%(%|([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|j|z|t|\(([^)]*)\)(?=T))?([a-zA-Z]))/g;

/** Once through the format; takes from `queue` what its conversions need. `stop`: `\c` was met. `time` is
 * what `%(format)T` gives; without it there is no such conversion. */
export function onePass(
  format: string,
  queue: string[],
  complain: (message: string) => void,
  time?: (format: string, argument: string | undefined) => string,
): { text: string; stop: boolean } {
  let text = '';
  let last = 0;
  for (const match of format.matchAll(DIRECTIVE)) {
    const literal = backslashEscapes(format.slice(last, match.index), 'format');
    text += literal.text;
    last = match.index + match[0].length;
    if (match[1] === '%') {
      text += '%';
      continue;
    }
    const star = (given: string | undefined): string | undefined =>
      given === '*' ? (queue.shift() ?? '0') : given;
    const flags = match[2] ?? '';
    const width = star(match[3]);
    const precision = star(match[4]);
    const conversion = match[6] ?? 's';
    if (match[5] !== undefined && time !== undefined) {
      const shown = time(match[5], queue.shift());
      text += formatDirective({ flags, width, precision, conversion: 's' }, shown, complain).text;
      continue;
    }
    const formatted = formatDirective({ flags, width, precision, conversion }, queue.shift(), complain);
    text += formatted.text;
    if (formatted.stop) return { text, stop: true };
  }
  return { text: text + backslashEscapes(format.slice(last), 'format').text, stop: false };
}
