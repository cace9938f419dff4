import { describe, it } from 'vitest';
import { useApp } from './app.ts';
import { withoutTimes } from './normalize.ts';
import { registryProblem } from './registry.ts';

const sorted = (text: string): string => text.split('\n').sort().join('\n');

const PRINT = 'console.log(process.argv.slice(2), process.env.X ?? "", process.stdin.isTTY ?? false);';
const FAIL = 'console.log("out"); console.error("err"); process.exitCode = 3;';

describe.skipIf(registryProblem !== undefined)('programs that start programs do as on native Node', () => {
  describe('libraries for children', () => {
    const made = useApp({ execa: '10.2.1', zx: '8.8.5', 'cross-spawn': '7.0.6' });

    it('execa: results, failures, input, pipes, timeouts, cancellation, messages', async () => {
      await made.app.expectSame('node main.mjs', {
        files: {
          'print.cjs': PRINT,
          'fail.cjs': FAIL,
          'ipc.mjs':
            "import { getOneMessage, sendMessage } from 'execa'; await sendMessage({ got: await getOneMessage() });",
          'main.mjs': `
            import { execa, execaSync, execaNode, $ } from 'execa';
            const about = ({ exitCode, signal, stdout, stderr, timedOut, isCanceled, isTerminated, failed, all }) =>
              console.log(JSON.stringify({ exitCode, signal, stdout, stderr, timedOut, isCanceled, isTerminated, failed, all }));
            about(await execa('node', ['print.cjs', 'a b', '$HOME'], { env: { X: '1' } }));
            about(await execa('node', ['fail.cjs'], { reject: false, all: true }));
            about(await execa('nothing-of-the-name', { reject: false }).catch((error) => error));
            about(await execa({ input: 'in\\nput' })\`cat\`);
            about(await execa('sleep', ['30'], { timeout: 100, reject: false }));
            const controller = new AbortController();
            setTimeout(() => controller.abort(), 50);
            about(await execa('sleep', ['30'], { cancelSignal: controller.signal, reject: false }));
            about(execaSync('node', ['print.cjs', 'sync']));
            about(await $\`node -e console.log(6*7)\`.pipe\`cat\`);
            for await (const line of execa('seq', ['3'])) console.log('line', line);
            const child = execaNode('ipc.mjs', { ipc: true });
            await child.sendMessage('hello');
            console.log(await child.getOneMessage(), (await child).exitCode);
            const killed = execa('node', ['-e', 'for(;;);'], { reject: false });
            setTimeout(() => killed.kill('SIGKILL'), 300);
            about(await killed);
            about(await execa('echo \$X | tr a-z A-Z', { shell: true, env: { X: 'text' } }));
          `,
        },
      });
    });

    it('zx: templates, quoting, pipes, exit codes, within and cd', async () => {
      await made.app.expectSame('zx script.mjs one two; zx -e "echo(argv._)" three', {
        files: {
          'fail.cjs': FAIL,
          'script.mjs': `
            $.verbose = false;
            console.log((await $\`echo \${'a b "c" $d'}\`).stdout, argv._);
            const failed = await $\`node fail.cjs\`.nothrow();
            console.log(failed.exitCode, failed.stdout, failed.stderr);
            console.log(String(await $\`printf 'b\\na\\n'\`.pipe($\`sort\`)));
            console.log((await $\`exit 7\`.catch((error) => error)).exitCode);
            await within(async () => { cd('/tmp'); console.log((await $\`pwd\`).stdout.trim()); });
            console.log(await Promise.all([1, 2, 3].map((n) => $\`sleep 0.0\${n}; echo \${n}\`.text())));
            console.log(await $({ input: 'x y' })\`wc -w\`.text(), (await $\`true\`).exitCode, await which('node') !== '');
            console.log(chalk.level, os.platform(), path.basename(__filename), await glob('*.cjs', { cwd: __dirname }));
            console.log(await retry(2, () => $\`true\`.then(() => 'ok')));
          `,
        },
      });
    });

    it('cross-spawn: shebangs, errors, sync', async () => {
      await made.app.expectSame('node main.cjs', {
        files: {
          'print.cjs': PRINT,
          'main.cjs': `
            const spawn = require('cross-spawn');
            const done = spawn.sync('node', ['print.cjs', 'x'], { encoding: 'utf8' });
            console.log(done.status, done.stdout, done.stderr);
            console.log(spawn.sync('nothing-of-the-name').error.code);
            spawn('node', ['print.cjs', '--y'], { stdio: 'inherit' }).on('close', (...how) => console.log(how));
            spawn('nothing-of-the-name').on('error', ({ code, syscall, path }) => console.log(code, syscall, path));
          `,
        },
      });
    });
  });

  describe('runners of scripts', () => {
    const made = useApp(
      { concurrently: '10.0.7', 'npm-run-all': '4.1.5', 'npm-run-all2': '9.0.4', 'cross-env': '10.1.0' },
      {
        manifest: {
          scripts: {
            a: 'echo a',
            b: 'node -e "console.log(process.env.npm_lifecycle_event)"',
            bad: 'exit 4',
            'group:one': 'echo one',
            'group:two': 'echo two',
            env: "cross-env X=1 'Y=a b' node env.cjs",
            all: 'run-s a b && run-p --print-label group:*',
          },
        },
      },
    );

    it('cross-env', async () => {
      await made.app.expectSame(
        'npm run -s env; X=0 cross-env X= node env.cjs; cross-env-shell Z=3 "echo $Z"',
        {
          files: { 'env.cjs': 'console.log([process.env.X, process.env.Y]);' },
        },
      );
    });
    it('concurrently: prefixes, exit codes, --kill-others', async () => {
      // npm of this machine warns of settings that it finds in the environment.
      const normalize = (text: string): string =>
        sorted(withoutTimes(text).replace(/^.*npm warn Unknown .*\n/gm, ''));
      await made.app.expectSame('concurrently -n x,y "echo 1" "node -p 2"; echo $?', {
        normalize,
      });
      await made.app.expectSame('concurrently "echo 1" "exit 3"; echo $?', { normalize });
      // Whether the shell of the one that is ended dies before it can tell depends on which of them is faster.
      const whoever = (text: string): string =>
        normalize(text.replace(/^\[0\] Terminated\n/m, '').replace(/code (?:143|SIGTERM)$/m, 'a signal'));
      const ends = 'concurrently --kill-others "sleep 60" "exit 0"; echo $?';
      await made.app.expectSame(ends, { normalize: whoever });
      await made.app.expectSame('concurrently "npm:group:*"; echo $?', { normalize });
    });
    it('npm-run-all: run-s, run-p, a failure', async () => {
      await made.app.expectSame('npm run -s all', { normalize: sorted });
      await made.app.expectSame('run-s -s a bad b; echo $?', { normalize: sorted });
      await made.app.expectSame('run-p -s -c a bad; echo $?', { normalize: sorted });
    });
  });

  describe('pools of threads and processes', () => {
    const made = useApp({ tinypool: '2.2.0', piscina: '5.3.2', 'jest-worker': '30.5.1' });

    it('piscina: tasks, errors, cancellation, transfers, statistics', async () => {
      await made.app.expectSame('node main.cjs', {
        files: {
          'task.cjs': `
            module.exports = ({ a, b, fail, hang }) => {
              if (fail) throw new RangeError('no');
              if (hang) return new Promise(() => setInterval(() => {}, 1000));
              return a + b;
            };
            module.exports.double = (buffer) => new Uint8Array(buffer).map((x) => 2 * x);
          `,
          'main.cjs': `
            const { Piscina } = require('piscina');
            (async () => {
              const pool = new Piscina({ filename: __dirname + '/task.cjs', minThreads: 1, maxThreads: 2 });
              console.log(await Promise.all([1, 2, 3, 4, 5].map((a) => pool.run({ a, b: 1 }))));
              await pool.run({ fail: true }).catch((error) => console.log(error.name, error.message, error instanceof RangeError));
              const { buffer } = new Uint8Array([1, 2, 3]);
              console.log(await pool.run(buffer, { name: 'double', transferList: [buffer] }), buffer.byteLength);
              const controller = new AbortController();
              const hung = pool.run({ hang: true }, { signal: controller.signal });
              setTimeout(() => controller.abort(), 100);
              await hung.catch((error) => console.log(error.name));
              console.log(pool.completed >= 6, pool.threads.length > 0);
              await pool.destroy();
            })();
          `,
        },
      });
    });

    it('tinypool: threads and processes, a transfer, an abort', async () => {
      await made.app.expectSame('node main.mjs', {
        files: {
          'task.mjs':
            "import { isMainThread } from 'worker_threads'; export default (n) => { if (n < 0) throw new Error('negative'); return [n * n, isMainThread]; }; export const sum = (buffer) => new Uint8Array(buffer).reduce((a, b) => a + b); export const hang = () => new Promise(() => setInterval(() => {}, 1000));",
          'main.mjs': `
            import { Tinypool } from 'tinypool';
            for (const runtime of ['worker_threads', 'child_process']) {
              const filename = new URL('./task.mjs', import.meta.url).href;
              const pool = new Tinypool({ filename, runtime, minThreads: 1, maxThreads: 2 });
              console.log(runtime, await Promise.all([1, 2, 3].map((n) => pool.run(n))));
              await pool.run(-1).catch((error) => console.log(error.message));
              const controller = new AbortController();
              const hung = pool.run(0, { name: 'hang', signal: controller.signal });
              setTimeout(() => controller.abort(), 100);
              await hung.catch((error) => console.log(error.name, error.message));
              if (runtime === 'worker_threads') {
                const { buffer } = Uint8Array.of(1, 2, 3);
                console.log(await pool.run(buffer, { name: 'sum', transferList: [buffer] }), buffer.byteLength);
              }
              await pool.recycleWorkers();
              console.log(await pool.run(4));
              await pool.destroy();
            }
          `,
        },
      });
    });

    it('jest-worker: threads and processes, a crash', async () => {
      await made.app.expectSame('node main.cjs', {
        files: {
          'task.cjs':
            "module.exports = { add: (a, b) => a + b, fail: () => { throw new TypeError('no'); }, crash: () => process.exit(1), setup() {}, teardown() {} };",
          'main.cjs': `
            const { Worker } = require('jest-worker');
            (async () => {
              for (const enableWorkerThreads of [false, true]) {
                const options = { enableWorkerThreads, numWorkers: 2, maxRetries: 0, exposedMethods: ['add', 'fail', 'crash'] };
                const farm = new Worker(require.resolve('./task.cjs'), options);
                console.log(await Promise.all([1, 2, 3].map((n) => farm.add(n, n))));
                await farm.fail().catch((error) => console.log(error.name, error.message));
                if (!enableWorkerThreads) await farm.crash().catch((error) => console.log(error.message));
                console.log(await farm.add(4, 4), (await farm.end()).forceExited);
              }
            })();
          `,
        },
      });
    });
  });

  describe('programs that watch and begin anew', () => {
    const made = useApp({ nodemon: '3.1.14', chokidar: '6.0.0' });

    it('nodemon starts a program again when a file of it changes', async () => {
      await made.app.expectSame('node drive.cjs', {
        files: {
          'app.cjs':
            "require('fs').appendFileSync('runs.txt', require('./value.cjs') + '\\n'); setInterval(() => {}, 1000);",
          'value.cjs': 'module.exports = 1;',
          'drive.cjs': `
            const fs = require('fs');
            const { spawn } = require('child_process');
            fs.rmSync('runs.txt', { force: true });
            const child = spawn('nodemon', ['--watch', '*.cjs', '--delay', '100ms', 'app.cjs'], { stdio: ['ignore', 'pipe', 'pipe'] });
            let said = '';
            child.stdout.on('data', (chunk) => (said += chunk));
            const runs = () => (fs.existsSync('runs.txt') ? fs.readFileSync('runs.txt', 'utf8').trim().split('\\n').length : 0);
            let changed = false;
            const timer = setInterval(() => {
              if (runs() === 1 && !changed && said.includes('starting')) {
                changed = true;
                setTimeout(() => fs.writeFileSync('value.cjs', 'module.exports = 2;'), 500);
              } else if (runs() === 2) {
                clearInterval(timer);
                console.log(fs.readFileSync('runs.txt', 'utf8'), said.includes('restarting due to changes'));
                child.kill('SIGINT');
              }
            }, 50);
            child.on('close', (code, signal) => console.log('ended', code, signal));
          `,
        },
      });
    });
  });
});
