/** Where vi's motions lead to in a line, as readline's vi mode has them. */

export interface Motion {
  readonly to: number;
  /** An operator takes the character at its end too. */
  readonly inclusive: boolean;
}

export type Find = { readonly kind: 'f' | 'F' | 't' | 'T'; readonly character: string };

type Text = readonly string[];

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** White space, or of a word, or of what stands between words; a WORD is all that is no white space. */
function classOf(character: string | undefined, bySpaces: boolean): number {
  if (character === undefined || /\s/.test(character)) return 0;
  return bySpaces || /[\p{L}\p{N}_]/u.test(character) ? 1 : 2;
}

function nextWord(text: Text, from: number, bySpaces: boolean): number {
  const start = classOf(text[from], bySpaces);
  let at = from;
  while (at < text.length && start !== 0 && classOf(text[at], bySpaces) === start) at++;
  while (at < text.length && classOf(text[at], bySpaces) === 0) at++;
  return at;
}

function previousWord(text: Text, from: number, bySpaces: boolean): number {
  let at = from;
  while (at > 0 && classOf(text[at - 1], bySpaces) === 0) at--;
  const own = classOf(text[at - 1], bySpaces);
  while (at > 0 && classOf(text[at - 1], bySpaces) === own) at--;
  return at;
}

function wordEnd(text: Text, from: number, bySpaces: boolean): number {
  let at = from + 1;
  while (at < text.length && classOf(text[at], bySpaces) === 0) at++;
  const own = classOf(text[at], bySpaces);
  while (at + 1 < text.length && classOf(text[at + 1], bySpaces) === own) at++;
  return Math.min(at, text.length - 1);
}

/** The bracket that belongs to the first one at or after the cursor. */
function matching(text: Text, from: number): number | undefined {
  const closers = Object.values(PAIRS);
  const start = text.findIndex((each, at) => at >= from && (each in PAIRS || closers.includes(each)));
  const mine = text[start];
  if (mine === undefined) return undefined;
  const forward = PAIRS[mine];
  const other = forward ?? Object.keys(PAIRS).find((opener) => PAIRS[opener] === mine);
  const step = forward === undefined ? -1 : 1;
  let depth = 0;
  for (let at = start; at >= 0 && at < text.length; at += step) {
    if (text[at] === mine) depth++;
    else if (text[at] === other) depth--;
    if (depth === 0) return at;
  }
  return undefined;
}

/** `f`, `F`, `t` and `T`. */
export function findCharacter(
  text: Text,
  from: number,
  { kind, character }: Find,
  count: number,
): Motion | undefined {
  const step = kind === 'f' || kind === 't' ? 1 : -1;
  const stopsBefore = kind === 't' || kind === 'T';
  let at = from;
  for (let left = count; left > 0; left--) {
    at += step;
    while (at >= 0 && at < text.length && text[at] !== character) at += step;
    if (at < 0 || at >= text.length) return undefined;
  }
  return { to: stopsBefore ? at - step : at, inclusive: step > 0 };
}

const OPPOSITE = { f: 'F', F: 'f', t: 'T', T: 't' } as const;

export const oppositeOf = ({ kind, character }: Find): Find => ({ kind: OPPOSITE[kind], character });

const times = (count: number, from: number, step: (at: number) => number): number => {
  let at = from;
  for (let left = count; left > 0; left--) at = step(at);
  return at;
};

/** Where the motion of this letter leads to; undefined when it leads nowhere, or is none. */
export function motion(text: Text, from: number, letter: string, count: number): Motion | undefined {
  const exclusive = (to: number): Motion | undefined => (to === from ? undefined : { to, inclusive: false });
  const bySpaces = letter === letter.toUpperCase();
  switch (letter) {
    case 'h':
      return exclusive(Math.max(0, from - count));
    case 'l':
    case ' ':
      return exclusive(Math.min(text.length, from + count));
    case '0':
      return { to: 0, inclusive: false };
    case '^':
      return {
        to: Math.max(
          0,
          text.findIndex((each) => !/\s/.test(each)),
        ),
        inclusive: false,
      };
    case '$':
      return { to: Math.max(0, text.length - 1), inclusive: true };
    case '|':
      return { to: Math.min(text.length, count) - 1, inclusive: false };
    case 'w':
    case 'W':
      return exclusive(times(count, from, (at) => nextWord(text, at, bySpaces)));
    case 'b':
    case 'B':
      return exclusive(times(count, from, (at) => previousWord(text, at, bySpaces)));
    case 'e':
    case 'E':
      return from >= text.length - 1
        ? undefined
        : { to: times(count, from, (at) => wordEnd(text, at, bySpaces)), inclusive: true };
    case '%': {
      const to = matching(text, from);
      return to === undefined ? undefined : { to, inclusive: to > from };
    }
    default:
      return undefined;
  }
}
