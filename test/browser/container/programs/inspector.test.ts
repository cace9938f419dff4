import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const PROGRAM = `
  const inspector = require('inspector');
  const { Session } = require('node:inspector/promises');
  const told = (call) => { try { return call(); } catch ({ code }) { return code; } };
  (async () => {
    console.log(process.features.inspector, inspector.url(), told(() => inspector.waitForDebugger()));
    console.log(told(() => inspector.open()), told(() => inspector.close()), told(() => inspector.console.log('nobody sees it')));
    const session = new inspector.Session();
    console.log(told(() => session.post('Profiler.enable')));
    session.connect();
    console.log(told(() => session.connect()));
    session.post('Profiler.enable', (error) => console.log(error.code, error.message));
    session.disconnect();
    const asking = new Session();
    asking.connect();
    await asking.post('Debugger.enable').catch(({ code }) => console.log(code));
    console.log(told(() => require('v8').takeCoverage()));
  })();
`;

test('the module inspector can be loaded, and says that nothing can be attached', async () => {
  const { exitCode, stdout, stderr } = await run(async ({ OpenAgentsContainer }, program) => {
    const container = await OpenAgentsContainer.boot();
    const ended = await container.exec('node', { input: program });
    await container.teardown();
    return ended;
  }, PROGRAM);
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    'false undefined ERR_INSPECTOR_NOT_ACTIVE',
    'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM undefined undefined',
    'ERR_INSPECTOR_NOT_CONNECTED',
    'ERR_INSPECTOR_ALREADY_CONNECTED',
    expect.stringMatching(/^ERR_INSPECTOR_COMMAND .*'Profiler.enable' wasn't found: a browser gives/),
    'ERR_INSPECTOR_COMMAND',
    'undefined',
  ]);
  expect(exitCode).toBe(0);
});

test('what eval evaluates imports as Node does, and keeps the context of asynchronous storage', async () => {
  const { stdout, stderr } = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.mount({
      'main.cjs': {
        file: {
          contents: `
            const { AsyncLocalStorage } = require('async_hooks');
            const storage = new AsyncLocalStorage();
            const local = 'local';
            const ask = eval('(async () => { const { greeting } = await import("./greeting.mjs"); return [local, greeting, storage.getStore()]; })');
            storage.run('kept', ask).then((all) => console.log(all.join(' ')));
            function shown() { return eval('1 + 1'); }
            console.log(String(shown), shown());`,
        },
      },
      'greeting.mjs': { file: { contents: 'export const greeting = "hello";' } },
    });
    const ended = await container.exec('node main.cjs');
    await container.teardown();
    return ended;
  });
  expect(stderr).toBe('');
  expect(stdout).toBe("function shown() { return eval('1 + 1'); } 2\nlocal hello kept\n");
});
