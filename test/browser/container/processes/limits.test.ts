import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a busy loop that is killed is over for everyone before its thread is, which then goes', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const process = await container.spawn('node', ['-e', 'console.log(1); for (;;);']);
    const reader = process.output.getReader();
    await reader.read();
    const locks = async () => ((await navigator.locks.query()).held ?? []).map(({ name }) => name);
    const before = await locks();
    process.kill('SIGKILL');
    const code = await process.exit;
    const ended = (await reader.read()).done;
    const listed = (await container.processes()).length;
    const proc = await container.fs.access(`/proc/${process.pid}`).then(
      () => true,
      () => false,
    );
    // Spares may boot meanwhile, and none ends: the lock that goes is this thread's own.
    for (let now = before; before.every((name) => now.includes(name)); now = await locks())
      await new Promise((resolve) => setTimeout(resolve, 20));
    await container.teardown();
    // A spare that was about to start is ended with the container: its lock goes a moment later.
    while ((await locks()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return { code, ended, listed, proc };
  });
  expect(result).toEqual({ code: 137, ended: true, listed: 0, proc: false });
});

test('what a killed busy loop held is free for its parent: status, pipes and port', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile(
      'parent.js',
      `const net = require('net');
       const busy = "require('net').createServer().listen(4000, () => { require('fs').writeSync(1, 'up'); for (;;); })";
       const child = require('child_process').spawn('node', ['-e', busy], { stdio: ['pipe', 'pipe', 'inherit'] });
       child.stdout.once('data', (data) => { console.log(String(data)); child.kill('SIGKILL'); });
       child.on('exit', (code, signal) => console.log('exit', code, signal));
       child.on('close', () => {
         console.log('close');
         try { process.kill(child.pid, 0); } catch ({ code }) { console.log('kill', code); }
         net.createServer().listen(4000, function () { console.log('port'); this.close(); });
       });`,
    );
    const { stdout, stderr } = await container.exec('node parent.js');
    await container.teardown();
    return { lines: stdout.trimEnd().split('\n').sort(), stderr };
  });
  expect(result).toEqual({
    lines: ['close', 'exit null SIGKILL', 'kill ESRCH', 'port', 'up'],
    stderr: '',
  });
});

test('a fork bomb ends in EAGAIN, and the page and its container live on', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ limits: { processes: 6 } });
    const limits = new Set<string>();
    container.on('limit', ({ limit }) => limits.add(limit));
    await container.fs.writeFile(
      'bomb.js',
      `const { spawn } = require('child_process');
       for (let i = 0; i < 3; i++) spawn('node', ['bomb.js'], { stdio: 'inherit' }).on('error', (e) => console.log(e.code));`,
    );
    const { stdout } = await container.exec('node bomb.js; wait');
    const after = await container.exec('echo alive');
    await container.teardown();
    return { codes: [...new Set(stdout.trim().split('\n'))], limits: [...limits], after: after.stdout };
  });
  expect(result).toEqual({ codes: ['EAGAIN'], limits: ['processes'], after: 'alive\n' });
});

test('bounds in time and output end a process, and say so', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const limits: string[] = [];
    container.on('limit', ({ limit }) => limits.push(limit));
    const end = async (script: string, bounds: object) => {
      const process = await container.spawn('node', ['-e', script], { limits: bounds });
      let length = 0;
      for await (const chunk of process.output) length += chunk.length;
      return { code: await process.exit, signal: process.signal, length };
    };
    const ends = [
      await end('for (;;);', { cpuMs: 300 }),
      await end('setTimeout(() => console.log("idle"), 4000)', { cpuMs: 3000 }),
      await end('setInterval(() => {}, 1000)', { wallMs: 400 }),
      await end("require('child_process').spawnSync('node', ['-e', 'for (;;);'])", { wallMs: 600 }),
      await end('for (;;) console.log("x".repeat(99))', { outputBytes: 10_000 }),
    ];
    const left = (await container.processes()).length;
    await container.teardown();
    return { ends, limits, left };
  });
  expect(result.ends).toEqual([
    { code: 152, signal: 'SIGXCPU', length: 0 },
    { code: 0, signal: null, length: 5 },
    { code: 137, signal: 'SIGKILL', length: 0 },
    { code: 137, signal: 'SIGKILL', length: 0 },
    { code: 137, signal: 'SIGKILL', length: 10_000 },
  ]);
  expect([...new Set(result.limits)]).toEqual(['cpuMs', 'wallMs', 'outputBytes']);
  expect(result.left).toBe(0);
});

test('a parent sees its child in a busy loop end by a time limit, a processor limit and timeout: all of it', async () => {
  const { stdout, stderr, busy } = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile(
      'busy.js',
      "require('net').createServer().listen(4001, () => { require('fs').writeSync(1, 'up'); for (;;); });",
    );
    await container.fs.writeFile(
      'parent.js',
      `const { spawn } = require('child_process');
       const { once } = require('events');
       const net = require('net');
       const ends = [
         ['node', ['busy.js'], { timeout: 1000, killSignal: 'SIGKILL' }],
         ['node', ['busy.js'], { timeout: 1000 }],
         ['timeout', ['-s', 'KILL', '1', 'node', 'busy.js'], {}],
         ['timeout', ['1', 'node', 'busy.js'], {}],
         ['sh', ['-c', 'ulimit -t 1; exec node busy.js'], {}],
         ['sh', ['-c', 'ulimit -t 1; node busy.js; echo $?'], {}],
       ];
       (async () => {
         for (const [file, args, options] of ends) {
           const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
           const text = child.stdout.setEncoding('utf8').toArray();
           const close = once(child, 'close');
           const [code, signal] = await once(child, 'exit');
           await close;
           const server = net.createServer().listen(4001);
           await once(server, 'listening');
           server.close();
           console.log((await text).join('').replace('up', ''), code, signal, child.stdin.destroyed, require('fs').existsSync('/proc/' + child.pid));
         }
       })();`,
    );
    const { stdout, stderr } = await container.exec('node parent.js');
    const busy = (await container.processes()).length;
    await container.teardown();
    // Their threads end with the browser's own time: their locks tell.
    const held = async () => (await navigator.locks.query()).held?.length ?? 0;
    while ((await held()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return { stdout, stderr, busy };
  });
  expect({ lines: stdout.trimEnd().split('\n'), stderr, busy }).toEqual({
    lines: [
      ' null SIGKILL true false',
      ' null SIGTERM true false',
      ' 137 null true false',
      ' 124 null true false',
      ' null SIGXCPU true false',
      '152',
      ' 0 null true false',
    ],
    stderr: '',
    busy: 0,
  });
});
