import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

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

test('sockets and servers are handed to another process', async () => {
  const program = `(async () => {
    const net = require('net'), dgram = require('dgram');
    fs.writeFileSync('heir.js', \`
      let server;
      process.on('message', (what, handle) => {
        if (what === 'socket') handle.end('from the heir');
        else if (what === 'server') {
          server = handle;
          handle.on('connection', (socket) => socket.end('served by the heir'));
          process.send('ready');
        } else if (what === 'udp') {
          handle.on('message', (message) => { process.send('datagram ' + message); process.disconnect(); handle.close(); server.close(); });
        }
      });\`);
    const read = (port) => new Promise((resolve) => {
      let text = '';
      net.connect(port).on('data', (data) => (text += data)).on('end', () => resolve(text));
    });
    const heir = cp.fork('./heir.js');
    const over = new Promise((resolve) => heir.on('exit', (...status) => resolve(status)));
    const next = () => new Promise((resolve) => heir.once('message', resolve));
    const first = net.createServer({ pauseOnConnect: true }, (socket) => heir.send('socket', socket)).listen(0, async () => {
      say(await read(first.address().port));
      first.close();
      const second = net.createServer().listen(0, () => {
        heir.send('server', second);
        heir.once('message', async () => {
          const { port } = second.address();
          second.close();
          say(await read(port));
          const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
            const address = udp.address();
            heir.send('udp', udp, () => {
              udp.close();
              const sender = dgram.createSocket('udp4');
              sender.send('hello', address.port, '127.0.0.1', () => sender.close());
            });
          });
          say(await next(), await over);
        });
      });
    });
  })();`;
  expect(await lines(program)).toEqual([
    ['from the heir'],
    ['served by the heir'],
    ['datagram hello', [0, null]],
  ]);
});

test.each(['SCHED_RR', 'SCHED_NONE'])('cluster: workers share a port by %s', async (policy) => {
  const program = `
    const cluster = require('cluster'), http = require('http');
    cluster.schedulingPolicy = cluster.${policy};
    if (cluster.isWorker) {
      http.createServer((request, response) => {
        response.end(String(cluster.worker.id));
      }).listen(8123);
    } else {
      const get = () => new Promise((resolve) => http.get({ port: 8123, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      }));
      let listening = 0;
      for (let i = 0; i < 2; i++) cluster.fork();
      cluster.on('listening', async () => {
        if (++listening < 2) return;
        const answers = [];
        for (let i = 0; i < 6; i++) answers.push(await get());
        say(answers.length, answers.every((id) => id === '1' || id === '2'), new Set(answers).size${policy === 'SCHED_RR' ? '' : ' > 0'});
        cluster.workers[1].process.kill();
        cluster.once('exit', async (worker, code, signal) => {
          say(worker.id, code, signal, await get());
          cluster.disconnect();
        });
      });
    }`;
  expect(await lines(program)).toEqual([
    [6, true, policy === 'SCHED_RR' ? 2 : true],
    [1, null, 'SIGTERM', '2'],
  ]);
});

test('node --run: a script of package.json, with its arguments, its folder and node_modules/.bin', async () => {
  const program = `
    const scripts = { show: 'pwd && tool && echo $NODE_RUN_SCRIPT_NAME', bad: 'exit 4', args: 'printf "[%s]"' };
    fs.mkdirSync('app/inner', { recursive: true });
    fs.mkdirSync('app/node_modules/.bin', { recursive: true });
    fs.writeFileSync('app/package.json', JSON.stringify({ scripts }));
    fs.writeFileSync('app/node_modules/.bin/tool', '#!/bin/sh\\necho a tool\\n', { mode: 0o755 });
    for (const args of [['show'], ['bad'], ['args', '--', 'a b', "it's"], ['none']]) {
      const { status, stdout, stderr } = cp.spawnSync('node', ['--run', ...args], { cwd: 'app/inner', encoding: 'utf8' });
      say(status, stdout, String(stderr).split('\\n')[0]);
    }`;
  expect(await lines(program)).toEqual([
    [0, '/home/project/app\na tool\nshow\n', ''],
    [1, '', ''],
    [0, "[a b][it's]", ''],
    [1, '', 'Missing script: "none" for /home/project/app/package.json'],
  ]);
});

test('/proc tells what runs from what waits, and options of a child are only its own properties', async () => {
  const program = `(async () => {
    const state = (pid) => fs.readFileSync('/proc/' + pid + '/stat', 'utf8').split(' ')[2];
    const idle = cp.spawn('node', ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
    const busy = cp.spawn('node', ['-e', 'console.log(1); for (;;);']);
    for (const { stdout } of [idle, busy]) await new Promise((resolve) => stdout.once('data', resolve));
    while (state(idle.pid) !== 'S') await new Promise((resolve) => setTimeout(resolve, 10));
    say(state(process.pid), state(busy.pid));
    idle.kill();
    busy.kill('SIGKILL');
    Object.prototype.cwd = '/nowhere';
    say(String(cp.execFileSync('pwd')));
  })();`;
  expect(await lines(program)).toEqual([['R', 'R'], ['/home/project\n']]);
});
