import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a process starts only the programs it was granted, whatever it tries, and so do its children', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const refusals: string[] = [];
    container.on('error', ({ message }) => refusals.push(message));
    await container.fs.writeFile(
      'attack.js',
      `const cp = require('child_process'), fs = require('fs');
       const attempt = (label, call) => {
         let outcome;
         try { outcome = call(); } catch (error) { outcome = error.code; }
         console.log(label, outcome);
       };
       const status = (file, args) => {
         const result = cp.spawnSync(file, args, { encoding: 'utf8' });
         return result.error ? result.error.code : result.stdout.trim();
       };
       attempt('granted', () => status('echo', ['yes']));
       attempt('another', () => status('ls', []));
       fs.writeFileSync('echo', '#!/usr/bin/env node\\nconsole.log("script")', { mode: 0o755 });
       attempt('its name', () => status('./echo', []));
       attempt('by env', () => status('env', ['ls']));
       fs.symlinkSync('/usr/bin/ls', 'link');
       attempt('by a link', () => status('./link', []));
       attempt('by the shell', () => status('sh', ['-c', 'ls || /usr/bin/ls']));
       attempt('by a task', () => {
         const id = fs.readFileSync('/task/new', 'utf8').trim();
         fs.writeFileSync('/task/' + id + '/cmd', 'ls');
         fs.writeFileSync('/task/' + id + '/ctl', 'start');
         return 'started';
       });
       attempt('by a child of the shell', () => status('sh', ['-c', 'sh -c "echo deep; ls"']));`,
    );
    const process = await container.spawn('node', ['attack.js'], {
      capabilities: { process: { spawn: ['echo', 'sh'] } },
    });
    let output = '';
    for await (const text of process.stdout as unknown as AsyncIterable<string>) output += text;
    await process.exit;
    const free = await container.exec('ls attack.js');
    await container.teardown();
    return { output: output.split('\n'), free: free.stdout, refusals: refusals.length };
  });
  expect(result.output).toEqual([
    'granted yes',
    'another EACCES',
    'its name EACCES',
    'by env EACCES',
    'by a link EACCES',
    'by the shell ',
    'by a task EACCES',
    'by a child of the shell deep',
    '',
  ]);
  expect(result.free).toBe('attack.js\n');
  expect(result.refusals).toBeGreaterThan(4);
});

test('a container that may start nothing, and variables that are kept back', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({
      capabilities: { process: { spawn: false, env: ['HOME', 'KEPT'] } },
    });
    const program = `
      const code = require('child_process').spawnSync('echo').error.code;
      const names = Object.keys(process.env);
      let other;
      try { other = fs.readFileSync('/proc/' + process.argv[1] + '/environ', 'utf8'); } catch (error) { other = error.code; }
      console.log(JSON.stringify([code, names, other]));`;
    const other = await container.spawn('sleep', ['1000']);
    const { stdout } = await container.exec(`node -e '${program.replaceAll("'", '"')}' ${other.pid}`, {
      env: { KEPT: '1', SECRET: '2' },
    });
    const direct = await container.spawn('node', ['-e', program, String(other.pid)], {
      env: { KEPT: '1', SECRET: '2' },
    });
    let text = '';
    for await (const chunk of direct.stdout as unknown as AsyncIterable<string>) text += chunk;
    other.kill();
    await container.teardown();
    return { stdout, direct: JSON.parse(text) as unknown };
  });
  expect(result).toEqual({ stdout: '', direct: ['EACCES', ['HOME', 'KEPT'], 'EACCES'] });
});

test('servers, connections and requests are refused by the name of the capability that is off', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({
      capabilities: { network: { listen: false, fetch: false, websocket: false, tcp: false } },
    });
    const told: string[] = [];
    container.on('error', ({ message }) => told.push(message));
    const { stdout } = await container.exec('node', {
      input: `
        const net = require('net'), { once } = require('events');
        const show = (label, { code, message, cause }) => console.log(label, cause?.code ?? code, /network[.]\\w+/.exec(cause?.message ?? message)?.[0]);
        (async () => {
          show('listen', (await once(net.createServer().listen(3000), 'error'))[0]);
          const local = net.createServer((socket) => socket.end('unix')).listen('/tmp/socket');
          await once(local, 'listening');
          console.log(String((await once(net.connect('/tmp/socket'), 'data'))[0]));
          local.close();
          show('web', (await once(net.connect(80, '192.0.2.1'), 'error'))[0]);
          show('tcp', (await once(net.connect(5432, '192.0.2.1'), 'error'))[0]);
          await fetch('http://example.org/').catch((error) => show('fetch', error));
          new WebSocket('ws://example.org/').onerror = ({ error }) => console.log('websocket', error === undefined ? 'error' : 'refused');
        })();`,
    });
    await container.teardown();
    return { lines: stdout.trim().split('\n'), told };
  });
  expect(result.lines).toEqual([
    'listen EACCES undefined',
    'unix',
    'web EACCES network.fetch',
    'tcp EACCES network.tcp',
    'fetch ERR_ACCESS_DENIED network.fetch',
    'websocket refused',
  ]);
  expect(result.told).toContain(
    'A program may not listen on port 3000: the capability network.listen is off.',
  );
});

test('a capability that would not be kept is refused, not dropped', async () => {
  const codes = await run(async ({ OpenAgentsContainer }) => {
    const refused = (attempt: Promise<unknown>) =>
      attempt.then(
        () => 'taken',
        ({ code, message }) => `${code} ${/capabilities\.\w+/.exec(message)?.[0]}`,
      );
    const files = { filesystem: { read: ['/home', '/proc/1'] } };
    const container = await OpenAgentsContainer.boot();
    const outcomes = [
      await refused(OpenAgentsContainer.boot({ capabilities: files })),
      await refused(container.spawn('true', { capabilities: files })),
      await refused(container.spawn('true', { capabilities: { network: { fetch: false } } as object })),
      await refused(container.spawn('true', { capabilities: { filesystem: { write: ['/var/none'] } } })),
      await (await container.spawn('true', { capabilities: { process: { spawn: [] } } })).exit,
    ];
    await container.teardown();
    return outcomes;
  });
  expect(codes).toEqual([
    'ERR_FEATURE_UNAVAILABLE capabilities.filesystem',
    'ERR_FEATURE_UNAVAILABLE capabilities.filesystem',
    'ERR_FEATURE_UNAVAILABLE capabilities.network',
    'ENOENT undefined',
    0,
  ]);
});
