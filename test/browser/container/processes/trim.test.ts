import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Says whether something that is not reachable any more is still there after the program has waited. */
const PROGRAM = `
  const gone = new WeakRef(Array.from({ length: 1000 }, () => ({})));
  setTimeout(() => console.log(gone.deref() === undefined ? 'collected' : 'kept'), 4000);
`;

test('what the start of a program that waits left behind is collected', async () => {
  // A machine may be so slow that a program has no quiet second soon after its start: one of several has.
  const TRIES = 5;
  const outcome = await run(
    async ({ OpenAgentsContainer }, wanted: { program: string; tries: number }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.writeFile('wait.js', wanted.program);
      let stdout = '';
      for (let left = wanted.tries; left > 0 && stdout !== 'collected\n'; left--) {
        ({ stdout } = await container.exec('node wait.js'));
      }
      await container.teardown();
      return stdout;
    },
    { program: PROGRAM, tries: TRIES },
  );
  expect(outcome).toBe('collected\n');
});
