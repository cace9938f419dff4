import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('streams apart and merged, arguments, environment, exit code', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const text = async (stream: ReadableStream<string>) => {
      let all = '';
      for await (const part of stream) all += part;
      return all;
    };
    const program =
      'console.log(process.argv.slice(1).join(), process.env.X, process.cwd()); console.error("e"); process.exitCode = 5';
    const first = await container.spawn('node', ['-e', program, 'a', 'b'], { env: { X: 1 }, cwd: '/tmp' });
    const apart = await Promise.all([text(first.stdout), text(first.stderr), first.exit]);
    const second = await container.spawn('node', ['-e', program]);
    const merged = await Promise.all([text(second.output), second.exit]);
    await container.teardown();
    return { apart, merged };
  });
  expect(result.apart).toEqual(['a,b 1 /tmp\n', 'e\n', 5]);
  expect(result.merged[0]).toContain('undefined /home/project\n');
  expect(result.merged[0]).toContain('e\n');
});

test('programs whose input is never closed leave no shared memory behind', async () => {
  const [before, after] = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const sharedBytes = async (): Promise<number> =>
      Number((await container.exec(`node -p 'process.memoryUsage().rss'`)).stdout);
    const runAndEnd = async (): Promise<number> => (await container.spawn('true')).exit;
    await runAndEnd();
    const figures = [await sharedBytes()];
    // More than the memory grows by at a time (PIPES_GROWTH), were a pipe of each to stay.
    for (let i = 0; i < 24; i++) await runAndEnd();
    figures.push(await sharedBytes());
    await container.teardown();
    return figures;
  });
  expect(after).toBe(before);
});

test('what cannot run says why, as a shell does', async () => {
  const results = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.mount({
      plain: { file: { contents: 'text' } },
      lost: { file: { contents: '#!/no/such/thing\n', mode: 0o755 } },
      good: {
        file: {
          contents: '#!/usr/bin/env -S node --no-warnings\nconsole.log("ran", process.argv.slice(2))',
          mode: 0o755,
        },
      },
    });
    const outcomes = [];
    for (const command of ['no-such-command', './plain', './lost', './none', './good x']) {
      const { exitCode, stdout, stderr } = await container.exec(command);
      outcomes.push({ exitCode, stdout, stderr });
    }
    const cwd = await container
      .spawn('node', [], { cwd: '/none' })
      .catch((error: { code: string }) => error.code);
    await container.teardown();
    return { outcomes, cwd };
  });
  expect(results.outcomes).toEqual([
    { exitCode: 127, stdout: '', stderr: 'sh: line 1: no-such-command: command not found\n' },
    { exitCode: 126, stdout: '', stderr: 'sh: line 1: ./plain: Permission denied\n' },
    { exitCode: 127, stdout: '', stderr: 'sh: line 1: ./lost: No such file or directory\n' },
    { exitCode: 127, stdout: '', stderr: 'sh: line 1: ./none: No such file or directory\n' },
    { exitCode: 0, stdout: "ran [ 'x' ]\n", stderr: '' },
  ]);
  expect(results.cwd).toBe('ENOENT');
});

test('a signal is caught, ends the process, or kills it in a busy loop', async () => {
  const results = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const start = async (program: string) => {
      const process = await container.spawn('node', ['-e', program]);
      await process.stdout.getReader().read();
      return process;
    };
    const up = 'console.log("up");';
    const caught = await start(
      `process.on("SIGTERM", () => process.exit(9)); ${up} setInterval(() => {}, 1000)`,
    );
    caught.kill();
    const plain = await start(`${up} setInterval(() => {}, 1000)`);
    plain.kill('SIGINT');
    const busy = await start(`process.on("SIGTERM", () => {}); ${up} for (;;);`);
    busy.kill('SIGKILL');
    const waiting = await start(`${up} fs.readSync(0, Buffer.alloc(1))`);
    waiting.kill();
    const aborter = new AbortController();
    const aborted = await container.spawn('node', ['-e', 'for (;;);'], { signal: aborter.signal });
    aborter.abort();
    const unknown = (() => {
      try {
        plain.kill('SIGWHAT');
        return undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    })();
    const exits = await Promise.all(
      [caught, plain, busy, waiting, aborted].map(async (process) => [await process.exit, process.signal]),
    );
    await container.teardown();
    return { exits, unknown };
  });
  expect(results.exits).toEqual([
    [9, null],
    [130, 'SIGINT'],
    [137, 'SIGKILL'],
    [143, 'SIGTERM'],
    [137, 'SIGKILL'],
  ]);
  expect(results.unknown).toBe('ERR_UNKNOWN_SIGNAL');
});

test('input reaches the program, and its end', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const program =
      'let n = 0; process.stdin.on("data", (d) => (n += d.length)).on("end", () => console.log(n))';
    const process = await container.spawn('node', ['-e', program], { encoding: 'bytes' });
    const writer = process.input.getWriter();
    for (let i = 0; i < 40; i++) await writer.write(new Uint8Array(100_003));
    await writer.close();
    let text = '';
    for await (const chunk of process.stdout) text += new TextDecoder().decode(chunk);
    const exec = await container.exec(`node -e 'process.stdin.pipe(process.stdout)'`, { input: 'through' });
    await container.teardown();
    return { text, echo: exec.stdout };
  });
  expect(result).toEqual({ text: `${40 * 100_003}\n`, echo: 'through' });
});

test('100 MB of output arrive whole, and a reader that stops holds the writer up', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const program = `
      const block = Buffer.alloc(1 << 20, 'x'); let i = 0;
      const next = () => { while (i < 100) { i++; if (!process.stdout.write(block)) return process.stdout.once('drain', next); } };
      next(); setInterval(() => fs.writeFileSync('progress', String(i)), 5).unref();`;
    const process = await container.spawn('node', ['-e', program], { encoding: 'bytes' });
    const reader = process.stdout.getReader();
    let total = (await reader.read()).value?.length ?? 0;
    // It has come to rest when its count stays the same: far from the end, since nobody reads.
    let before = '';
    for (let same = 0; same < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const progress = await container.fs.readFile('progress', 'utf8').catch(() => '');
      same = progress === before && progress !== '' ? same + 1 : 0;
      before = progress;
    }
    const heldAt = Number(before);
    for (let next = await reader.read(); !next.done; next = await reader.read()) total += next.value.length;
    const code = await process.exit;
    await container.teardown();
    return { total, heldAt, code };
  });
  expect(result.total).toBe(100 << 20);
  expect(result.heldAt).toBeLessThan(50);
  expect(result.code).toBe(0);
});

test('a process nobody reads from runs on', async () => {
  const code = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const process = await container.spawn('node', [
      '-e',
      'for (let i = 0; i < 300; i++) fs.writeSync(1, "y".repeat(20000))',
    ]);
    const exit = await process.exit;
    await container.teardown();
    return exit;
  });
  expect(code).toBe(0);
});

test('the limit of processes is EAGAIN, and a killed tree frees what it took', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ limits: { processes: 4 } });
    const limits: string[] = [];
    container.on('limit', ({ limit }) => limits.push(limit));
    const bomb = `
      const { spawn } = require('child_process');
      const child = spawn(process.execPath, [__filename], { stdio: 'inherit' });
      child.on('error', (error) => console.log(error.code));
      setInterval(() => {}, 1000);`;
    await container.mount({ 'bomb.js': { file: { contents: bomb } } });
    const process = await container.spawn('node', ['bomb.js']);
    const first = await process.stdout.getReader().read();
    const refused = await container.spawn('node').catch((error: { code: string }) => error.code);
    const alive = await container.processes();
    for (const { pid } of alive) void pid;
    process.kill('SIGKILL');
    await process.exit;
    const left = (await container.processes()).length;
    await container.teardown();
    return { first: first.value, refused, alive: alive.length, left, limits };
  });
  expect(result).toEqual({
    first: 'EAGAIN\n',
    refused: 'EAGAIN',
    alive: 4,
    left: 3,
    limits: ['processes', 'processes'],
  });
});
