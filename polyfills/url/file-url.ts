import { charCodeAt, test, uncurry } from '../text/captured.ts';

const replace = uncurry<string, [RegExp, (character: string) => string], string>(String.prototype.replace);
const upperCase = uncurry<string, [], string>(String.prototype.toUpperCase);
const toString = uncurry<number, [number], string>(Number.prototype.toString);

/** What a path may hold and stand in a URL as it is; segments that begin with a dot go the long way. */
const PLAIN_PATH = /^(?:\/(?!\.)[A-Za-z0-9_.@+=:,$&!*'();-]*)+$/;

/** The href of an absolute POSIX path that needs no escape; undefined when it needs one. */
export function plainFileHref(path: string): string | undefined {
  return test(PLAIN_PATH, path) ? `file://${path}` : undefined;
}

/**
 * `file://` and the path, with the characters escaped that the URL parser would take as syntax. Backslashes are
 * separators on Windows and characters elsewhere.
 */
export function fileUrlText(path: string, windows: boolean): string {
  const text = replace(path, /[\0\t\n\r "#%?[\]^|~\\]/g, (character) => {
    if (character === '\\' && windows) return '/';
    const code = upperCase(toString(charCodeAt(character, 0), 16));
    return code.length === 1 ? `%0${code}` : `%${code}`;
  });
  return `file://${text}`;
}
