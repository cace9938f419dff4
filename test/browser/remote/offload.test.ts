/** The external runtime from inside a container: a real bridge on this machine, real python3, a real Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Runtime } from '../../runtime/harness.ts';
import { usePage } from '../harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../runtime/node_modules/ws');
/** A real one: the terminals of the bridge. */
const ADDON = resolve(
  import.meta.dirname,
  `../../../runtime/node_modules/@lydell/node-pty-linux-${process.arch}/pty.node`,
);
if (!existsSync(RUNTIME)) console.warn('offload tests are skipped: first `npm ci --prefix runtime`');

describe.skipIf(!existsSync(RUNTIME))('the external runtime', () => {
  const { run } = usePage();
  let runtime: Runtime;
  const at = () => ({ url: runtime.url, token: runtime.token });

  beforeAll(async () => {
    runtime = await Runtime.start({ MHNOS_SANDBOX: 'none' });
  });
  afterAll(async () => runtime[Symbol.asyncDispose]());

  test('python3 runs there by itself: streams, exit code, files both ways, pipelines, child processes', async () => {
    const result = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote });
      const offloads: string[] = [];
      container.on('offload', ({ argv }) => offloads.push(argv.join(' ')));
      await container.mount({
        'count.py': {
          file: {
            contents:
              'import sys\nfor line in sys.stdin: print(line.strip().upper())\n' +
              'print("e", file=sys.stderr)\nopen("made.txt", "w").write(open("in.txt").read() * 2)\nsys.exit(7)\n',
          },
        },
        'in.txt': { file: { contents: 'abc' } },
        'child.js': {
          file: {
            contents:
              'const r = require("child_process").spawnSync("python3", ["-c", "print(6 * 7)"], { encoding: "utf8" });' +
              'console.log(JSON.stringify([r.status, r.stdout]));',
          },
        },
      });
      const first = await container.exec('python3 count.py', { input: 'a\nb\n' });
      const made = await container.fs.readFile('made.txt', 'utf-8');
      await container.fs.writeFile('in.txt', 'new');
      const second = await container.exec(
        'echo one | python3 count.py 2>/dev/null | tr A-Z a-z; cat made.txt',
      );
      const third = await container.exec('node child.js');
      // Its writer ignores SIGPIPE, and has no other end.
      const cut = await container.exec(
        `python3 -uc 'while True: print("y")' | head -n 2; echo "[\${PIPESTATUS[0]}]"`,
      );
      const process = await container.spawn('python3', ['-c', 'import time; time.sleep(60)']);
      const task = await container.fs.readFile(`/task/${process.pid}/runtime`, 'utf-8');
      process.kill('SIGTERM');
      const killed = [process.runtime, task, await process.exit, process.signal];
      await container.teardown();
      return { first, made, second, third, cut, killed, offloads };
    }, at());
    expect(result.first).toEqual({ exitCode: 7, signal: null, stdout: 'A\nB\n', stderr: 'e\n' });
    expect(result.made).toBe('abcabc');
    expect(result.second.stdout).toBe('one\nnewnew');
    expect(result.third.stdout).toBe('[0,"42\\n"]\n');
    expect(result.cut.stdout).toBe('y\ny\n[141]\n');
    expect(result.killed).toEqual(['remote', 'remote\n', 143, 'SIGTERM']);
    expect(result.offloads.slice(0, 2)).toEqual(['python3 count.py', 'python3 count.py']);
  });

  test('a terminal there is the terminal here: keys, ^C, size, and the modes of before afterwards', async () => {
    const result = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote });
      await container.mount({
        'ask.py': {
          file: {
            contents:
              'import os, sys, time\nprint("size", *os.get_terminal_size(), sys.stdin.isatty())\n' +
              'print("name", input("? "))\ntry:\n  print("sleeps", flush=True)\n  time.sleep(60)\n' +
              'except KeyboardInterrupt:\n  print("interrupted")\n  sys.exit(9)\n',
          },
        },
      });
      const process = await container.spawn(
        'sh',
        ['-c', 'python3 ask.py; echo code $?; read x; echo "[$x]"'],
        {
          terminal: { cols: 70, rows: 20 },
        },
      );
      const keys = process.input.getWriter();
      let screen = '';
      const answers: [string, string][] = [
        ['? ', 'Ada\r'],
        ['sleeps', '\x03'],
        ['code 9', 'back\r'],
      ];
      for await (const part of process.output) {
        screen += part;
        const [next] = answers;
        if (next !== undefined && screen.includes(next[0])) {
          answers.shift();
          void keys.write(next[1]);
        }
      }
      const code = await process.exit;
      await container.teardown();
      return { screen, code };
    }, at());
    expect(result.screen).toContain('runs on the external runtime at 127.0.0.1');
    expect(result.screen).toContain('size 70 20 True\r\n');
    expect(result.screen).toContain('name Ada\r\n');
    expect(result.screen).toContain('interrupted\r\n');
    expect(result.screen).toContain('code 9\r\n');
    expect(result.screen).toContain('[back]');
    expect(result.code).toBe(0);
  });

  test('keys typed after its end are not its own: they are there for what comes next', async () => {
    const result = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote });
      const make = 'for n in range(500): open(f"made-{n}", "w").write(str(n))';
      await container.mount({ 'make.py': { file: { contents: make } } });
      // Bringing 500 files takes its time, and the shell waits for it.
      const shell = await container.spawn(
        'sh',
        ['-c', 'python3 make.py; read x; echo "[$x]"; cat made-499'],
        {
          terminal: { cols: 70, rows: 20 },
        },
      );
      const isOver = async (): Promise<boolean> =>
        (await container.remote.list()).some(
          ({ args, status }) => args.includes('make.py') && status === 'exited',
        );
      while (!(await isOver())) await new Promise((resume) => setTimeout(resume, 1));
      const keys = shell.input.getWriter();
      for (const key of 'abc\r') {
        await keys.write(key);
        await new Promise((resume) => setTimeout(resume, 5));
      }
      let screen = '';
      for await (const part of shell.output) screen += part;
      await container.teardown();
      return screen;
    }, at());
    expect(result).toContain('[abc]\r\n499');
  });

  test('a server there is a port here: server-ready, and programs here reach it', async () => {
    const result = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote, capabilities: 'trusted' });
      await container.mount({
        'page.txt': { file: { contents: 'from the other side' } },
        'get.js': {
          file: {
            contents:
              'require("http").get("http://localhost:" + process.argv[2] + "/page.txt", (r) => r.pipe(process.stdout));',
          },
        },
      });
      const ready = new Promise<number>((done) => container.on('server-ready', (port) => done(port)));
      const server = await container.spawn('python3', ['-m', 'http.server', '0', '--bind', '127.0.0.1']);
      const port = await ready;
      const got = await container.exec(`node get.js ${port}`);
      const closed = new Promise<string>((done) => container.on('port', (_port, type) => done(type)));
      server.kill('SIGKILL');
      await server.exit;
      const type = await closed;
      await container.teardown();
      return { stdout: got.stdout, type };
    }, at());
    expect(result).toEqual({ stdout: 'from the other side', type: 'close' });
  });

  test('workerd with nodejs_compat serves there, and its port is a preview here', async () => {
    const result = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote });
      const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:18123", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  compatibilityDate = "2025-01-01",
  compatibilityFlags = ["nodejs_compat"],
  modules = [(name = "main", esModule = embed "app.js")]
);`;
      const app = `import { Buffer } from 'node:buffer'; import path from 'node:path';
export default { async fetch(request) {
  return new Response(Buffer.from(path.basename(request.url) + ' ' + (await request.text())).toString('hex'));
} };`;
      await container.mount({
        'app.capnp': { file: { contents: config } },
        'app.js': { file: { contents: app } },
      });
      const ready = new Promise<[number, string]>((done) =>
        container.on('server-ready', (port, url) => done([port, url])),
      );
      const server = await container.spawn('workerd', ['app.capnp']);
      const [port, url] = await ready;
      const task = await container.fs.readFile(`/task/${server.pid}/runtime`, 'utf-8');
      const curl = await container.exec('curl -s -d body http://localhost:18123/deep/name');
      server.kill('SIGTERM');
      const code = await server.exit;
      await container.teardown();
      return { port, isPreview: url.startsWith('http'), task, curl: curl.stdout, code };
    }, at());
    const hex = (text: string): string => Buffer.from(text).toString('hex');
    expect(result).toEqual({
      port: 18123,
      isPreview: true,
      task: 'remote\n',
      curl: hex('name body'),
      code: 0,
    });
  });

  test('a program that loads a native addon begins anew there, unless it has done something already', async () => {
    const addon = [...readFileSync(ADDON)];
    const result = await run(
      async ({ OpenAgentsContainer }, { addon, ...remote }) => {
        const container = await OpenAgentsContainer.boot();
        const load =
          'const addon = require("./native.node"); console.log(typeof addon.fork, process.argv[2]);';
        await container.mount({
          'native.node': { file: { contents: new Uint8Array(addon) } },
          'quiet.js': {
            file: { contents: `const fs = require('fs'); fs.statSync('.'); ${load} process.exit(5);` },
          },
          'loud.js': { file: { contents: `console.log('begun'); ${load}` } },
        });
        const alone = await container.exec('node quiet.js');
        await container.remote.connect(remote);
        const quiet = await container.exec('node quiet.js x | cat; echo ${PIPESTATUS[0]}');
        const loud = await container.exec('node loud.js');
        const asked = await container.spawn('node', ['loud.js', 'y'], { runtime: 'remote' });
        let text = '';
        for await (const part of asked.stdout) text += part;
        await container.teardown();
        return { alone: alone.stderr, quiet, loud, text };
      },
      { addon, ...at() },
    );
    expect(result.alone).toContain('native addons cannot be loaded in a browser');
    expect(result.alone).toContain('runtime connect');
    expect(result.quiet).toMatchObject({ stdout: 'function x\n5\n', stderr: '' });
    expect(result.loud.stdout).toBe('begun\n');
    expect(result.loud.stderr).toContain('ERR_DLOPEN_FAILED');
    expect(result.text).toBe('begun\nfunction y\n');
  });

  test('without a runtime, or when the policy forbids it, the error says what is missing', async () => {
    const result = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot();
      const none = await container.exec('python3 -V');
      const refused = await container.remote
        .connect({ url: remote.url, token: 'wrong' })
        .catch((error: { code: string }) => error.code);
      const plain = await container.remote
        .connect({ url: 'ws://example.org:1', token: 'x' })
        .catch((error: { code: string }) => error.code);
      await container.remote.connect({ ...remote, offload: 'never' });
      const never = await container.exec('python3 -V');
      await container.remote.setOffload('ask');
      const unasked = await container.exec('python3 -V');
      container.remote.on('question', (question) => question.allow());
      const allowed = await container.exec('python3 -V');
      await container.teardown();
      return { none, refused, plain, never, unasked, allowed };
    }, at());
    expect(result.none.exitCode).toBe(127);
    expect(result.none.stderr).toMatch(
      /python3 does not run in a browser, and no external runtime is connected.*npm start/,
    );
    expect([result.refused, result.plain]).toEqual(['EACCES', 'EINVAL']);
    expect(result.never.stderr).toContain("remote.offload is 'never'");
    expect(result.unasked.stderr).toContain('was not allowed');
    expect(result.allowed.stdout).toMatch(/^Python 3/);
  });

  test('the policy holds for every way there: commands, addons, node-gyp, packages of the list', async () => {
    const addon = [...readFileSync(ADDON)];
    const result = await run(
      async ({ OpenAgentsContainer }, { addon, ...remote }) => {
        const container = await OpenAgentsContainer.boot();
        await container.mount({
          'native.node': { file: { contents: new Uint8Array(addon) } },
          'use.js': { file: { contents: "console.log(typeof require('./native.node').fork)" } },
          node_modules: {
            directory: {
              turbo: { directory: { 'turbo.js': { file: { contents: "console.log('ran here')" } } } },
            },
          },
        });
        const commands = [
          'python3 -c "print(7)"',
          'node use.js',
          'native-build --version',
          'node node_modules/turbo/turbo.js',
        ];
        const all = async (): Promise<string[]> => {
          const texts: string[] = [];
          for (const command of commands) {
            const { exitCode, stdout, stderr } = await container.exec(command);
            texts.push(`${exitCode} ${stdout}${stderr}`);
          }
          return texts;
        };
        await container.remote.connect({ ...remote, offload: 'never' });
        const never = await all();
        await container.remote.setOffload('ask');
        const unasked = await all();
        const questions: string[] = [];
        let allowed = false;
        container.remote.on('question', (question) => {
          questions.push(`${question.argv.join(' ')}: ${question.reason}`);
          if (allowed) question.allow();
          else question.deny();
        });
        const denied = await all();
        commands.pop(); // the package is not there to be installed from this project
        allowed = true;
        const asked = await all();
        await container.remote.setOffload('auto');
        const before = questions.length;
        const auto = await all();
        await container.teardown();
        return { never, unasked, denied, asked, auto, questions, quiet: questions.length === before };
      },
      { addon, ...at() },
    );
    for (const text of result.never)
      expect(text).toMatch(/^[1-9]\d* [^]*(remote\.offload is 'never'|not allowed \(remote\.offload\))/);
    for (const text of [...result.unasked, ...result.denied])
      expect(text).toMatch(/^[1-9]\d* [^]*was not allowed/);
    for (const texts of [result.asked, result.auto])
      expect(texts).toEqual(['0 7\n', '0 function\n', expect.stringMatching(/^0 v\d+\.\d+\.\d+\n/)]);
    expect(result.questions).toEqual([
      expect.stringMatching(/^python3 -c print\(7\): python3 does not run/),
      expect.stringMatching(/^node use\.js: .*addon/),
      expect.stringMatching(/^node-gyp --version: node-gyp builds/),
      expect.stringMatching(/^node node_modules\/turbo\/turbo\.js: turbo needs a binary/),
      ...Array.from({ length: 3 }, () => expect.any(String) as string),
    ]);
    expect(result.quiet).toBe(true);
  });

  test('the commands of the shell: connect, disconnect, status, spawn, list, fsync', async () => {
    const result = await run(async ({ OpenAgentsContainer }, { url, token }) => {
      const container = await OpenAgentsContainer.boot();
      await container.mount({
        'hello.js': { file: { contents: 'console.log("hi from", process.platform)' } },
      });
      const before = await container.exec('runtime status');
      const connected = await container.exec(`runtime connect ${url}`, { input: `${token}\n` });
      const again = await container.exec(`runtime disconnect; runtime connect ${url} && runtime status`);
      const spawned = await container.exec(
        'fsync push && runtime spawn node /workspace/hello.js && runtime list',
      );
      const synced = await container.exec('fsync status');
      // A backup holds what was made there, and what comes out of one is there.
      const backup = await container.exec(
        `python3 -c "open('made.txt', 'w').write('there')" && backup export . /tmp/b.tar && rm made.txt && ` +
          `backup import /tmp/b.tar && python3 -c "print(open('made.txt').read())" && runtime list`,
      );
      const any = await container.remote.spawn('uname', ['-s']);
      let uname = '';
      for await (const part of any.stdout) uname += part;
      const wrong = await container.exec('runtime nonsense');
      await container.teardown();
      return { before, connected, again, spawned, synced, backup, uname, wrong: wrong.exitCode };
    }, at());
    expect(result.before.stdout).toContain('disconnected');
    expect(result.connected.stdout).toContain(`[Runtime] Connected to external runtime at ${runtime.url}`);
    expect(result.again.stdout).toContain('server: mhnos-runtime');
    expect(result.spawned.stdout).toContain('hi from linux');
    expect(result.spawned.stderr).toMatch(/^\[Runtime Process \d+\] Started: \S*\/hello\.js\n/);
    expect(result.spawned.stdout).toMatch(/\d+ +node +exited 0 +\S*hello\.js/);
    expect(result.synced.stdout).toContain('to push: 0, to pull: 0, conflicts: 0');
    expect(result.backup.stderr).toBe('');
    expect(result.backup.stdout).toMatch(/^there$/m);
    expect(result.backup.stdout).toMatch(/\d+ +python +exited 0 +python3 -c/);
    expect(result.uname).toBe('Linux\n');
    expect(result.wrong).toBe(2);
  });
});
