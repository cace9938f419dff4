import { UsageError } from '../program/program.ts';

/** What a mode argument makes of a present mode. `umask` limits a symbolic mode that names nobody (`+x`). */
export type ModeChange = (mode: number, directory: boolean, umask: number) => number;

const PERMISSIONS = 0o7777;
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const SHIFT: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/** Octal or symbolic (`u+rwX,go=r`), as POSIX chmod. Throws UsageError. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]{1,5}$/.test(text)) {
    const value = parseInt(text, 8);
    if (value <= PERMISSIONS) return () => value;
  }
  const changes = text.split(',').map((clause) => {
    const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
    if (!match) throw new UsageError(`invalid mode: '${text}'`);
    const actions = [...(match[2] ?? '').matchAll(/([-+=])([rwxXstugo]*)/g)].map(
      (found) => [found[1] ?? '', found[2] ?? ''] as const,
    );
    return { who: match[1] ?? '', actions };
  });
  return (mode, directory, umask) => {
    let now = mode & PERMISSIONS;
    for (const { who, actions } of changes) {
      const mask =
        who === '' ? PERMISSIONS & ~umask : [...who].reduce((bits, letter) => bits | (WHO[letter] ?? 0), 0);
      for (const [operator, letters] of actions) {
        const bits = bitsOf(letters, now, directory) & mask;
        if (operator === '+') now |= bits;
        else if (operator === '-') now &= ~bits;
        else now = (now & ~(mask & (directory ? 0o1777 : PERMISSIONS))) | bits;
      }
    }
    return now;
  };
}

function bitsOf(letters: string, mode: number, directory: boolean): number {
  let bits = 0;
  for (const letter of letters) {
    if (letter === 'r') bits |= 0o444;
    else if (letter === 'w') bits |= 0o222;
    else if (letter === 'x') bits |= 0o111;
    else if (letter === 'X') bits |= directory || (mode & 0o111) !== 0 ? 0o111 : 0;
    else if (letter === 's') bits |= 0o6000;
    else if (letter === 't') bits |= 0o1000;
    else bits |= ((mode >> (SHIFT[letter] ?? 0)) & 7) * 0o111;
  }
  return bits;
}
