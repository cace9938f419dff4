import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

/** Runs a program in a fresh container; it prints JSON lines. */
async function lines(program: string): Promise<unknown[]> {
  const result = await run(async ({ OpenAgentsContainer }, source) => {
    const container = await OpenAgentsContainer.boot();
    await container.mount({ 'main.js': { file: { contents: source } } });
    const outcome = await container.exec('node main.js', { timeoutMs: 200_000 });
    await container.teardown();
    return outcome;
  }, PRELUDE + program);
  expect(result.stderr).toBe('');
  return result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const PRELUDE = `
  const fs = require('fs'), cp = require('child_process');
  const say = (...values) => console.log(JSON.stringify(values));
  const ended = (child) => new Promise((resolve) => child.on('close', (...status) => resolve(status)));
  const code = (call) => { try { return call(); } catch (error) { return error.code; } };
`;

test('devices', async () => {
  const program = `
    const four = Buffer.alloc(4, 1);
    fs.readSync(fs.openSync('/dev/zero'), four);
    say(fs.readFileSync('/dev/null').length, fs.statSync('/dev/null').isCharacterDevice(), [...four]);
    say(code(() => fs.writeFileSync('/dev/full', 'x')), code(() => fs.openSync('/dev/tty')));
    fs.writeFileSync('/dev/stdout', '["through"]\\n');`;
  expect(await lines(program)).toEqual([[0, true, [0, 0, 0, 0]], ['ENOSPC', 'ENXIO'], ['through']]);
});

test('synchronous children: input, time limit, output limit, files as stdio', async () => {
  const program = `
    const node = (source, options) => cp.spawnSync('node', ['-e', source], { encoding: 'utf8', ...options });
    say(node('console.log(fs.readFileSync(0, "utf8").length)', { input: 'x'.repeat(200000) }).stdout);
    const late = node('for (;;);', { timeout: 300 });
    say(late.signal, late.error.code);
    const much = 'process.stdout.write("y".repeat(3000000))';
    say(node(much, { maxBuffer: 1e7 }).stdout.length, node(much, { maxBuffer: 1000 }).error.code);
    const file = fs.openSync('out', 'w');
    node('console.log("one"); console.error("two")', { stdio: ['ignore', file, file] });
    say(fs.readFileSync('out', 'utf8'));`;
  expect(await lines(program)).toEqual([
    ['200000\n'],
    ['SIGTERM', 'ETIMEDOUT'],
    [3000000, 'ENOBUFS'],
    ['one\ntwo\n'],
  ]);
});

test('a group dies together, an orphan lives on with init', async () => {
  const program = `(async () => {
    const inner = 'setInterval(() => {}, 1000); console.log(process.pid)';
    const outer = \`cp.spawn('node', ['-e', \${JSON.stringify(inner)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)\`;
    const leader = cp.spawn('node', ['-e', 'const cp = require("child_process");' + outer], { detached: true });
    const pid = Number(await new Promise((resolve) => leader.stdout.once('data', resolve)));
    process.kill(pid, 0);
    process.kill(-leader.pid);
    say(await ended(leader), code(() => process.kill(pid, 0)));
    const lost = 'const i = setInterval(() => { if (process.ppid === 1) { console.log("adopted"); clearInterval(i); } }, 10)';
    const parent = \`require('child_process').spawn('node', ['-e', \${JSON.stringify(lost)}], { stdio: 'inherit' }); setTimeout(() => process.exit(0), 200)\`;
    const gone = cp.spawn('node', ['-e', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    gone.stdout.on('data', (data) => (text += data));
    say(await ended(gone), text);
  })();`;
  expect(await lines(program)).toEqual([
    [[null, 'SIGTERM'], 'ESRCH'],
    [[0, null], 'adopted\n'],
  ]);
});

test('a pipe between children, a reader that leaves, messages to a fork', async () => {
  const program = `(async () => {
    const first = cp.spawn('node', ['-e', 'for (let i = 0; i < 50000; i++) console.log(i)']);
    const count = 'let n = 0; process.stdin.on("data", (d) => (n += d.length)).on("end", () => console.log(n))';
    const second = cp.spawn('node', ['-e', count], { stdio: [first.stdout, 'pipe', 'inherit'] });
    say(String(await new Promise((resolve) => second.stdout.once('data', resolve))));
    const writer = 'process.stdout.on("error", (e) => process.exit(e.code === "EPIPE" ? 4 : 5)); setInterval(() => process.stdout.write("z".repeat(1000)), 1)';
    const child = cp.spawn('node', ['-e', writer], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => child.stdout.destroy());
    say(await ended(child));
    fs.writeFileSync('fork.js', 'process.on("message", (m) => { process.send({ got: m }); process.disconnect(); })');
    const fork = cp.fork('./fork.js');
    fork.send([1, 'a']);
    fork.on('message', (message) => say(message));
    say(await ended(fork));
  })();`;
  expect(await lines(program)).toEqual([['288890\n'], [[4, null]], [{ got: [1, 'a'] }], [[0, null]]]);
});
