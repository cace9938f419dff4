import { expect, it } from 'vitest';
import { splitWords } from '../../examples/playground/words.ts';

it.each([
  ['node hello.js', ['node', 'hello.js']],
  ['  node   -e "a b"  ', ['node', '-e', 'a b']],
  [`a'b'"c"d`, ['abcd']],
  [`'' ""`, ['', '']],
  ['a\\ b', ['a b']],
  ['"\\"x\\""', ['"x"']],
  ['"\\n"', ['\\n']],
  ['', []],
  ['   ', []],
])('%s', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

it.each(["'open", '"open', 'a "b'])('an open quote: %s', (line) => {
  expect(splitWords(line)).toBeUndefined();
});
