import { expect, test } from 'vitest';
import { Arrivals } from '../../../polyfills/messaging/arrivals.ts';

/** A loop of two queues: what continues goes before what was enqueued. */
function loop() {
  const queue: (() => void)[] = [];
  const continuations: (() => void)[] = [];
  return {
    enqueueUnref: (callback: () => void) => void queue.push(callback),
    continueWith: (callback: () => void) => void continuations.push(callback),
    run() {
      for (let next = queue.shift(); next !== undefined; next = continuations.shift() ?? queue.shift())
        next();
    },
  };
}

test('ports are looked at in the order in which they were made, each once a turn', () => {
  const turns = loop();
  const arrivals = new Arrivals(turns);
  const seen: number[] = [];
  const made = [0, 1, 2].map((order) => ({
    order,
    run(done: () => void) {
      seen.push(order);
      // The second signals the one before it, once, and the one after it.
      if (order === 1 && seen.length < 3) {
        arrivals.add(made[0] as (typeof made)[number]);
        arrivals.add(made[2] as (typeof made)[number]);
      }
      done();
    },
  }));
  const [first, second] = made;
  if (first === undefined || second === undefined) throw new Error('three were made');
  arrivals.add(second);
  arrivals.add(first);
  turns.run();
  expect(seen).toEqual([0, 1, 2, 0]);
});
