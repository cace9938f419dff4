import { expect, test } from 'vitest';
import { LINGER_CREDIT_MAX, LINGER_MS } from '../../../src/base/limits.ts';
import { Linger } from '../../../src/process/linger.ts';

function setUp() {
  const words = new Int32Array(new SharedArrayBuffer(4));
  return { words, linger: new Linger(words, 0) };
}

test('it is not tried before a sleep was short', () => {
  const { words, linger } = setUp();
  words[0] = 1;
  expect(linger.look(0)).toBe(false);
  linger.slept(LINGER_MS * 2);
  expect(linger.look(0)).toBe(false);
  linger.slept(LINGER_MS / 2);
  expect(linger.look(0)).toBe(true);
});

test('it is left alone once it was in vain, until a sleep is short again', () => {
  const { words, linger } = setUp();
  linger.slept(0);
  expect(linger.look(0)).toBe(false);
  words[0] = 1;
  expect(linger.look(0)).toBe(false);
  linger.slept(0);
  expect(linger.look(0)).toBe(true);
});

test('however often it paid, it may fail only so many times', () => {
  const { words, linger } = setUp();
  linger.slept(0);
  words[0] = 1;
  for (let paid = 0; paid < 100; paid++) expect(linger.look(0)).toBe(true);
  for (let vain = 0; vain < LINGER_CREDIT_MAX; vain++) expect(linger.look(1)).toBe(false);
  expect(linger.look(0)).toBe(false);
});
