import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { expandHistory } from '../../../userland/sh/history/expansion.ts';
import { oneLine } from '../../../userland/sh/history/remember.ts';
import { openWord } from '../../../userland/sh/interactive/open-word.ts';

const HISTORY = ['cc -c a.c', 'echo one two three four', 'cat /etc/hosts.txt "a b"'];

/** What bash makes of a line after HISTORY. */
function byBash(line: string): string {
  const setUp = HISTORY.map((entry) => `history -s -- '${entry}'`).join('; ');
  const script = `set +o history; history -c; ${setUp}; history -p -- '${line.replaceAll("'", "'\\''")}'`;
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', stdio: 'pipe' }).replace(
    /\n$/,
    '',
  );
}
const BASH = ((): boolean => {
  try {
    return byBash('!!') === HISTORY.at(-1);
  } catch {
    return false;
  }
})();

describe.skipIf(!BASH)('history expansion, as bash', () => {
  it.each([
    ['!!'],
    ['sudo !!'],
    ['echo !$'],
    ['echo !^ !*'],
    ['echo !echo:2 !echo:2-3 !echo:2* !echo:2- !echo:-1'],
    ['!cc'],
    ['!-2 !1 !?two?'],
    ['ls !cat:1:h !cat:1:t !cat:1:r !cat:1:e'],
    ['!!:s/hosts/passwd/'],
    ['!echo:gs/o/0/'],
    ['^etc^usr^'],
    ['echo "!$" done'],
    ['a !# b'],
  ])('%s', (line) => {
    expect(expandHistory(line, HISTORY).text).toBe(byBash(line));
  });
});

describe('history', () => {
  it('leaves what is no event as it is', () => {
    for (const line of [
      "echo '!!'",
      'echo \\!!',
      'if ! true',
      'a != b',
      'echo $! ${!x} [!a]',
      'echo "hi!"',
      'x=$(!(a))',
    ])
      expect(expandHistory(line, HISTORY)).toEqual({ text: line, expanded: false, printOnly: false });
  });
  it('shows without running, and says what it does not find', () => {
    expect(expandHistory('!cc:p', HISTORY)).toEqual({ text: 'cc -c a.c', expanded: true, printOnly: true });
    expect(() => expandHistory('!nosuch', HISTORY)).toThrow('!nosuch: event not found');
    expect(() => expandHistory('!cc:9', HISTORY)).toThrow('!cc:9: bad word specifier');
  });
  it('makes one line of several', () => {
    expect(oneLine('for i in 1 2\ndo\n  echo $i\ndone')).toBe('for i in 1 2; do echo $i; done');
    expect(oneLine('echo "a\nb"')).toBe('echo "a\nb"');
    expect(oneLine('cat <<E\nhi\nE')).toBe('cat <<E\nhi\nE');
    expect(oneLine('a \\\n  b |\n c')).toBe('a   b | c');
  });
  it('finds the word that is open for completion', () => {
    expect(openWord('cat "my fi')).toMatchObject({ wordStart: 4, start: 5, quote: '"', text: 'my fi' });
    expect(openWord('cat my\\ fi').typed('', 'my file')).toBe('my\\ file');
    expect(openWord('cat ~/my').typed('~/', 'my $file')).toBe('~/my\\ \\$file');
    expect(openWord('x --file=a/b').start).toBe(9);
  });
});
