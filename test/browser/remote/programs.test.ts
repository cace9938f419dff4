/** Programs of the external runtime from a container: python's packages, OpenClaw. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Runtime } from '../../runtime/harness.ts';
import { WHEEL_FILE, WHEEL_SCRIPT } from '../../support/wheel.ts';
import { usePage } from '../harness.ts';

const RUNTIME = resolve('runtime/node_modules/ws');
const HAS_PIP = spawnSync('/usr/bin/python3', ['-c', 'import ensurepip, venv']).status === 0;
if (!HAS_PIP) console.warn('SKIPPED: pip: the python of this machine has no ensurepip (python3-venv)');

/** Says how it was called, and stays: OpenClaw itself is 650 MB, and is tested in its image. */
const STAND_IN = `#!/bin/sh
echo "called with: $* and a token of \${#OPENCLAW_GATEWAY_TOKEN}"
exec sleep 600
`;

describe.skipIf(!existsSync(RUNTIME))('programs of the runtime', () => {
  const { run } = usePage();

  test.skipIf(!HAS_PIP)(
    'pip installs into the environment of the workspace, whose python finds it',
    async () => {
      await using runtime = await Runtime.start();
      const result = await run(
        async ({ OpenAgentsContainer }, { script, file, ...remote }) => {
          const container = await OpenAgentsContainer.boot({ remote });
          await container.mount({ 'wheel.py': { file: { contents: script } } });
          const made = await container.exec(`python3 wheel.py && pip install -q --no-index ./${file}`);
          const used = await container.exec(
            'python3 -c "import greet, sys; print(greet.word, sys.prefix != sys.base_prefix)"; pip list',
          );
          const missing = await container.exec('pip install -q --no-index there-is-no-such-package');
          await container.teardown();
          return { made, used, missing };
        },
        { script: WHEEL_SCRIPT, file: WHEEL_FILE, url: runtime.url, token: runtime.token },
      );
      expect(result.made).toMatchObject({ exitCode: 0, stdout: '' });
      expect(result.used.stdout).toMatch(/^hello True\n[^]*^greet +1\.0$/m);
      expect(result.missing.exitCode).toBe(1);
      expect(result.missing.stderr).toContain('there-is-no-such-package');
      expect(existsSync(join(runtime.workspace, '.venv/bin/python3'))).toBe(true);
    },
  );

  test('openclaw status, start and attach', async () => {
    await using without = await Runtime.start();
    await using runtime = await Runtime.start({ MHNOS_ALLOW_OPENCLAW: 'true' });
    const folder = join(runtime.workspace, '.home/.npm-global/bin');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'openclaw'), STAND_IN);
    chmodSync(join(folder, 'openclaw'), 0o755);
    const result = await run(
      async ({ OpenAgentsContainer }, { off, on }) => {
        const container = await OpenAgentsContainer.boot({ remote: off });
        const refused = [await container.exec('openclaw status'), await container.exec('openclaw start')];
        await container.remote.connect(on);
        const before = await container.exec('openclaw status');
        const nothing = await container.exec('openclaw attach');
        const gateway = await container.spawn('openclaw', ['start']);
        let said = '';
        for await (const part of gateway.stdout) {
          said += part;
          if (said.includes('\n')) break;
        }
        const during = await container.exec('openclaw status');
        const attached = await container.spawn('openclaw', ['attach']);
        let again = '';
        for await (const part of attached.stdout) {
          again += part;
          if (again.includes('\n')) break;
        }
        gateway.kill('SIGTERM');
        const codes = [await gateway.exit, await attached.exit];
        const after = await container.exec('openclaw status');
        await container.teardown();
        return { refused, before, nothing, said, during, again, codes, after };
      },
      {
        off: { url: without.url, token: without.token },
        on: { url: runtime.url, token: runtime.token },
      },
    );
    expect(result.refused[0]).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^openclaw: not available/) as string,
    });
    expect(result.refused[1]?.stderr).toMatch(/^OpenClaw is off.*MHNOS_ALLOW_OPENCLAW=true/);
    expect(result.before).toMatchObject({ exitCode: 0, stdout: 'openclaw: available, not running\n' });
    expect(result.nothing.stderr).toContain('OpenClaw is not running');
    expect(result.said).toBe('called with: gateway --allow-unconfigured --bind loopback and a token of 64\n');
    expect(result.during.stdout).toMatch(/^openclaw: running \(pid \d+\)\n$/);
    expect(result.again).toBe(result.said);
    expect(result.codes).toEqual([143, 143]);
    expect(result.after.stdout).toBe('openclaw: available, not running\n');
  });
});
