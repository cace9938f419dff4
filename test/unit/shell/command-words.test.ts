import { expect, it } from 'vitest';
import { commandWords, DEFAULT_WORD_BREAKS } from '../../../userland/sh/completion/command-words.ts';

/** `|` marks the cursor. */
function words(marked: string, breaks = DEFAULT_WORD_BREAKS): [string[], number, string] {
  const cursor = marked.indexOf('|');
  const line = marked.slice(0, cursor) + marked.slice(cursor + 1);
  const found = commandWords(line, cursor, breaks);
  return [found.words, found.index, `${found.line.slice(0, found.point)}|${found.line.slice(found.point)}`];
}

it('the words of the command at the cursor, as programmable completion counts them', () => {
  expect(words('git che|')).toEqual([['git', 'che'], 1, 'git che|']);
  expect(words('git |')).toEqual([['git', ''], 1, 'git |']);
  expect(words('gi|')).toEqual([['gi'], 0, 'gi|']);
  expect(words('|')).toEqual([[''], 0, '|']);
  expect(words('git | log')).toEqual([['git', '', 'log'], 1, 'git | log']);
  expect(words('git c| log')).toEqual([['git', 'c', 'log'], 1, 'git c| log']);
});

it('what breaks words is a word of its own', () => {
  expect(words('x --color=au|')[0]).toEqual(['x', '--color', '=', 'au']);
  expect(words('x --color=|').slice(0, 2)).toEqual([['x', '--color', '=', ''], 3]);
  expect(words('x --color=au|', ' \t\n')[0]).toEqual(['x', '--color=au']);
  expect(words('x "a b" c\\ d|')[0]).toEqual(['x', '"a b"', 'c\\ d']);
});

it('begins behind separators, keywords and assignments', () => {
  expect(words('echo a; git s|')[2]).toBe('git s|');
  expect(words("echo ';' a|")[0]).toEqual(['echo', "';'", 'a']);
  expect(words('x=1 y="a b" git s|')[2]).toBe('git s|');
  expect(words('if git s|; then')[2]).toBe('git s|');
  expect(words('echo $(git s|)')[2]).toBe('git s|)');
});
