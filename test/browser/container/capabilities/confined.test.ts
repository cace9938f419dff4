import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Runs a program that sees /home/x and changes /home/x/out, beside a secret. */
function confined(
  program: string,
): Promise<{ lines: string[]; refusals: string[]; code: number; made: string }> {
  return run(async ({ OpenAgentsContainer }, main) => {
    const container = await OpenAgentsContainer.boot();
    const refusals: string[] = [];
    container.on('error', ({ message }) => refusals.push(message));
    await container.fs.mkdir('/home/x/out', { recursive: true });
    await container.fs.mkdir('/home/drop', { recursive: true });
    await container.fs.writeFile('/home/x/seen', 'seen');
    await container.fs.writeFile('/home/secret', 'secret');
    await container.fs.writeFile('/home/drop/secret', 'secret');
    await container.fs.writeFile('/tmp/other', 'secret');
    await container.fs.symlink('/home/secret', '/home/x/link');
    await container.fs.symlink('../../secret', '/home/x/out/relative');
    await container.fs.symlink('/home/x', '/home/project/granted');
    const attempt = `
      const fs = require('fs'), cp = require('child_process');
      const attempt = (label, call) => {
        let outcome;
        try { outcome = call(); } catch (error) { outcome = error.code; }
        console.log(label + ':', outcome);
      };`;
    await container.fs.writeFile('/home/x/main.js', attempt + main);
    const process = await container.spawn('node', ['main.js'], {
      cwd: '/home/x',
      capabilities: { filesystem: { read: ['../x'], write: ['/home/x/out', '/home/drop'] } },
    });
    let output = '';
    for await (const text of process.output as unknown as AsyncIterable<string>) output += text;
    const code = await process.exit;
    const made = await container.fs.readFile('/home/x/out/made', 'utf-8').catch(({ code }) => String(code));
    await container.teardown();
    return { lines: output.trim().split('\n'), refusals, code, made };
  }, program);
}

test('a program sees the files that it was granted, and no others', async () => {
  const { lines, refusals, code, made } = await confined(`
    attempt('granted', () => fs.readFileSync('/home/x/seen', 'utf8'));
    attempt('by a link', () => fs.readFileSync('/home/project/granted/seen', 'utf8'));
    attempt('another', () => fs.readFileSync('/home/secret', 'utf8'));
    attempt('above', () => fs.readdirSync('/home').join());
    attempt('another folder', () => fs.readdirSync('/home/drop').join());
    attempt('write', () => fs.writeFileSync('/home/x/out/made', 'made'));
    attempt('what it has written', () => fs.readFileSync('/home/x/out/made', 'utf8'));
    attempt('not write', () => fs.writeFileSync('/home/x/seen', 'changed'));
    attempt('make', () => fs.mkdirSync('/home/x/folder'));
    attempt('remove', () => fs.unlinkSync('/home/x/seen'));
    attempt('may it', () => { fs.accessSync('/home/x/seen', 4); fs.accessSync('/home/x/seen', 2); });
    attempt('a folder of its own', () => { fs.writeFileSync('/tmp/mine', 'x'); return fs.readdirSync('/tmp').join(); });
    attempt('directory', () => process.cwd());
    attempt('what it is told', () => fs.readFileSync('/task/self/capabilities', 'utf8').split('\\n').slice(0, 2).join());
    attempt('a module', () => { fs.writeFileSync('/home/x/out/module.js', 'module.exports = 5'); return require('/home/x/out/module.js'); });`);
  expect(lines).toEqual([
    'granted: seen',
    'by a link: EACCES',
    'another: EACCES',
    'above: drop,x',
    'another folder: EACCES',
    'write: undefined',
    'what it has written: made',
    'not write: EACCES',
    'make: EACCES',
    'remove: EACCES',
    'may it: EACCES',
    'a folder of its own: mine',
    'directory: /home/x',
    'what it is told: filesystem.read /home/x,filesystem.write /home/x/out /home/drop',
    'a module: 5',
  ]);
  expect(code).toBe(0);
  expect(made).toBe('made');
  expect(refusals).toContain('the capability filesystem.read does not include /home/secret');
  expect(refusals).toContain('the capability filesystem.write does not include /home/x/seen');
});

test('no other name, descriptor or process leads to what was not granted', async () => {
  const { lines } = await confined(`
    const read = (path) => fs.readFileSync(path, 'utf8');
    attempt('dots', () => read('/home/x/../secret'));
    attempt('dots from a link', () => read('/home/project/granted/../secret'));
    attempt('a link that is there', () => read('/home/x/link'));
    attempt('a relative one', () => read('/home/x/out/relative'));
    attempt('a link that is made', () => { fs.symlinkSync('/home/secret', '/home/x/out/own'); return read('/home/x/out/own'); });
    attempt('a folder link', () => { fs.symlinkSync('/home', '/home/x/out/up'); return read('/home/x/out/up/secret'); });
    attempt('writing through a link', () => fs.writeFileSync('/home/x/out/own', 'changed'));
    attempt('a hard link', () => fs.linkSync('/home/secret', '/home/x/out/hard'));
    attempt('a hard link to what may not be written', () => fs.linkSync('/home/x/seen', '/home/x/out/hard'));
    attempt('moving it in', () => fs.renameSync('/home/secret', '/home/x/out/moved'));
    attempt('moving it from where it may be written', () => fs.renameSync('/home/drop/secret', '/home/x/out/moved'));
    attempt('linking it from there', () => fs.linkSync('/home/drop/secret', '/home/x/out/moved'));
    attempt('copying it from there', () => fs.copyFileSync('/home/drop/secret', '/home/x/out/moved'));
    attempt('a descriptor to write and read', () => fs.openSync('/home/drop/secret', 'r+') > 2 && fs.readFileSync(fs.openSync('/home/drop/secret', 'r+'), 'utf8'));
    attempt('writing there', () => fs.writeFileSync('/home/drop/new', 'x'));
    attempt('moving out', () => fs.renameSync('/home/x/seen', '/home/x/out/seen'));
    const fd = fs.openSync('/home/x/seen');
    attempt('a descriptor to read', () => fs.readSync(fd, Buffer.alloc(4)));
    attempt('changing by it', () => fs.writeSync(fd, 'x'));
    attempt('its mode', () => fs.fchmodSync(fd, 0o777));
    attempt('its times', () => fs.futimesSync(fd, 1, 1));
    attempt('its size', () => fs.ftruncateSync(fd, 0));
    attempt('its name', () => fs.readlinkSync('/proc/self/fd/' + fd));
    attempt('opening its name', () => fs.writeFileSync('/proc/self/fd/' + fd, 'changed'));
    attempt('a child that has it', () => cp.spawnSync('sh', ['-c', 'echo changed >&3; cat <&3; cat /home/secret'], { stdio: ['pipe', 'pipe', 'pipe', fd], encoding: 'utf8' }).stdout.trim());
    attempt('still', () => read('/home/x/seen'));
    attempt('processes', () => fs.readdirSync('/proc').filter((name) => +name > 0).length);
    attempt('tasks', () => { const id = read('/task/new').trim(); fs.writeFileSync('/task/' + id + '/cmd', 'cp /home/secret /tmp/stolen'); fs.writeFileSync('/task/' + id + '/ctl', 'start'); return 'started'; });
    attempt('the binding', () => process.binding('fs').internalModuleStat?.('/home/secret') ?? 'none');
    attempt('a child', () => cp.execFileSync(process.execPath, ['-p', 'require("fs").readFileSync("/home/secret", "utf8")'], { stdio: 'pipe' }));
    attempt('the page', () => cp.spawnSync('backup', ['export', '/home/secret', '/home/x/out/stolen']).error?.code);
    attempt('a container', () => read('/web/container/new'));
    attempt('what the task has copied', () => read('/tmp/stolen'));`);
  expect(lines).toEqual([
    'dots: EACCES',
    'dots from a link: EACCES',
    'a link that is there: EACCES',
    'a relative one: EACCES',
    'a link that is made: EACCES',
    'a folder link: EACCES',
    'writing through a link: EACCES',
    'a hard link: EACCES',
    'a hard link to what may not be written: EACCES',
    'moving it in: EACCES',
    'moving it from where it may be written: EACCES',
    'linking it from there: EACCES',
    'copying it from there: EACCES',
    'a descriptor to write and read: EBADF',
    'writing there: undefined',
    'moving out: EACCES',
    'a descriptor to read: 4',
    'changing by it: EBADF',
    'its mode: EACCES',
    'its times: EACCES',
    'its size: EINVAL',
    'its name: /home/x/seen',
    'opening its name: EBADF',
    'a child that has it: ',
    'still: seen',
    'processes: 1',
    'tasks: started',
    'the binding: -13',
    'a child: undefined',
    'the page: EACCES',
    'a container: EPERM',
    'what the task has copied: ENOENT',
  ]);
});

test('a program that swaps a folder for a link while another thread of it reads there reads nothing else', async () => {
  const { lines } = await confined(`
    const { Worker } = require('worker_threads');
    const stop = new Int32Array(new SharedArrayBuffer(4));
    fs.mkdirSync('/home/x/out/real');
    fs.writeFileSync('/home/x/out/real/secret', 'own');
    const swapper = new Worker(\`
      const fs = require('fs'), { workerData } = require('worker_threads');
      let count = 0;
      while (Atomics.load(workerData, 0) === 0) {
        try { fs.renameSync('/home/x/out/real', '/home/x/out/place'); fs.renameSync('/home/x/out/place', '/home/x/out/real'); } catch {}
        try { fs.symlinkSync('/home', '/home/x/out/place'); fs.unlinkSync('/home/x/out/place'); count++; } catch {}
      }
      require('worker_threads').parentPort.postMessage(count);\`, { eval: true, workerData: stop });
    swapper.on('message', (count) => console.log('swapped:', count > 0));
    swapper.on('online', () => {
      const seen = new Set();
      for (let i = 0; i < 300; i++) {
        try { seen.add(fs.readFileSync('/home/x/out/place/secret', 'utf8')); } catch (error) { seen.add(error.code); }
        try { fs.writeFileSync('/home/x/out/place/secret', 'own'); } catch (error) {}
      }
      Atomics.store(stop, 0, 1);
      seen.delete('own'); seen.delete('ENOENT'); seen.delete('ELOOP'); seen.delete('EACCES'); seen.delete('ENOTDIR');
      console.log('others:', seen.size);
    });`);
  expect(lines.sort()).toEqual(['others: 0', 'swapped: true']);
});

test('a container that is bounded: its shell, its servers, its children; the page sees every file', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({
      capabilities: { filesystem: { read: ['/home/project'], write: ['/home/project/out'] } },
    });
    const refusals: string[] = [];
    const started: number[] = [];
    container.on('error', ({ message }) => refusals.push(message));
    container.on('process', (event) => {
      if (event.type === 'start') started.push(event.process.pid);
    });
    await container.mount({
      out: { directory: {} },
      tool: { file: { contents: '#!/usr/bin/env node\nconsole.log("tool", process.argv[2])' } },
      'server.js': {
        file: {
          contents: `
            const server = require('http').createServer((request, response) => {
              require('fs').readFile('/home/secret', 'utf8', (error, text) => response.end(error ? error.code : text));
            }).listen(3000, async () => console.log(await (await fetch('http://localhost:3000/')).text()));`,
        },
      },
    });
    await container.fs.chmod('tool', 0o755);
    await container.fs.writeFile('/home/secret', 'secret');
    const ready = new Promise<number>((resolve) => container.on('server-ready', (port) => resolve(port)));
    const server = await container.spawn('node', ['server.js']);
    const first = await server.output.getReader().read();
    const port = await ready;
    const connection = await container.connect(port);
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n'));
    const answer = await new Response(connection.readable).text();
    const ports = (await container.ports()).map((one) => one.port);
    const shell = await container.exec(
      './tool one; (echo a; echo b; node -p 1) > out/list; cat out/list; cat /home/secret; echo x > y',
    );
    const listed = (await container.processes()).map(({ argv }) => argv.join(' '));
    server.kill();
    await server.exit;
    const task = await container.fs
      .readFile('/task/new', 'utf-8')
      .then(async (id) => {
        await container.fs.writeFile(`/task/${id.trim()}/cmd`, 'cat /home/secret');
        await container.fs.writeFile(`/task/${id.trim()}/ctl`, 'start');
        return 'started';
      })
      .catch(({ code }) => String(code));
    const secret = await container.fs.readFile('/home/secret', 'utf-8');
    await container.teardown();
    return {
      refusals,
      first: first.value,
      port,
      ports,
      answer: answer.split('\r\n\r\n')[1],
      shell,
      listed,
      task,
      secret,
      distinct: new Set(started).size === started.length,
    };
  });
  expect(result).toEqual({
    refusals: expect.arrayContaining([
      'the capability filesystem.read does not include /home/secret',
      'the capability filesystem.write does not include /home/project/y',
    ]) as unknown,
    first: 'EACCES\n',
    port: 3000,
    ports: [3000],
    answer: 'EACCES',
    shell: {
      exitCode: 1,
      signal: null,
      stdout: 'tool one\na\nb\n1\n',
      stderr: 'cat: /home/secret: Permission denied\nsh: line 1: y: Permission denied\n',
    },
    listed: ['node server.js'],
    task: 'EACCES',
    secret: 'secret',
    distinct: true,
  });
});

test('a confined shell in a terminal, a watcher, and a spawn with less than its container has', async () => {
  const result = await run(async ({ OpenAgentsContainer, keyPresser }) => {
    const container = await OpenAgentsContainer.boot({
      capabilities: { filesystem: { read: ['/home/project', '/home/a'], write: ['/home/project'] } },
      limits: { processes: 6 },
    });
    for (const folder of ['/home/a', '/home/b']) await container.fs.mkdir(folder);
    for (const file of ['/home/a/seen', '/home/b/secret', 'here']) await container.fs.writeFile(file, file);
    const shell = await container.spawn('sh', [], { terminal: { cols: 80, rows: 24 } });
    const press = keyPresser(shell);
    await press('tty; cat here\r', '/dev/tty', 'here');
    await press('cat /home/b/secret\r', 'Permission denied');
    await press(`node -e 'console.log(5 * 5 + "up"); setInterval(() => {}, 1000)'\r`, '25up');
    await press('\x03', '$ ');
    await press('echo $((6 * 7)) again\r', '42 again');
    const watcher = await container.spawn('node', [
      '-e',
      `const fs = require('fs');
       fs.watch('/home/project', (kind, name) => { console.log(kind, name); if (name === 'end') process.exit(); });
       try { fs.watch('/home/b', (kind, name) => console.log('secret', name)); } catch (error) { console.log(error.code); }
       console.log('watching');`,
    ]);
    const seen: string[] = [];
    const lines = watcher.output.getReader();
    const until = async (text: string) => {
      while (!seen.join('').includes(text)) {
        const { value, done } = await lines.read();
        if (done) return;
        seen.push(value);
      }
    };
    await until('watching');
    await container.fs.writeFile('/home/b/secret', 'changed');
    await container.fs.writeFile('by-page', 'x');
    await until('by-page');
    await container.exec('echo > by-another');
    await until('by-another');
    await container.fs.writeFile('end', '');
    const code = await watcher.exit;
    const less = await container.exec('cat here; cat /home/a/seen; cat /home/b/secret; echo x > new; ls', {
      capabilities: { filesystem: { read: ['/home/a', '/home/b'], write: ['new'] } },
      cwd: '/home/a',
    });
    const bomb = await container.exec('node', {
      input: `const { spawn } = require('child_process');
        const all = Array.from({ length: 8 }, () => new Promise((done) => spawn('sleep', ['2']).on('error', (error) => done(error.code)).on('spawn', () => done('ok'))));
        Promise.all(all).then((outcomes) => { console.log(outcomes.filter((outcome) => outcome === 'EAGAIN').length > 0); process.exit(); });`,
    });
    shell.kill('SIGKILL');
    await shell.exit;
    await container.teardown();
    return {
      code,
      refused: seen.join('').split('\n')[0],
      told: seen.join('').includes('secret'),
      less,
      bomb: bomb.stdout,
    };
  });
  expect(result).toEqual({
    code: 0,
    refused: 'EACCES',
    told: false,
    less: {
      exitCode: 0,
      signal: null,
      stdout: '/home/a/seenseen\n',
      stderr:
        'cat: here: No such file or directory\ncat: /home/b/secret: Permission denied\nsh: line 1: new: Permission denied\n',
    },
    bomb: 'true\n',
  });
});

test('what the page has mounted is granted by its path too', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const disk = await (await navigator.storage.getDirectory()).getDirectoryHandle('disk', { create: true });
    await container.mount(disk, { mountPoint: '/mnt/disk' });
    for (const folder of ['in', 'out']) await container.fs.mkdir(`/mnt/disk/${folder}`, { recursive: true });
    for (const file of ['in/seen', 'secret']) await container.fs.writeFile(`/mnt/disk/${file}`, file);
    const seen: string[] = [];
    const watch = container.fs.watch('/mnt/disk/out', (_event, name) => seen.push(String(name)));
    const { stdout, stderr } = await container.exec(
      'cat in/seen secret; ls; cp in/seen out/copy && mv out/copy out/moved; echo more >> out/moved; cat out/moved; cp in/seen in/more; rm secret; mv in/seen /home/project/out',
      {
        cwd: '/mnt/disk',
        capabilities: {
          filesystem: { read: ['/mnt/disk/in', '/mnt/disk/out'], write: ['/mnt/disk/out', '/home/project'] },
        },
      },
    );
    const out = await disk.getDirectoryHandle('out');
    const moved = await (await (await out.getFileHandle('moved')).getFile()).text();
    watch.close();
    await container.teardown();
    return { stdout, stderr: stderr.trim().split('\n'), moved, told: seen.includes('moved') };
  });
  expect(result).toEqual({
    stdout: 'in/seenin\nout\nin/seenmore\n',
    stderr: [
      'cat: secret: Permission denied',
      "cp: cannot create regular file 'in/more': Permission denied",
      "rm: cannot remove 'secret': Permission denied",
      expect.stringMatching(/^mv: .*Permission denied/) as unknown,
    ],
    moved: 'in/seenmore\n',
    told: true,
  });
});

test('a link that a program has put in the place of what is granted next grants nothing', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({
      capabilities: { filesystem: { read: ['/home/project'], write: ['/home/project'] } },
    });
    await container.fs.mkdir('dist');
    await container.fs.writeFile('/home/secret', 'secret');
    const same = { capabilities: { filesystem: { read: ['dist', 'dist/deep'], write: ['dist'] } } };
    const first = await container.exec('rmdir dist && ln -s /home dist && ls dist', same);
    const next = await container.exec('cat dist/secret', same).catch(({ code, path }) => `${code} ${path}`);
    const all = await container.exec('cat dist/secret; readlink dist');
    await container.teardown();
    return { first: [first.stdout, first.stderr], next, all: [all.stdout, all.stderr] };
  });
  expect(result).toEqual({
    first: ['project\n', ''],
    next: 'ELOOP /home/project/dist',
    all: ['/home\n', 'cat: dist/secret: Permission denied\n'],
  });
});

test('what a confined program writes in a store is kept', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const options = {
      persist: 'confined',
      capabilities: { filesystem: { read: ['.'], write: ['out'] } },
    };
    const first = await OpenAgentsContainer.boot(options);
    await first.fs.mkdir('out', { recursive: true });
    const { exitCode } = await first.exec(
      `node -e 'const fs = require("fs"), fd = fs.openSync("out/kept", "w"); fs.writeSync(fd, "kept"); fs.fsyncSync(fd)'`,
    );
    await first.teardown();
    const second = await OpenAgentsContainer.boot(options);
    const { stdout, stderr } = await second.exec('cat out/kept; rm out/kept; echo > more');
    await second.teardown();
    return { exitCode, stdout, stderr };
  });
  expect(result).toEqual({ exitCode: 0, stdout: 'kept', stderr: 'sh: line 1: more: Permission denied\n' });
});
