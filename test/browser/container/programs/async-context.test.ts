/** What follows a program over `import()`, whose evaluation Node's loader begins after awaits of its own. */
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a module that import() asks for runs in the async context of who asked, and so does its graph', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const files = {
      'deep.mjs': `const at = () => globalThis.storage.getStore();
        console.log('deep', at()); await 1; console.log('resumed', at());`,
      'top.mjs': `import './deep.mjs'; console.log('top', globalThis.storage.getStore());`,
      'main.js': `const { AsyncLocalStorage } = require('node:async_hooks');
        globalThis.storage = new AsyncLocalStorage();
        storage.run('asked', async () => { await import('./top.mjs'); console.log('after', storage.getStore()); });
        console.log('outside', storage.getStore());`,
      // The test runner knows by its hooks in which test another begins: this one would wait for itself otherwise.
      'inner.mjs': `import { test } from 'node:test'; await test('inner', async () => {});`,
      'outer.js': `require('node:test').test('outer', () => import('./inner.mjs'));`,
    };
    for (const [name, contents] of Object.entries(files)) await container.fs.writeFile(name, contents);
    const context = await container.exec('node main.js');
    const nested = await container.exec('node --test-reporter tap outer.js');
    await container.teardown();
    return { context, nested: nested.stdout.match(/^ *(not )?ok.*$/gm), exitCode: nested.exitCode };
  });
  expect(result).toMatchObject({
    context: {
      stdout: 'outside undefined\ndeep asked\nresumed asked\ntop asked\nafter asked\n',
      stderr: '',
    },
    nested: ['    ok 1 - inner', 'ok 1 - outer'],
    exitCode: 0,
  });
});
