import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a task is made, configured, started and read through files alone, from the page', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const text = (path: string) => fs.readFile(path, 'utf8');
    const id = (await text('/task/new')).trim();
    const task = `/task/${id}`;
    const before = await text(`${task}/status`);
    await fs.writeFile(
      `${task}/cmd`,
      `node -e "process.stdin.on('data', d => process.stdout.write(process.env.GREETING + d))"`,
    );
    await fs.writeFile(`${task}/env`, 'GREETING=hello \n');
    await fs.writeFile(`${task}/cwd`, '/tmp\n');
    await fs.writeFile(`${task}/ctl`, 'start\n');
    const running = await text(`${task}/status`);
    const cwd = await fs.readlink(`/proc/${id}/cwd`);
    await fs.writeFile(`${task}/stdio/0`, 'world');
    await fs.writeFile(`${task}/ctl`, 'close\n');
    const output = await text(`${task}/stdio/1`);
    const code = (error: unknown) => (error as { code?: string }).code;
    const after = [await text(`${task}/status`), await text(`${task}/exitcode`)];
    const refusals = [
      await fs.writeFile(`${task}/ctl`, 'kill').catch(code),
      await fs.writeFile(`${task}/ctl`, 'dance').catch(code),
      await fs.writeFile(`${task}/stdio/0`, 'x').catch(code),
      await fs.writeFile(`${task}/pid`, '7').catch(code),
      await fs.mkdir('/task/mine').catch(code),
      await fs.rm('/proc', { recursive: true }).catch(code),
    ];
    await fs.writeFile(`${task}/ctl`, 'close');
    const gone = await text(`${task}/status`).catch(code);
    await container.teardown();
    return { before, running, cwd, output, after, refusals, gone };
  });
  expect(result).toEqual({
    before: 'new\n',
    running: 'running\n',
    cwd: '/tmp',
    output: 'hello world',
    after: ['exited\n', '0\n'],
    refusals: ['ESRCH', 'EINVAL', 'EPIPE', 'EACCES', 'EPERM', 'EBUSY'],
    gone: 'ENOENT',
  });
});

test('a task is made, configured, started and read through files alone, from a program', async () => {
  const program = `
    const fs = require('node:fs');
    const read = (path) => fs.readFileSync(path, 'utf8');
    const code = (action) => { try { return action() ?? 'done'; } catch (error) { return error.code; } };
    (async () => {
      const task = '/task/' + read('/task/new').trim();
      const out = { before: read(task + '/status') };
      fs.writeFileSync(task + '/cmd', 'cat -n - /tmp/other');
      fs.writeFileSync(task + '/cwd', '/tmp');
      fs.writeFileSync(task + '/env', 'A=1\\nB=2');
      fs.writeFileSync('/tmp/other', 'from a file\\n');
      out.cmd = read(task + '/cmd');
      out.env = read(task + '/env');
      fs.writeFileSync(task + '/ctl', 'start');
      const input = fs.createWriteStream(task + '/stdio/0');
      input.write('one\\n');
      input.end('two\\n');
      await new Promise((resolve) => input.on('close', resolve));
      fs.writeFileSync(task + '/ctl', 'close');
      out.output = '';
      for await (const part of fs.createReadStream(task + '/stdio/1', 'utf8')) out.output += part;
      out.errors = read(task + '/stdio/2');
      while (read(task + '/status') !== 'exited\\n');
      out.exitcode = read(task + '/exitcode');
      out.started = code(() => fs.writeFileSync(task + '/ctl', 'start'));
      out.late = code(() => fs.writeFileSync(task + '/cmd', 'ls'));
      fs.writeFileSync(task + '/ctl', 'close');
      out.gone = fs.existsSync(task);
      const second = '/task/' + read('/task/new').trim();
      await fs.promises.writeFile(second + '/cmd', 'node -e "for (;;);"');
      await fs.promises.writeFile(second + '/ctl', 'start');
      await fs.promises.writeFile(second + '/ctl', 'kill SIGKILL');
      out.killed = [await fs.promises.readFile(second + '/status', 'utf8'), read(second + '/exitcode')];
      out.listed = fs.readdirSync('/task').includes(second.slice(6));
      console.log(JSON.stringify(out));
    })();`;
  const result = await run(async ({ OpenAgentsContainer }, source) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('main.cjs', source);
    const outcome = await container.exec('node main.cjs', { timeoutMs: 60_000 });
    await container.teardown();
    return outcome;
  }, program);
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual({
    before: 'new\n',
    cmd: 'cat -n - /tmp/other\n',
    env: 'A=1\nB=2\n',
    output: '     1\tone\n     2\ttwo\n     3\tfrom a file\n',
    errors: '',
    exitcode: '0\n',
    started: 'ESRCH',
    late: 'ESRCH',
    gone: false,
    killed: ['exited\n', '137\n'],
    listed: true,
  });
});

test('programs use the trees as any files', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile(
      'main.js',
      `const fs = require('fs'), { execFileSync, spawn } = require('child_process');
       const read = (p) => fs.readFileSync(p, 'utf8');
       const child = spawn('node', ['-e', 'for (;;);'], { env: { ...process.env, A: 'b' } });
       const out = {
         self: fs.readlinkSync('/proc/self') === String(process.pid),
         status: read('/proc/self/status').includes('PPid:\\t' + process.ppid + '\\n'),
         cmdline: read('/proc/' + child.pid + '/cmdline').split('\\0').slice(0, 2),
         environ: read('/proc/' + child.pid + '/environ').includes('A=b\\0'),
         exe: fs.readlinkSync('/proc/self/exe') === process.execPath,
         cat: execFileSync('cat', ['/proc/version']).toString().startsWith('Linux version'),
         cpus: read('/proc/cpuinfo').includes('processor\\t: 0'),
         pids: fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)).length,
         types: fs.readdirSync('/task', { withFileTypes: true }).find((e) => e.name === String(process.pid)).isDirectory(),
         fds: fs.readdirSync('/proc/self/fd').includes('2'),
         lib: read('/lib/node/lib/path.js').includes('StringPrototype'),
         libs: fs.readdirSync('/lib/node/lib/internal').includes('util.js'),
         stream: null, killed: null, back: fs.realpathSync('/proc/self/cwd/main.js'), up: fs.existsSync('/proc/../etc/passwd'),
         opendir: [], cwd: null,
       };
       for (const d = fs.opendirSync('/web/container/self/'), e = [1]; e[0]; ) { e[0] = d.readSync(); if (e[0]) out.opendir.push(e[0].name); else d.closeSync(); }
       process.chdir('/task/self'); out.cwd = [process.cwd() === '/task/' + process.pid, read('status')]; process.chdir('/home');
       fs.symlinkSync('/dev/fd/1', '/tmp/out'); fs.writeFileSync('/tmp/out', '');
       child.on('exit', (code, signal) => { out.killed = signal;
         fs.createReadStream('/proc/uptime').setEncoding('utf8').on('data', (d) => { out.stream = /^\\d/.test(d); }).on('close', () => console.log(JSON.stringify(out)));
       });
       fs.writeFileSync('/task/' + child.pid + '/ctl', 'kill\\n');`,
    );
    const { stdout, stderr } = await container.exec('node main.js');
    await container.teardown();
    return stderr + stdout;
  });
  expect(JSON.parse(result)).toEqual({
    self: true,
    status: true,
    cmdline: ['node', '-e'],
    environ: true,
    exe: true,
    cat: true,
    cpus: true,
    // The shell of exec, the program and its child.
    pids: 2,
    types: true,
    fds: true,
    lib: true,
    libs: true,
    stream: true,
    killed: 'SIGKILL',
    back: '/home/project/main.js',
    up: true,
    opendir: ['ctl', 'status', 'mount', 'processes', 'ports', 'workdir'],
    cwd: [true, 'running\n'],
  });
});

test('named pipes: opening waits for the other side, data flow, the end is seen', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const shell = (line: string) => container.exec(line, { timeoutMs: 20_000 });
    const both = await shell('mkfifo -m 600 p; cat p > out & echo through > p; wait; cat out');
    const node = await shell(
      `node -e "fs.writeFileSync('p', 'x'.repeat(300000))" & node -p "fs.readFileSync('p').length"`,
    );
    const kinds = await shell('node -p "fs.statSync(\'p\').isFIFO()"; mkfifo p; mkfifo /proc/p');
    const links = await shell(
      'ln -s /proc/self/fd/1 one && echo linked > one; cat /dev/fd/0 < out; cat < /proc/uptime | wc -l',
    );
    await container.teardown();
    return [both, node, kinds, links].map(({ stdout, stderr }) => stdout + stderr);
  });
  expect(result).toEqual([
    'through\n',
    '300000\n',
    "true\nmkfifo: cannot create fifo 'p': File exists\nmkfifo: cannot create fifo '/proc/p': Operation not permitted\n",
    'linked\nthrough\n1\n',
  ]);
});

test('a program goes on while it opens a named pipe, whichever side it waits for', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile(
      'main.js',
      `const { exec } = require('child_process');
       (async () => {
         const reading = fs.promises.open('p');
         await new Promise((done) => setTimeout(done, 1));
         console.log('still here');
         exec('echo from the shell > p');
         const reader = await reading;
         console.log(await reader.readFile('utf8'), fs.readdirSync('/proc/self/fd').length);
         await reader.close();
         const fd = new Promise((done) => fs.open('p', 'w', (error, fd) => done(fd)));
         const cat = new Promise((done) => setImmediate(() => exec('cat p', (error, text) => done(text))));
         fs.writeSync(await fd, 'to cat');
         fs.closeSync(await fd);
         console.log(await cat);
         fs.open('p', 'r', () => console.log('never'));
         setTimeout(() => process.exit(), 1);
       })();`.replace(/^/, "const fs = require('fs');"),
    );
    const { stdout, stderr } = await container.exec('mkfifo p; node main.js; echo $?', {
      timeoutMs: 20_000,
    });
    await container.teardown();
    return stdout + stderr;
  });
  expect(result).toMatch(/^still here\nfrom the shell\n \d\nto cat\n0\n$/);
});

test('a task is started and killed from the shell', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { stdout, stderr } = await container.exec(
      `t=$(cat /task/new); cd /task/$t; echo 'node -e "for (;;);"' > cmd; echo start > ctl; cat status
       echo kill > ctl; cat status exitcode; echo start > ctl; echo $?; echo close > ctl; cat /task/$t/pid || echo none; pwd`,
      { timeoutMs: 20_000 },
    );
    await container.teardown();
    return { stdout, stderr };
  });
  expect(result.stderr).toContain('write error');
  expect(result.stdout).toMatch(/^running\nexited\n137\n1\nnone\n\/task\/\d+\n$/);
});

test('ports that are listened at are routes', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const open = new Promise((resolve) => container.on('port', resolve));
    const server = await container.spawn('node', [
      '-e',
      "require('net').createServer().listen(3000, '127.0.0.1')",
    ]);
    await open;
    const routes = await container.fs.readFile('/web/sw/routes', 'utf8');
    const port = await container.fs.readFile('/web/container/self/ports/3000', 'utf8');
    server.kill('SIGKILL');
    await server.exit;
    const after = await container.fs.readFile('/web/sw/routes', 'utf8');
    await container.teardown();
    return { routes: routes === `127.0.0.1 3000 ${server.pid}\n`, port: port === `${server.pid}\n`, after };
  });
  expect(result).toEqual({ routes: true, port: true, after: '' });
});
