import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('commands that follow each other share workers, and nothing of one shows in the next', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const locks = async (): Promise<string[]> =>
      ((await navigator.locks.query()).held ?? []).map(({ name }) => name ?? '');
    const exec = async (line: string): Promise<string> => {
      const { stdout, stderr, exitCode } = await container.exec(line);
      return `${stdout}${stderr}${exitCode}`;
    };
    await exec('true');
    const first =
      'cd /tmp; umask 077; A=1; set -e; trap "echo trap" EXIT; exec 3>/tmp/three; f() { :; }; exit 7';
    const outputs = [await exec(first)];
    const second = 'pwd; umask; echo "[$A]"; false; trap; type f; ls /dev/fd/3; echo $?';
    outputs.push(await exec(second), await exec(second));
    // Once the workers are there, they serve every command.
    await exec('echo a | cat | cat');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const before = new Set(await locks());
    for (let i = 0; i < 12; i++) outputs.push(await exec(`/bin/echo ${i} | cat`));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const made = (await locks()).filter((name) => !before.has(name));
    await container.teardown();
    return { outputs, made: made.length, left: (await locks()).length };
  });
  const [first, second, third, ...rest] = result.outputs;
  expect(first).toBe('trap\n7');
  expect(second).toMatch(/^\/home\/project\n0022\n\[\]\n/);
  expect(third).toBe(second);
  expect(rest).toEqual(Array.from({ length: 12 }, (_, i) => `${i}\n0`));
  // 24 commands and 12 shells: a few more at a time than there were before, at most.
  expect(result.made).toBeLessThan(8);
  expect(result.left).toBe(0);
});

test('the first commands find workers of their own, and none that has booted Node is taken for them', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const workersOf = async (script: string): Promise<string[]> =>
      ((await navigator.locks.query()).held ?? [])
        .map(({ name }) => name ?? '')
        .filter((name) => name.includes(`/${script}:`));
    const standing = async (script: string): Promise<string[]> => {
      for (let workers = await workersOf(script); ; workers = await workersOf(script)) {
        if (workers.length === 2) return workers;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const node = await standing('process-worker.js');
    const userland = await standing('userland-worker.js');
    const { stdout } = await container.exec('/bin/echo on | cat');
    const left = await workersOf('process-worker.js');
    await container.teardown();
    return { stdout, taken: node.filter((name) => !left.includes(name)), userland: userland.length };
  });
  expect(result).toEqual({ stdout: 'on\n', taken: [], userland: 2 });
});

test('a command that is killed takes its worker with it, and the next has another', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const ends: (number | string)[] = [];
    for (let i = 0; i < 4; i++) {
      const process = await container.spawn('cat');
      process.kill('SIGKILL');
      ends.push(await process.exit, (await container.exec('echo on | cat')).stdout);
    }
    await container.teardown();
    return ends;
  });
  expect(result).toEqual([137, 'on\n', 137, 'on\n', 137, 'on\n', 137, 'on\n']);
});
