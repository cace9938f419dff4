/** Options of `node` that change what a program finds. */
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const PROTO = `
  const { Worker, isMainThread } = require('worker_threads');
  const tried = (call) => { try { return String(call()); } catch ({ code }) { return code; } };
  console.log(Object.hasOwn(Object.prototype, '__proto__'), tried(() => ({}).__proto__ === Object.prototype), { __proto__: null } instanceof Object,
    tried(() => require('vm').runInNewContext('({}).__proto__ = 1')));
  if (isMainThread) new Worker(process.argv[1], { execArgv: [] });`;
const LATE = `
  const fs = require('fs');
  fs.statSync('.');
  setImmediate(() => { fs.statSync('.'); fs.stat('.', () => fs.promises.stat('.')); });`;

test('--disable-proto in the program, its contexts and threads, and a mode that is none; --trace-sync-io', async () => {
  const said = await run(
    async ({ OpenAgentsContainer }, { proto, late }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.writeFile('proto.js', proto);
      await container.fs.writeFile('late.js', late);
      const node = async (line: string) => {
        const { stdout, stderr, exitCode } = await container.exec(`node ${line}`);
        return { stdout, stderr, exitCode };
      };
      const all = {
        deleted: await node('--disable-proto=delete proto.js'),
        thrown: await node('--disable-proto=throw proto.js'),
        bad: await node('--disable-proto=bad proto.js'),
        late: await node('--trace-sync-io late.js'),
      };
      await container.teardown();
      return all;
    },
    { proto: PROTO, late: LATE },
  );
  expect(said.deleted).toEqual({ stdout: 'false false false 1\n'.repeat(2), stderr: '', exitCode: 0 });
  const refused = 'true ERR_PROTO_ACCESS false ERR_PROTO_ACCESS\n';
  expect(said.thrown).toEqual({ stdout: refused.repeat(2), stderr: '', exitCode: 0 });
  const reason = 'node: invalid mode passed to --disable-proto\n';
  expect(said.bad).toEqual({ stdout: '', stderr: reason, exitCode: 12 });
  expect(said.late.stderr.match(/^\(node:\d+\) WARNING: Detected use of sync API$/gm)).toHaveLength(1);
  expect(said.late.stderr).toMatch(/ at (Object\.)?statSync \(node:fs:\d+:\d+\)\n.*late\.js:4:/);
});

const TRACED = `
  'FOO' in process.env;
  process.env.FOO = process.env.BAR + 1;
  Object.keys(process.env);
  delete process.env.FOO;
  process.exit(3);`;

test('--trace-env and --trace-exit say who looks at the environment and who ends the program; a DOMException shows who threw it', async () => {
  const said = await run(
    async ({ OpenAgentsContainer }, { traced }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.writeFile('traced.js', traced);
      const node = async (line: string) => (await container.exec(`node ${line}`)).stderr;
      const all = {
        env: await node('--trace-env traced.js'),
        stacks: await node('--trace-env-js-stack traced.js'),
        exit: await node('--trace-exit --stack-trace-limit=2 traced.js'),
        thrown: await node(`-e "throw new DOMException('no room', 'QuotaExceededError')"`),
      };
      await container.teardown();
      return all;
    },
    { traced: TRACED },
  );
  const ofProgram = said.env.slice(said.env.indexOf('[--trace-env] query "FOO"'));
  const steps = ['query "FOO"', 'get "BAR"', 'set "FOO"', 'enumerate environment variables', 'delete "FOO"'];
  const places = steps.map((step) => ofProgram.indexOf(`[--trace-env] ${step}\n`));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBe(0);
  expect(said.env).toContain('get "NODE_PATH"');
  expect(said.stacks).toMatch(
    /set "FOO"\n\n----- JavaScript stack trace -----\n\n1: .*\/traced\.js:3:\d+\)?\n2: /,
  );
  expect(said.exit).toMatch(
    /^\(node:\d+\) WARNING: Exited the environment with code 3\n {4}at exit \(node:internal\/.*\n {4}at .*\/traced\.js:6:11\n\n$/,
  );
  expect(said.thrown).toMatch(
    /^\[eval\]:1\nthrow new DOMException.*\n\^\n\nQuotaExceededError: no room\n {4}at new DOMException /,
  );
});
