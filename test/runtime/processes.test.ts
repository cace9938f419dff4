import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteConnection } from '../../src/remote/connection.ts';
import { attachRemote, spawnRemote, type RemoteSpawn } from '../../src/remote/process.ts';
import { poll, run, Runtime, shell } from './harness.ts';

let runtime: Runtime;
let connection: RemoteConnection;
const put = (name: string, text: string): void => writeFileSync(join(runtime.workspace, name), text);

beforeAll(async () => {
  runtime = await Runtime.start({ MHNOS_MAX_PROCESSES: '60' });
  connection = await runtime.connect();
});
afterAll(() => runtime[Symbol.asyncDispose]());

describe('the types of process', () => {
  it('runs node with arguments, environment, folder, both outputs and exit code', async () => {
    put(
      'a.js',
      'console.log(process.argv.slice(2).join(), process.env.COLOUR, process.cwd()); console.error("oops"); process.exit(7)',
    );
    const ran = await run(connection, {
      processType: 'node',
      command: '/' + join(runtime.workspace, 'a.js').slice(1),
      args: ['--port', '3000'],
      options: { env: { COLOUR: 'red' }, cwd: runtime.workspace },
    });
    expect(ran).toMatchObject({
      stdout: `--port,3000 red ${runtime.workspace}\n`,
      stderr: 'oops\n',
      exit: { code: 7, signal: null },
    });
  });

  it('runs node 24, and scripts given by path relative to the folder', async () => {
    put('version.js', 'console.log(process.versions.node.split(".")[0])');
    const ran = await run(connection, { processType: 'node', command: 'version.js' });
    expect(ran.stdout).toBe('24\n');
  });

  it('runs python, reading stdin to its end', async () => {
    put('p.py', 'import sys\nprint(sys.stdin.read().upper(), sys.argv[1:])\nsys.exit(5)\n');
    const ran = await run(connection, { processType: 'python', command: 'p.py', args: ['x'] }, 'käse\n');
    expect(ran).toMatchObject({ stdout: "KÄSE\n ['x']\n", exit: { code: 5 } });
  });

  it('runs workerd with the nodejs_compat configuration of the guide', async () => {
    put('hello.js', 'export default { async fetch() { return new Response("Hello from Workerd!") } }');
    put(
      'hello.capnp',
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  compatibilityDate = "2025-01-01",
  compatibilityFlags = ["nodejs_compat"],
  modules = [(name = "main", esModule = embed "hello.js")]
);
`,
    );
    let output = '';
    const workerd = await spawnRemote(
      connection,
      { processType: 'workerd', command: 'hello.capnp', args: ['--control-fd=1'] },
      (_channel, bytes) => void (output += Buffer.from(bytes).toString()),
    );
    const port = await poll('port of workerd', () => /"port":\s*(\d+)/.exec(output)?.[1]);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('Hello from Workerd!');
    await workerd.kill();
    expect((await workerd.exit).code).toBe(0);
  });

  it('refuses openclaw where it is not allowed', async () => {
    await expect(run(connection, { processType: 'openclaw' })).rejects.toMatchObject({ code: 'EPERM' });
  });

  it('tells of a program, a script and a signal that do not exist', async () => {
    const nothing = { processType: 'shell', command: 'no-such-program' } as const;
    await expect(run(connection, nothing)).rejects.toMatchObject({ code: 'ENOENT' });
    const gone = await run(connection, { processType: 'node', command: 'gone.js' });
    expect(gone.exit.code).toBe(1);
    expect(gone.stderr).toContain('Cannot find module');
    await expect(shell(connection, 'true', { cwd: 'no/such/folder' })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('a terminal', () => {
  it('has a size that changes, and ^C reaches what runs in it', async () => {
    let output = '';
    const bash = await spawnRemote(
      connection,
      { processType: 'shell', args: ['--norc', '-i'], options: { cols: 100, rows: 40 } },
      (_channel, bytes) => void (output += Buffer.from(bytes).toString()),
    );
    const type = (text: string): Promise<void> => bash.write(Buffer.from(text));
    await type('stty size; echo ready\r');
    await poll('size', () => /40 100\r\nready/.exec(output) ?? undefined);
    await type('echo sleeping; sleep 600\r');
    await poll('sleep', () => /[\r\n]sleeping\r\n/.exec(output) ?? undefined);
    await type('\x03');
    await bash.resize(132, 50);
    await type('stty size; exit 9\r');
    expect((await bash.exit).code).toBe(9);
    expect(output).toContain('50 132');
  });

  it('is of a shell that finds what the runtime brings, as a shell without one does', async () => {
    const ask =
      'node -p "process.versions.node.split(\'.\')[0]"; basename -a $(command -v workerd pip); exit 8\n';
    const plain = await run(connection, { processType: 'shell', options: { tty: false } }, ask);
    expect(plain).toMatchObject({ stdout: '24\nworkerd\npip\n', exit: { code: 8 } });
    const shown = await run(connection, { processType: 'shell' }, ask);
    expect(shown.stdout).toMatch(/24\r\n[^]*workerd\r\npip\r\n/);
    expect(shown.exit.code).toBe(8);
  });

  it('gives all output of a program that ends at once, and its signal', async () => {
    const seq = await run(connection, { processType: 'shell', command: 'seq', args: ['1', '20000'] });
    expect(seq.stdout.split('\r\n')).toHaveLength(20_001);
    const killed = await run(connection, {
      processType: 'shell',
      command: 'bash',
      args: ['-c', 'kill -TERM $$'],
    });
    expect(killed.exit).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('has no resize without one', async () => {
    const sleep = await spawnRemote(
      connection,
      { processType: 'shell', command: 'sleep', args: ['600'], options: { tty: false } },
      () => undefined,
    );
    await expect(sleep.resize(80, 24)).rejects.toMatchObject({ code: 'ENOTTY' });
    await sleep.kill('SIGKILL');
    expect(await sleep.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

describe('lists, ends and limits', () => {
  it('lists running and ended processes, and attaches to an ended one', async () => {
    const ran = await shell(connection, 'echo kept; exit 3');
    const { processes, stats } = await connection.request({ type: 'list' }, 'processList');
    expect(processes.find(({ pid }) => pid === ran.pid)).toMatchObject({
      type: 'shell',
      command: 'bash',
      status: 'exited',
      code: 3,
    });
    expect(stats.totalSpawned).toBeGreaterThan(0);
    let again = '';
    const attached = await attachRemote(connection, ran.pid, (_channel, bytes) => {
      again += Buffer.from(bytes).toString();
    });
    expect((await attached.exit).code).toBe(3);
    expect(again).toBe('kept\n');
  });

  it('lists what a shell was asked for by the type that it is', async () => {
    const types = new Map<string, string>();
    for (const [command, args] of [
      ['python3', ['-c', '']],
      ['pip', ['--version']],
      ['node', ['-e', '']],
      ['sh', ['-c', 'true', 'node']],
      ['workerd', ['--version']],
      ['true', []],
    ] as const) {
      const options = { tty: false };
      const { pid } = await run(connection, { processType: 'shell', command, args: [...args], options });
      const { processes } = await connection.request({ type: 'list' }, 'processList');
      types.set(command, processes.find((process) => process.pid === pid)?.type ?? '');
    }
    expect([...types]).toEqual([
      ['python3', 'python'],
      ['pip', 'python'],
      ['node', 'node'],
      ['sh', 'node'],
      ['workerd', 'workerd'],
      ['true', 'shell'],
    ]);
  });

  it('takes a second attachment of the same client for a move to that place, and each client has all', async () => {
    const client = await runtime.raw();
    const { pid } = await shell(connection, 'printf 0123456789');
    const first = await client.call({ type: 'attach', pid, from: 0 });
    const second = await client.call({ type: 'attach', pid, from: 5 });
    expect([first, second]).toMatchObject([
      { type: 'attached', from: 0, next: 10 },
      { type: 'attached', from: 5, next: 10 },
    ]);
    let other = '';
    const attached = await attachRemote(connection, pid, (_channel, bytes) => {
      other += Buffer.from(bytes).toString();
    });
    await attached.exit;
    expect(other).toBe('0123456789');
    client.socket.close();
  });

  it('refuses writes and kills after the end', async () => {
    const { pid } = await shell(connection, 'true');
    const write = { type: 'write', pid, data: 'x' } as const;
    await expect(connection.request(write, 'written')).rejects.toMatchObject({ code: 'EPIPE' });
    await expect(connection.request({ type: 'kill', pid }, 'killed')).rejects.toMatchObject({
      code: 'ESRCH',
    });
    const unknown = { type: 'kill', pid: 999_999 } as const;
    await expect(connection.request(unknown, 'killed')).rejects.toMatchObject({ code: 'ESRCH' });
  });

  it('gives back to its writer what was written after the end', async () => {
    let output = '';
    const head = await spawnRemote(
      connection,
      { processType: 'shell', command: 'head', args: ['-n', '1'], options: { tty: false } },
      (_channel, bytes) => void (output += Buffer.from(bytes).toString()),
    );
    await head.write(Buffer.from('taken\n'));
    await head.exit;
    await expect(head.write(Buffer.from('too late'))).rejects.toMatchObject({ code: 'EPIPE' });
    expect(output).toBe('taken\n');
    expect(Buffer.concat(head.untaken).toString()).toBe('too late');
  });

  it('ends a tree at its timeout, and everything that it started with it', async () => {
    const mark = `90${runtime.port}`; // seconds of a sleep that only this test has
    const line = `(sleep ${mark} & setsid sleep ${mark} & wait) & sleep ${mark}`;
    const ran = await shell(connection, line, { timeout: 1000 });
    expect(ran.exit).toMatchObject({ signal: 'SIGKILL', reason: 'timeout' });
    const count = async (): Promise<true | undefined> => {
      const { stdout } = await shell(connection, `pgrep -f '[s]leep ${mark}' | wc -l`);
      return stdout.trim() === '0' ? true : undefined;
    };
    expect(await poll('end of the tree', count)).toBe(true);
  });

  it('ends what a process left in the background, unless it was to outlive it', async () => {
    const left = await shell(connection, 'sleep 600 & echo $!');
    expect(left.exit.code).toBe(0);
    expect((await shell(connection, `kill -0 ${left.stdout.trim()}`)).exit.code).not.toBe(0);
    const detached = await shell(connection, 'sleep 600 >/dev/null 2>&1 & echo $!', { detached: true });
    expect((await shell(connection, `ps -p ${detached.stdout.trim()} -o args=`)).stdout).toBe('sleep 600\n');
    await shell(connection, `kill -KILL ${detached.stdout.trim()}`);
  });

  it('runs 50 at once, and refuses one more than its limit', async () => {
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, index) => shell(connection, `read line < /dev/null; echo ${index}`)),
    );
    expect(many.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 50 }, (_, index) => `${index}\n`));
    await using small = await Runtime.start({ MHNOS_MAX_PROCESSES: '2' });
    const client = await small.connect();
    const sleeper: RemoteSpawn = { processType: 'shell', command: 'sleep', args: ['600'] };
    const first = await spawnRemote(client, sleeper, () => undefined);
    await spawnRemote(client, sleeper, () => undefined);
    await expect(spawnRemote(client, sleeper, () => undefined)).rejects.toMatchObject({ code: 'EAGAIN' });
    await first.kill('SIGKILL');
    await first.exit;
    await spawnRemote(client, sleeper, () => undefined);
  });

  it('stops in order: processes get SIGTERM, and nothing stays', async () => {
    const other = await Runtime.start();
    const client = await other.connect();
    let output = '';
    const child = await spawnRemote(
      client,
      {
        processType: 'shell',
        command: 'bash',
        args: ['-c', 'trap "echo bye; exit 4" TERM; echo up; while :; do sleep 0.1; done'],
        options: { tty: false },
      },
      (_channel, bytes) => void (output += Buffer.from(bytes).toString()),
    );
    await poll('start', () => (output.includes('up') ? true : undefined));
    other.child.kill('SIGTERM');
    expect(await child.exit).toMatchObject({ code: 4, reason: 'stopped' });
    expect(output).toContain('bye');
    await poll('end of the runtime', () => (other.child.exitCode === null ? undefined : true));
    expect(other.child.exitCode).toBe(0);
    await other[Symbol.asyncDispose]();
  });
});
