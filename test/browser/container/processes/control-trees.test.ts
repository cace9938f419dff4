/** The control trees, line by line as docs/files.md lists them. */
import { expect, test } from 'vitest';
import { tarOf } from '../../../contract/backends/archives.ts';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('every file of a task is there, and says what it should', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({
      capabilities: { network: { fetch: ['example.org'] }, process: { spawn: ['node', 'sh', 'cat'] } },
    });
    const { fs } = container;
    const read = async (path: string) => (await fs.readFile(path, 'utf8')).trimEnd();
    const id = await read('/task/new');
    const task = `/task/${id}`;
    const names = (await fs.readdir(task)).sort();
    await fs.writeFile(`${task}/cmd`, 'node -e "setInterval(() => {}, 1000)" first');
    await fs.writeFile(`${task}/ctl`, 'start');
    const { pid } = { pid: Number(await read(`${task}/pid`)) };
    const values = {
      type: await read(`${task}/type`),
      pid: String(pid) === id,
      ppid: await read(`${task}/ppid`),
      pgid: (await read(`${task}/pgid`)) === id,
      argv: (await read(`${task}/argv`)).split('\n').slice(1),
      exe: await read(`${task}/exe`),
      cwd: await read(`${task}/cwd`),
      env: (await read(`${task}/env`)).includes('HOME=/home'),
      status: await read(`${task}/status`),
      exitcode: await read(`${task}/exitcode`),
      runtime: await read(`${task}/runtime`),
      limits: (await read(`${task}/limits`)).includes('processes '),
      capabilities: await read(`${task}/capabilities`),
      cmd: await read(`${task}/cmd`),
      fd: (await fs.readdir(`${task}/fd`)).sort(),
      stdio: (await fs.readdir(`${task}/stdio`)).sort(),
      ns: (await read(`${task}/ns`)).split('\n')[0],
      self: (await container.exec('node -p "fs.readlinkSync(\'/task/self\') === String(process.pid)"'))
        .stdout,
    };
    // A pipe of its own for stdin, stdout and stderr, a state for each situation.
    const stateOf = async () => /^State:\t(\S)/m.exec(await read(`/proc/${id}/status`))?.[1];
    const until = async (wanted: string) => {
      for (let tries = 0; tries < 500; tries++) {
        if ((await stateOf()) === wanted) return wanted;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return `not ${wanted}: ${await stateOf()}`;
    };
    const states = [await until('S')];
    await fs.writeFile(`${task}/ctl`, 'stop');
    states.push(await until('T'), await read(`${task}/status`));
    await fs.writeFile(`${task}/ctl`, 'cont');
    states.push(await until('S'));
    await fs.writeFile(`${task}/ctl`, 'kill SIGTERM');
    states.push(await read(`${task}/status`), await read(`${task}/exitcode`));
    const busy = await container.spawn('node', ['-e', 'for (;;);']);
    const running = await (async () => {
      for (let tries = 0; tries < 500; tries++) {
        const state = /^State:\t(\S)/m.exec(await read(`/proc/${busy.pid}/status`))?.[1];
        if (state === 'R') return state;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return 'never R';
    })();
    busy.kill('SIGKILL');
    const own = await container.exec(
      `node -e "
        const fs = require('fs'), { spawn } = require('child_process');
        const child = spawn('node', ['-e', '0']);
        const state = (pid) => /^State:\\t(\\S)/m.exec(fs.readFileSync('/proc/' + pid + '/status', 'utf8'))[1];
        const own = state('self');
        let other = state(child.pid);
        // Its end is not taken before this program's loop runs.
        while (other !== 'Z') other = state(child.pid);
        const stat = fs.readFileSync('/proc/' + child.pid + '/stat', 'utf8').split(' ')[2];
        console.log(own + other + stat);
      "`,
    );
    await container.teardown();
    return { names, values, states, running, own: own.stdout + own.stderr };
  });
  expect(result).toEqual({
    names: [
      ...['argv', 'capabilities', 'cmd', 'ctl', 'cwd', 'env', 'exe', 'exitcode', 'fd', 'limits', 'ns'],
      ...['pgid', 'pid', 'ppid', 'runtime', 'status', 'stdio', 'type'],
    ],
    values: {
      type: 'node',
      pid: true,
      ppid: '1',
      pgid: true,
      argv: ['-e', 'setInterval(() => {}, 1000)', 'first'],
      exe: '/usr/local/bin/node',
      cwd: '/home/project',
      env: true,
      status: 'running',
      exitcode: '',
      runtime: 'browser',
      limits: true,
      capabilities: [
        'filesystem.read all',
        'filesystem.write all',
        'network.fetch example.org',
        'network.tcp none',
        'network.websocket none',
        'network.listen all',
        'process.spawn node sh cat',
        'process.env all',
      ].join('\n'),
      cmd: 'node -e "setInterval(() => {}, 1000)" first',
      fd: ['0', '1', '2'],
      stdio: ['0', '1', '2'],
      ns: 'oac / oac rw,relatime 0 0',
      self: 'true\n',
    },
    states: ['S', 'T', 'stopped', 'S', 'exited', '143'],
    running: 'R',
    own: 'RZZ\n',
  });
});

test('what another process has open is seen: files, folders, pipes, devices, sockets, what is mounted', async () => {
  const holder = `
    const fs = require('fs');
    fs.writeFileSync('/tmp/open', 'content');
    fs.openSync('/tmp/open', 'r+'); // 3
    fs.openSync('/tmp'); // 4
    fs.openSync('/dev/zero'); // 5
    fs.openSync('/proc/version'); // 6
    fs.openSync('/mounted/hello.txt'); // 7
    fs.openSync('/tmp/gone', 'w'); // 8
    fs.unlinkSync('/tmp/gone');
    const closed = fs.openSync('/tmp/open'); // 9
    fs.closeSync(closed);
    require('net').createServer().listen(5000, () => { console.log('ready'); setInterval(() => {}, 1000); });`;
  const result = await run(
    async ({ OpenAgentsContainer }, { holder, tar }) => {
      const container = await OpenAgentsContainer.boot();
      const { fs } = container;
      const source = Uint8Array.from(atob(tar), (char) => char.charCodeAt(0));
      await container.mount({ type: 'tar', source }, { mountPoint: '/mounted' });
      const held = await container.spawn('node', ['-e', holder]);
      await held.stdout.getReader().read();
      const folder = `/task/${held.pid}/fd`;
      const names = (await fs.readdir(folder)).map(Number).sort((a, b) => a - b);
      const targets: string[] = [];
      for (const name of names) targets.push(await fs.readlink(`${folder}/${name}`));
      const program = `
        const fs = require('fs');
        const at = '/proc/${held.pid}/fd/';
        const code = (action) => { try { return action(); } catch (error) { return error.code; } };
        console.log(JSON.stringify([
          fs.readlinkSync(at + 3), fs.readFileSync(at + 3, 'utf8'), fs.readFileSync(at + 7, 'utf8'), code(() => fs.openSync(at + 9)),
        ]));`;
      await fs.writeFile('/tmp/look.cjs', program);
      const seen = await container.exec('node /tmp/look.cjs');
      held.kill('SIGKILL');
      await held.exit;
      await container.teardown();
      return { names, targets, seen: seen.stdout + seen.stderr };
    },
    {
      holder,
      tar: Buffer.from(tarOf([{ name: 'hello.txt', content: Buffer.from('hello') }])).toString('base64'),
    },
  );
  expect(result.targets.map((target) => target.replace(/\d+\]/, 'N]'))).toEqual([
    ...['pipe:[N]', 'pipe:[N]', 'pipe:[N]'],
    ...['/tmp/open', '/tmp', '/dev/zero', '/proc/version', '/mounted/hello.txt', '/ (deleted)', 'socket:[N]'],
  ]);
  expect(result.names).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(JSON.parse(result.seen)).toEqual(['/tmp/open', 'content', 'hello', 'ENXIO']);
});

test('every command of a ctl file, and what it refuses', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const code = (error: unknown) => (error as { code?: string }).code;
    const id = (await fs.readFile('/task/new', 'utf8')).trim();
    const tell = (line: string) => fs.writeFile(`/task/${id}/ctl`, line).catch(code);
    await fs.mkdir('real/deep', { recursive: true });
    await fs.mkdir('seen');
    await fs.mkdir('it has blanks');
    await fs.writeFile('real/a', 'bound');
    await fs.writeFile('seen/hidden', 'covered');
    const home = '/home/project';
    const bound = [
      await tell(`bind ${home}/real ${home}/seen`),
      await tell(`bind ${home}/real '${home}/it has blanks'`),
      await fs.readFile('seen/a', 'utf8'),
      (await fs.readdir('seen')).sort().join(),
      (await container.exec(`cat seen/a; echo new > seen/deep/b; cat real/deep/b; cat '/proc/mounts'`)).stdout
        .split('\n')
        .filter((line) => line.includes('bind'))
        .join(';'),
      await fs.readFile('real/deep/b', 'utf8'),
      await tell(`bind ${home}/real ${home}/seen`),
      await tell(`bind ${home}/real /etc`),
      await tell(`bind ${home}/real /proc`),
      await tell(`bind /proc ${home}/real`),
      await tell(`bind ${home}/none ${home}/real`),
      await tell(`bind ${home}/real/a ${home}/real`),
      await tell(`bind real seen`),
      await tell(`bind ${home}/real`),
      // A folder over one of its own: no walk goes round.
      await tell(`bind ${home}/real ${home}/real/deep`),
      (await fs.readdir('real/deep')).sort().join(),
      (await fs.readdir('real/deep/deep')).join(),
    ];
    const refused = {
      unknown: await tell('dance'),
      empty: await tell(''),
      blank: await tell(' \n'),
      startless: await tell('start'),
      startWords: await tell('start now'),
      kill: await tell('kill'),
      signal: await tell('kill SIGNONE'),
      stopWords: await tell('stop now'),
      resize: await tell('resize 80 24'),
      resizeWords: await tell('resize 80'),
      closeWords: await tell('close now'),
      read: await fs.readFile(`/task/${id}/ctl`).catch(code),
    };
    await tell('close');
    const after = [
      (await fs.readdir('seen')).join(),
      (await fs.readdir('it has blanks')).join(),
      (await fs.readdir('real/deep')).join(),
    ];
    const sized = await container.spawn('node', ['-e', 'setInterval(() => {}, 1000)'], {
      terminal: { cols: 80, rows: 24 },
    });
    await fs.writeFile(`/task/${sized.pid}/ctl`, 'resize 100 40');
    const sizes = [
      await fs.writeFile(`/task/${sized.pid}/ctl`, 'resize 0 40').catch(code),
      await fs.writeFile(`/task/${sized.pid}/ctl`, 'start').catch(code),
      await fs.writeFile(`/task/${sized.pid}/ctl`, 'close').catch(code),
      await fs.writeFile(`/task/${sized.pid}/cwd`, '/tmp').catch(code),
      await fs.writeFile(`/task/${sized.pid}/ctl`, `bind ${home}/real ${home}/seen`),
    ];
    sized.kill('SIGKILL');
    await sized.exit;
    const unbound = (await fs.readdir('seen')).join();
    await container.teardown();
    return { bound, refused, after, sizes, unbound };
  });
  expect(result).toEqual({
    bound: [
      undefined,
      undefined,
      'bound',
      'a,deep',
      '/home/project/real /home/project/seen bind rw,relatime 0 0;/home/project/real /home/project/it\\040has\\040blanks bind rw,relatime 0 0',
      'new\n',
      ...['EBUSY', 'EACCES', 'EBUSY', 'ENOTSUP', 'ENOENT', 'ENOTDIR', 'EINVAL', 'EINVAL'],
      undefined,
      'a,deep',
      '',
    ],
    refused: {
      unknown: 'EINVAL',
      empty: undefined,
      blank: 'EINVAL',
      startless: 'EINVAL',
      startWords: 'EINVAL',
      kill: 'ESRCH',
      signal: 'EINVAL',
      stopWords: 'EINVAL',
      resize: 'ESRCH',
      resizeWords: 'EINVAL',
      closeWords: 'EINVAL',
      read: 'EACCES',
    },
    after: ['hidden', '', 'b'],
    sizes: ['EINVAL', 'EBUSY', 'EBUSY', 'EBUSY', undefined],
    unbound: 'hidden',
  });
});

test('a program makes a container and reaches its files', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ capabilities: { network: { fetch: false } } });
    const id = (await container.fs.readFile('/web/container/new', 'utf8')).trim();
    const folder = `/web/container/${id}`;
    await container.fs.writeFile(`${folder}/mount/home/project/from-page`, 'x');
    const { stdout, stderr } = await container.exec(
      `ls ${folder}; cat ${folder}/status; ls ${folder}/workdir/ ${folder}/mount/proc
       mkdir ${folder}/mount/proc/x; echo dance > ${folder}/ctl`,
    );
    await container.teardown();
    return { stdout: stdout.replaceAll(folder, ''), stderr: stderr.replaceAll(folder, '') };
  });
  expect(result).toEqual({
    stdout: [
      ...['ctl', 'mount', 'ports', 'processes', 'status', 'workdir', 'running 0'],
      ...['/mount/proc:', '', '/workdir/:', 'from-page', ''],
    ].join('\n'),
    stderr:
      "mkdir: cannot create directory '/mount/proc/x': Device or resource busy\nsh: line 2: echo: write error: Invalid argument\n",
  });
});

test("Node's library can be read as soon as the container is there", async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const text = await container.fs.readFile('/lib/node/lib/fs.js', 'utf8');
    const bin = await container.fs.readdir('/lib/node/bin');
    await container.teardown();
    return { found: text.includes('primordials'), bin: bin.sort() };
  });
  expect(result).toEqual({ found: true, bin: ['node', 'node-gyp', 'npm', 'npx'] });
});

test('every path that is promised is there, for programs and the page', async () => {
  const readable = [
    ...['version', 'cpuinfo', 'meminfo', 'uptime', 'mounts', 'self/status', 'self/stat', 'self/cmdline'].map(
      (name) => `/proc/${name}`,
    ),
    ...[
      '/task/self/status',
      '/task/self/ns',
      '/task/self/limits',
      '/web/container/self/status',
      '/web/sw/routes',
    ],
    ...['/lib/node/lib/fs.js', '/dev/null'],
  ];
  const folders = [
    '/lib/node/bin',
    '/lib/node/lib',
    '/lib/node/cache',
    '/lib/node/global',
    '/dev/pts',
    '/dev/fd',
  ];
  const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);
  const links = ['stdin', 'stdout', 'stderr'].map((name) => `/dev/${name}`);
  const result = await run(
    async ({ OpenAgentsContainer }, { readable, folders, devices, links }) => {
      const container = await OpenAgentsContainer.boot();
      const { fs } = container;
      const program = `
        const fs = require('fs');
        const { readable, folders, devices, links } = JSON.parse(process.argv[2]);
        const out = [];
        const check = (path, action) => { try { if (!action()) out.push(path); } catch (error) { out.push(path + ' ' + error.code); } };
        for (const path of readable) check(path, () => typeof fs.readFileSync(path, 'utf8') === 'string');
        for (const path of folders) check(path, () => fs.readdirSync(path).length >= 0 && fs.statSync(path).isDirectory());
        for (const path of devices) check(path, () => fs.statSync(path).isCharacterDevice());
        for (const path of links) check(path, () => fs.lstatSync(path).isSymbolicLink() && fs.existsSync(path));
        fs.createReadStream('/proc/meminfo', 'utf8').on('data', (text) => console.log(JSON.stringify([out, /^MemTotal: +\\d+ kB/.test(text)])));`;
      await fs.writeFile('/tmp/look.cjs', program);
      const given = JSON.stringify({ readable, folders, devices, links });
      const inside = await container.exec(`node /tmp/look.cjs '${given}'`);
      const outside: string[] = [];
      for (const path of readable.filter((one) => !/self\/(status|stat|cmdline|ns|limits)$/.test(one)))
        await fs
          .readFile(path, 'utf8')
          .catch((error: { code?: string }) => outside.push(`${path} ${error.code}`));
      for (const path of folders.filter((one) => one !== '/dev/fd'))
        await fs.readdir(path).catch((error: { code?: string }) => outside.push(`${path} ${error.code}`));
      for (const path of devices) if (!(await fs.stat(path)).isCharacterDevice()) outside.push(path);
      const cat = await container.exec(
        'cat /proc/version /task/self/status; echo x > /dev/null; head -c 4 /dev/zero | wc -c',
      );
      await container.teardown();
      return { inside: inside.stdout + inside.stderr, outside, cat: cat.stdout + cat.stderr };
    },
    { readable, folders, devices, links },
  );
  expect(JSON.parse(result.inside)).toEqual([[], true]);
  expect(result.outside).toEqual([]);
  expect(result.cat).toMatch(/^Linux version .*\nrunning\n4\n$/);
});
