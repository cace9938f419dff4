import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pinnedNode } from '../../../../scripts/node-layer/package-cache.mjs';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Tells of what a rehearsal in the same thread could leave behind, or decide before the options are known. */
const PROGRAM = `
  const events = ['warning', 'exit', 'uncaughtException', 'newListener', 'removeListener', 'SIGWINCH'];
  const { executionAsyncId, triggerAsyncId } = require('async_hooks');
  const Module = require('module');
  const net = require('net');
  const told = {
    listeners: events.map((name) => process.listenerCount(name)),
    ids: [executionAsyncId(), triggerAsyncId()],
    cached: Object.keys(require.cache),
    paths: Object.keys(Module._pathCache).map((key) => key.split('\\0')[0]),
    argv: process.argv.slice(1), cwd: process.cwd(), main: require.main === module,
    globals: Object.keys(globalThis),
    known: ['navigator', 'EventSource', 'localStorage'].map((name) => name in globalThis),
    sqlite: Module.isBuiltin('node:sqlite'),
    family: [net.getDefaultAutoSelectFamily(), net.getDefaultAutoSelectFamilyAttemptTimeout()],
    handles: process._getActiveHandles().length, resources: process.getActiveResourcesInfo(),
    env: process.env.A, exec: process.execArgv,
  };
  // What ES modules may import of each by name.
  const named = ['module', 'fs', 'path', 'url', 'net', 'tty', 'util', 'events', 'worker_threads', 'buffer', 'child_process'];
  Promise.all(named.map(async (name) => [name, Object.keys(await import(name)).sort()]))
    .then((exports) => console.log(JSON.stringify({ ...told, exports })));`;
const OPTIONS = [
  [],
  ['--no-network-family-autoselection', '--network-family-autoselection-attempt-timeout=700'],
  ['--no-experimental-global-navigator', '--no-experimental-sqlite', '--experimental-eventsource'],
];

test('a program sees nothing of the rehearsal before it, and its own options', async () => {
  const { binary } = await pinnedNode();
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'oac-rehearsal-')));
  const file = path.join(folder, 'main.cjs');
  writeFileSync(file, PROGRAM);
  const env = { A: 'a' };
  const native = OPTIONS.map((options) =>
    execFileSync(binary, [...options, 'main.cjs', 'x'], { cwd: folder, env, encoding: 'utf8' }),
  );
  rmSync(folder, { recursive: true });
  const result = await run(
    async ({ OpenAgentsContainer }, { text, options }) => {
      const container = await OpenAgentsContainer.boot();
      const errors: string[] = [];
      container.on('error', ({ message }) => errors.push(message));
      await container.fs.writeFile('main.cjs', text);
      const outputs: string[] = [];
      for (const words of options) {
        const process = await container.spawn('node', [...words, 'main.cjs', 'x'], { env: { A: 'a' } });
        let output = '';
        for await (const part of process.output) output += part;
        outputs.push(output);
      }
      await container.teardown();
      return { outputs, errors };
    },
    { text: PROGRAM, options: OPTIONS },
  );
  expect(result.errors).toEqual([]);
  const parsed = (texts: readonly string[], from: string) =>
    texts.map((text) => JSON.parse(text.replaceAll(from, '/folder')) as unknown);
  expect(parsed(result.outputs, '/home/project')).toEqual(parsed(native, folder));
});

test('an evaluated program sees nothing of it either', async () => {
  const { binary } = await pinnedNode();
  const program = PROGRAM.replace(
    'cached:',
    'own: [typeof exports, module.id, __filename, __dirname], cached:',
  );
  const native = execFileSync(binary, ['-e', program, 'x'], { cwd: '/', env: { A: 'a' }, encoding: 'utf8' });
  const output = await run(async ({ OpenAgentsContainer }, text) => {
    const container = await OpenAgentsContainer.boot();
    const process = await container.spawn('node', ['-e', text, 'x'], { cwd: '/', env: { A: 'a' } });
    let all = '';
    for await (const part of process.output) all += part;
    await container.teardown();
    return all;
  }, program);
  expect(JSON.parse(output)).toEqual(JSON.parse(native));
});

test('a container without the files of a rehearsal starts programs all the same', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.exec('cp /usr/local/bin/node /tmp/node; rm /usr/local/bin/node');
    const outputs: string[] = [];
    for (let spawn = 0; spawn < 4; spawn++) {
      outputs.push((await container.exec('/tmp/node -p 1+1')).stdout);
    }
    await container.teardown();
    return outputs;
  });
  expect(result).toEqual(['2\n', '2\n', '2\n', '2\n']);
});

test('options that a main script reads before it prepares its execution are of the command line', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('a.test.js', "require('node:test')('passes', () => {});");
    const { stdout } = await container.exec('node --test --test-reporter=tap a.test.js');
    await container.teardown();
    return stdout;
  });
  expect(result).toMatch(/^TAP version 13\n# Subtest: passes\nok 1 - passes\n/);
});

test("both of a program's output streams are its own", async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { stdout, stderr } = await container.exec(`node -e 'console.log("out"); console.error("error")'`);
    await container.teardown();
    return { stdout, stderr };
  });
  expect(result).toEqual({ stdout: 'out\n', stderr: 'error\n' });
});
