import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** What each program prints, run by a shell in one container after the other. */
const outputs = (files: Record<string, string>, commands: readonly string[]) =>
  run(
    async ({ OpenAgentsContainer }, given) => {
      const container = await OpenAgentsContainer.boot();
      for (const [name, text] of Object.entries(given.files)) {
        await container.fs.writeFile(name, text);
        await container.fs.chmod(name, 0o755);
      }
      const results = [];
      for (const command of given.commands) {
        const { exitCode, signal, stdout, stderr } = await container.exec(command);
        results.push({ exitCode, signal, stdout, stderr });
      }
      const left = await container.processes();
      await container.teardown();
      return { results, left: left.map(({ argv }) => argv) };
    },
    { files, commands },
  );

test('process.execve: the same process runs another program, with its standard streams and nothing else', async () => {
  const { results, left } = await outputs(
    {
      'replace.js': `
        const fs = require('fs');
        process.on('exit', () => console.log('exit handlers do not run'));
        const opened = fs.openSync('replace.js');
        const server = require('net').createServer().listen(4100, () => {
          new (require('worker_threads').Worker)('setInterval(() => {}, 10)', { eval: true }).on('online', () => {
            console.log(process.pid, process.ppid, opened > 2);
            process.chdir('/tmp');
            process.umask(0o27);
            process.title = 'forgotten';
            process.execve(process.execPath, ['node', '/home/project/next.js', 'a b'], { A: '1' });
          });
        });`,
      'next.js': `
        console.log(process.pid, process.ppid, process.argv.slice(2), process.cwd(), process.umask().toString(8), process.env);
        console.log(require('fs').readFileSync('/proc/self/cmdline', 'latin1'));
        for (const fd of [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
          try { require('fs').fstatSync(fd); console.log('open', fd); } catch {}
        }
        require('net').createServer().listen(4100, function () { console.log('port'); this.close(); });`,
      'parent.js': `
        const child = require('child_process').spawn('node', ['replace.js'], { stdio: ['pipe', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (data) => { text += data; });
        child.on('exit', (code, signal) => console.log('exit', code, signal));
        child.on('close', () => console.log(text.replaceAll(child.pid + ' ' + process.pid + ' ', 'PID PPID ')));`,
    },
    ['node parent.js'],
  );
  expect(results).toEqual([
    {
      exitCode: 0,
      signal: null,
      stdout: [
        'exit 0 null',
        'PID PPID true',
        "PID PPID [ 'a b' ] /tmp 27 { A: '1' }",
        'node\0/home/project/next.js\0a b\0',
        'port',
        '\n',
      ].join('\n'),
      stderr: '',
    },
  ]);
  expect(left).toEqual([]);
});

test('the parent sees the end of what it became: its status, a stop, a kill in a loop, again and again', async () => {
  const { results } = await outputs(
    {
      'chain.js': `
        const left = Number(process.argv[2]);
        if (left === 0) { require('fs').writeSync(1, 'last'); if (process.argv[3]) for (;;); process.exit(7); }
        process.execve(process.execPath, ['node', __filename, String(left - 1), ...process.argv.slice(3)]);`,
      'parent.js': `
        const { spawn, spawnSync } = require('child_process');
        console.log(spawnSync('node', ['chain.js', '3']).status);
        const busy = spawn('node', ['chain.js', '1', 'loop'], { stdio: ['ignore', 'pipe', 'inherit'] });
        busy.stdout.once('data', () => busy.kill('SIGKILL'));
        busy.on('exit', (code, signal) => console.log(code, signal));
        busy.on('close', () => {
          try { process.kill(busy.pid, 0); } catch ({ code }) { console.log(code); }
        });`,
    },
    [
      'node parent.js',
      `set -m; node chain.js 2 loop >up & until [ -s up ]; do sleep 0.02; done
       kill -STOP $!; jobs >j; grep -o Stopped j; kill -CONT $!; jobs >j; grep -o Running j; kill -9 $!; wait $!; echo $?`,
    ],
  );
  expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
    [0, '7\nnull SIGKILL\nESRCH\n'],
    [0, 'Stopped\nRunning\n137\n'],
  ]);
});

test('what cannot be executed ends the program with SIGABRT and says why, as in Node', async () => {
  const abort = (path: string): string => `node -e "process.execve('${path}', ['x'], {})"`;
  const { results } = await outputs({ 'no-interpreter': 'echo no' }, [
    abort('/nowhere'),
    abort('sh'),
    abort('/etc/passwd'),
    abort('/home/project/no-interpreter'),
  ]);
  expect(results.map(({ exitCode, stderr }) => [exitCode, /error code (\w+)/.exec(stderr)?.[1]])).toEqual([
    [134, 'ENOENT'],
    [134, 'ENOENT'],
    [134, 'EACCES'],
    [134, 'ENOEXEC'],
  ]);
  expect(results[0]?.stderr).toContain('\n1: execve (node:internal/process/per_thread:326:5)\n');
});

test("the shell's exec keeps the process: number, descriptors, assignments; a subshell's replaces the subshell", async () => {
  const { results } = await outputs({ 'echo-pid': '#!/bin/sh\necho $$ $1\n', data: 'from the file\n' }, [
    'echo $$; exec ./echo-pid here; echo not reached',
    'exec 5<data; exec cat <&5',
    'trap "echo trapped" EXIT; A=1 B=2 exec -c sh -c \'echo "$A-$B"\'',
    '(exec ./echo-pid inner >/dev/null; echo no); echo $?; exec nothing-like-it; echo no',
    'echo piped | (exec cat); exec -a name sh -c \'echo "$0"\'',
  ]);
  const [first] = results[0]?.stdout.split('\n') ?? [];
  expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
    [0, `${first}\n${first} here\n`],
    [0, 'from the file\n'],
    [0, '-\n'],
    [127, '0\n'],
    [0, 'piped\nname\n'],
  ]);
});

test('exec in a terminal: the program has it and the shell is gone; what cannot be found leaves the shell', async () => {
  const { text, code } = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const shell = await container.spawn('sh', [], { terminal: { cols: 100, rows: 24 } });
    const writer = shell.input.getWriter();
    const reader = shell.output.getReader();
    let text = '';
    const until = async (part: string) => {
      while (!text.includes(part)) {
        const { value, done } = await reader.read();
        if (done) return;
        text += value;
      }
    };
    await until('$');
    await writer.write('exec no-such-program\r');
    await until('not found');
    await writer.write(
      'exec node -p "[process.stdin.isTTY, process.stdout.columns, process.pid === $$] + String(6 * 7)"\r',
    );
    await until('true42');
    const code = await shell.exit;
    await container.teardown();
    return { text, code };
  });
  expect(text).toContain('true,100,true42');
  expect(code).toBe(0);
});
