import { describe, expect, test } from 'vitest';
import { usePage } from '../harness.ts';

describe('an isolated page', () => {
  const { run } = usePage();

  test('boots, and ends for good', async () => {
    const result = await run(async ({ OpenAgentsContainer, capabilitiesOfHost }) => {
      const container = await OpenAgentsContainer.boot({ workdirName: 'work' });
      const { workdir } = container;
      await Promise.all([container.teardown(), container.teardown()]);
      await container.teardown();
      const code = (error: unknown) => (error as { code?: string }).code;
      const refusals = await Promise.all([
        container.spawn('node').catch(code),
        container.fs.readFile('x').catch(code),
        container.mount({}).catch(code),
        container.processes().catch(code),
      ]);
      return { workdir, refusals, host: capabilitiesOfHost() };
    });
    expect(result.workdir).toBe('/home/work');
    expect(result.refusals).toEqual(Array.from({ length: 4 }, () => 'ERR_CONTAINER_CLOSED'));
    expect(result.host.supported).toBe(true);
  });

  test('teardown ends what runs: exits resolve, streams end, no lock of a thread is left', async () => {
    const result = await run(async ({ OpenAgentsContainer }) => {
      const container = await OpenAgentsContainer.boot();
      const busy = await container.spawn('node', ['-e', 'console.log(1); for (;;);']);
      const reader = busy.output.getReader();
      await reader.read();
      await container.teardown();
      // The browser learns of a released lock by a message of its own, which a query may overtake.
      let held = (await navigator.locks.query()).held;
      for (let tries = 0; tries < 100 && held?.length; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        held = (await navigator.locks.query()).held;
      }
      return { exit: await busy.exit, rest: await reader.read(), locks: held?.length };
    });
    expect(result.exit).toBe(137);
    expect(result.rest.done).toBe(true);
    expect(result.locks).toBe(0);
  });

  test('several containers do not see each other', async () => {
    const result = await run(async ({ OpenAgentsContainer }) => {
      const containers = await Promise.all([1, 2, 3].map(() => OpenAgentsContainer.boot()));
      await Promise.all(containers.map((container, i) => container.fs.writeFile('who', `container ${i}`)));
      const seen = await Promise.all(
        containers.map((container) => container.exec(`node -p 'fs.readFileSync("who","utf8")'`)),
      );
      await Promise.all(containers.map((container) => container.teardown()));
      return seen.map(({ stdout }) => stdout);
    });
    expect(result).toEqual(['container 0\n', 'container 1\n', 'container 2\n']);
  });

  test('worker scripts that are not there are named', async () => {
    const error = await run(({ OpenAgentsContainer }) =>
      OpenAgentsContainer.boot({ assets: '/nowhere/' }).then(
        () => undefined,
        (reason: { code: string; message: string }) => ({ code: reason.code, message: reason.message }),
      ),
    );
    expect(error?.code).toBe('ERR_CONTAINER_BOOT');
    expect(error?.message).toContain('/nowhere/kernel-worker.js');
  });
});

describe('a page without isolation', () => {
  const { run } = usePage({ isolated: false });

  test('is told which headers are missing', async () => {
    const error = await run(({ OpenAgentsContainer }) =>
      OpenAgentsContainer.boot().then(
        () => undefined,
        (reason: { code: string; message: string }) => ({ code: reason.code, message: reason.message }),
      ),
    );
    expect(error?.code).toBe('ERR_NOT_CROSS_ORIGIN_ISOLATED');
    expect(error?.message).toContain('Cross-Origin-Opener-Policy: same-origin');
    expect(error?.message).toContain('Cross-Origin-Embedder-Policy');
  });
});
