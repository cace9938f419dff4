import { expect, test } from 'vitest';
import { LINGER_CREDIT_MAX, LINGER_SLEEP_MS, LINGER_SLEEPS_MAX } from '../../../src/base/limits.ts';
import { Linger } from '../../../src/process/loop/linger.ts';

/** A word that is 1: who looks with the ticket 0 finds it changed, with 1 looks in vain. */
const words = Int32Array.of(1);
const CHANGED = 0;
const SAME = 1;

test('it is not tried before a sleep was short', () => {
  const linger = new Linger();
  expect(linger.look(words, 0, CHANGED)).toBe(false);
  linger.slept(LINGER_SLEEP_MS * 2);
  expect(linger.isWorthwhile).toBe(false);
  expect(linger.look(words, 0, CHANGED)).toBe(false);
  linger.slept(LINGER_SLEEP_MS / 2);
  expect(linger.look(words, 0, CHANGED)).toBe(true);
});

test('however often it paid, it is left alone after so many times in vain', () => {
  const linger = new Linger();
  linger.slept(0);
  for (let paid = 0; paid < 100; paid++) expect(linger.look(words, 0, CHANGED)).toBe(true);
  for (let vain = 0; vain < LINGER_CREDIT_MAX; vain++) expect(linger.look(words, 0, SAME)).toBe(false);
  expect(linger.look(words, 0, CHANGED)).toBe(false);
});

test('where it never pays it is tried again after twice as many short sleeps each time, up to a bound', () => {
  const linger = new Linger();
  const sleepsUntilTried = (): number => {
    let sleeps = 0;
    for (; !linger.isWorthwhile; sleeps++) linger.slept(0);
    linger.look(words, 0, SAME);
    return sleeps;
  };
  const waited = Array.from({ length: 9 }, sleepsUntilTried);
  expect(waited).toEqual([1, 2, 4, 8, 16, 32, LINGER_SLEEPS_MAX, LINGER_SLEEPS_MAX, LINGER_SLEEPS_MAX]);
});
