import { expect, test } from 'vitest';
import { Variables } from '../../../polyfills/process/variables.ts';

test('threads that share an environment see each change of the others', () => {
  const one = new Variables();
  one.change((all) => Object.assign(all, { A: '1', B: '2' }));
  const copy = one.all;
  const two = new Variables();
  two.join(one.share());
  expect({ ...two.all }).toEqual({ A: '1', B: '2' });
  two.change((all) => {
    delete all['A'];
    all['C'] = 'ü';
  });
  expect(one.all).toBe(copy);
  expect({ ...one.all }).toEqual({ B: '2', C: 'ü' });
  one.change((all) => (all['B'] = 'x'.repeat(300_000)));
  expect(two.all['B']?.length).toBe(300_000);
  const three = new Variables();
  three.join(two.share());
  expect(Object.keys(three.all)).toEqual(['B', 'C']);
});

test('an environment of its own is told to nobody', () => {
  const one = new Variables();
  let shared = 0;
  one.onWatched = () => shared++;
  one.change((all) => (all['A'] = '1'));
  expect(shared).toBe(0);
  one.share();
  one.share();
  expect(shared).toBe(1);
});
