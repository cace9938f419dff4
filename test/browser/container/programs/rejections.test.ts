import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Each case with the order of events that Node 24 gives. */
const CASES: readonly (readonly [code: string, order: string])[] = [
  [
    "Promise.reject(0); setImmediate(say, 'immediate'); process.nextTick(say, 'tick'); queueMicrotask(() => say('micro'));",
    'tick micro unhandled-0 immediate',
  ],
  ["setImmediate(() => { Promise.reject(1); setImmediate(say, 'next'); });", 'unhandled-1 next'],
  ["setImmediate(() => Promise.reject(2)); setImmediate(say, 'beside');", 'unhandled-2 beside'],
  ["setTimeout(() => { Promise.reject(3); setImmediate(say, 'immediate'); }, 1);", 'unhandled-3 immediate'],
  ["setTimeout(() => Promise.reject(4), 1); setTimeout(say, 1, 'beside'); spin(5);", 'unhandled-4 beside'],
  ["(async () => { await null; throw 5; })(); setImmediate(say, 'immediate');", 'unhandled-5 immediate'],
  [
    "const p = Promise.reject(6); setImmediate(() => { p.catch(() => {}); say('caught'); });",
    'unhandled-6 caught handled',
  ],
  [
    "const p = Promise.reject(7); process.nextTick(() => p.catch(() => {})); setImmediate(say, 'immediate');",
    'immediate',
  ],
  [
    "require('fs').stat('.', () => { Promise.reject(8); setImmediate(say, 'immediate'); process.nextTick(say, 'tick'); });",
    'tick unhandled-8 immediate',
  ],
];

const PROGRAM = `
const said = [];
const say = (word) => said.push(word);
const spin = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); };
process.on('unhandledRejection', (reason) => say('unhandled-' + reason));
process.on('rejectionHandled', () => say('handled'));
(function next([code, ...rest]) {
  if (code === undefined) return;
  new Function('say', 'spin', 'require', code)(say, spin, require);
  setTimeout(() => { console.log(said.splice(0).join(' ')); next(rest); }, 30);
})(JSON.parse(process.argv[2]));`;

test('an unhandled rejection is told before the timers and immediates that come after it', async () => {
  const codes = JSON.stringify(CASES.map(([code]) => code));
  const { stdout, ended } = await run(
    async ({ OpenAgentsContainer }, { program, codes }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.writeFile('cases.js', program);
      const process = await container.spawn('node', ['cases.js', codes]);
      let stdout = '';
      for await (const text of process.output as unknown as AsyncIterable<string>) stdout += text;
      await container.fs.writeFile(
        'end.js',
        "setImmediate(() => { Promise.reject(new Error('end')); setImmediate(() => console.log('not reached')); });",
      );
      const ended = await container.exec('node end.js');
      await container.teardown();
      return { stdout, ended: { exitCode: ended.exitCode, stdout: ended.stdout } };
    },
    { program: PROGRAM, codes },
  );
  expect(stdout.trimEnd().split('\n')).toEqual(CASES.map(([, order]) => order));
  expect(ended).toEqual({ exitCode: 1, stdout: '' });
});
