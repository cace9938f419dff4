import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const OAC = path.resolve('bin/oac.js');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'oac-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Settings {
  input?: string;
  env?: Record<string, string>;
}

function oac(args: readonly string[], { input = '', env = {} }: Settings = {}) {
  return spawnSync(process.execPath, [OAC, ...args], {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
}

/** Runs `node -e source` in the container. */
const evaluate = (source: string, settings?: Settings, ...options: string[]) =>
  oac([...options, '--', 'node', '-e', source], settings);

describe('serving the playground', () => {
  it('says in a line that the port is taken, or is none', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { stderr, status } = oac(['serve', '--port', String(port)]);
    taken.close();
    expect({ stderr, status }).toEqual({
      stderr: `oac: Port ${port} cannot be listened on: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
      status: 125,
    });
    expect(oac(['serve', '--port', 'abc'])).toMatchObject({
      stderr: "oac: --port wants a number, not 'abc'. (oac --help)\n",
      status: 125,
    });
  });
});

describe('streams and exit codes', () => {
  it('keeps stdout and stderr apart and passes the exit code', () => {
    const { stdout, stderr, status } = evaluate(
      "console.log('out'); console.error('err'); process.exitCode = 7",
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: 'out\n', stderr: 'err\n', status: 7 });
  });

  it('passes arguments and variables as they are', () => {
    const { stdout } = oac([
      '--env',
      'GREETING=a b=c',
      '--',
      'node',
      '-e',
      'console.log(JSON.stringify([process.argv.slice(1), process.env.GREETING]))',
      '--',
      'x y',
      "'",
      '',
    ]);
    expect(JSON.parse(stdout)).toEqual([['x y', "'", ''], 'a b=c']);
  });

  it('ends by a signal with 128 and its number', () => {
    expect(evaluate("process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)").status).toBe(143);
  });

  it('answers 127 to a command that is none', () => {
    const { status, stderr } = oac(['--', 'no-such-command']);
    expect(status).toBe(127);
    expect(stderr).toContain('no-such-command');
  });

  it('prints one JSON object if asked', () => {
    const { stdout } = evaluate(
      "process.stdin.on('data', (d) => console.log(d.length)); console.error('e')",
      { input: 'four' },
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0, signal: null, stdout: '4\n', stderr: 'e\n' });
  });

  it('ends a command that takes too long', () => {
    const { status, stdout } = evaluate("console.log('begun'); for (;;);", {}, '--timeout', '2');
    expect({ status, stdout }).toEqual({ status: 124, stdout: 'begun\n' });
  });
});

describe('signals', () => {
  it.each([
    ['SIGTERM', "process.on('SIGTERM', () => { console.log('term'); process.exit(5); })", 5, 'ready\nterm\n'],
    ['SIGINT', "process.on('SIGINT', () => { console.log('int'); process.exit(6); })", 6, 'ready\nint\n'],
    ['SIGHUP', '', 129, 'ready\n'],
  ] as const)('%s reaches the command', async (signal, listener, status, output) => {
    const source = `${listener}; setInterval(() => {}, 1000); console.log('ready')`;
    const child = spawn(process.execPath, [OAC, '--', 'node', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('ready')) child.kill(signal);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, said }).toEqual({ code: status, said: output });
  });
});

describe('a child that outlives the command and holds its output', () => {
  const child = `const child = require('child_process').spawn('node',
    ['-e', 'console.log("child"); setInterval(() => {}, 1000)'], { stdio: 'inherit' });`;

  it('does not keep oac', () => {
    const { stdout, status } = evaluate(`${child} setTimeout(() => process.exit(3), 1500)`);
    expect({ stdout, status }).toEqual({ stdout: 'child\n', status: 3 });
  });

  it('is heard as long as it goes on saying something', () => {
    const talks = `process.on('disconnect', () => {
      let n = 0;
      const timer = setInterval(() => { console.log('late', ++n); if (n === 5) clearInterval(timer); }, 100);
    }); process.send('up');`;
    const { stdout } = evaluate(`
      const child = require('child_process').spawn('node', ['-e', ${JSON.stringify(talks)}],
        { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child.on('message', () => { console.log('ends'); process.exit(); });`);
    expect(stdout).toBe('ends\nlate 1\nlate 2\nlate 3\nlate 4\nlate 5\n');
  });

  it('does not keep a signal from ending it', async () => {
    const oacChild = spawn(
      process.execPath,
      [OAC, '--', 'node', '-e', `${child} setInterval(() => {}, 1000)`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    oacChild.stdout.on('data', () => oacChild.kill('SIGTERM'));
    expect(await new Promise((resolve) => oacChild.on('close', resolve))).toBe(143);
  });
});

/** Runs under a pseudoterminal of the host, by util-linux's \`script\`. */
const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
if (!hasScript) console.warn('SKIPPED: no `script` of util-linux: oac on a terminal was not tested');

describe.skipIf(!hasScript)('on a terminal', () => {
  it('gives the command a terminal of its size, its keys, and ^C', async () => {
    const program = `
      console.log(['tty', process.stdin.isTTY, process.stdout.isTTY, process.stdout.columns, process.stdout.rows].join(' '));
      process.on('SIGINT', () => { console.log('interrupted'); process.exit(4); });
      process.stdin.on('data', (data) => console.log('got', JSON.stringify(String(data))));`;
    writeFileSync(path.join(folder, 'tty.js'), program);
    const command = `stty cols 91 rows 27; exec ${process.execPath} ${OAC} --mount ${folder}:/t -- node /t/tty.js`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let screen = '';
    const steps: [string, string][] = [
      ['tty true true 91 27', 'helo\x7flo\r'],
      ['got "hello\\n"', '\x03'],
    ];
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      const step = steps[0];
      if (step === undefined || !screen.includes(step[0])) return;
      steps.shift();
      terminal.stdin.write(step[1]);
    });
    const code = await new Promise((resolve) => terminal.on('close', resolve));
    expect(screen).toContain('^C');
    expect(screen).toContain('interrupted');
    expect(code).toBe(4);
  });
});

describe('mounts', () => {
  it('copies a folder in: names, modes, links', () => {
    const host = path.join(folder, 'in');
    mkdirSync(path.join(host, 'deep/er'), { recursive: true });
    writeFileSync(path.join(host, 'deep/er/ä ü.txt'), 'text');
    writeFileSync(path.join(host, `${'n'.repeat(180)}.txt`), 'long');
    writeFileSync(path.join(host, 'run.sh'), '');
    chmodSync(path.join(host, 'run.sh'), 0o755);
    symlinkSync('deep/er', path.join(host, 'link'));
    const source = `
      const fs = require('fs');
      console.log(JSON.stringify([
        process.cwd(), fs.readdirSync('.').length, fs.readFileSync('link/ä ü.txt', 'utf8'), fs.readlinkSync('link'),
        (fs.statSync('run.sh').mode & 0o777).toString(8), fs.readFileSync('n'.repeat(180) + '.txt', 'utf8')]))`;
    const { stdout } = evaluate(source, {}, '--mount', `${host}:/data/in`);
    expect(JSON.parse(stdout)).toEqual(['/data/in', 4, 'text', 'deep/er', '755', 'long']);
  });

  it('leaves the host alone without --sync, and copies changes back with it', () => {
    const host = path.join(folder, 'sync');
    mkdirSync(path.join(host, 'gone'), { recursive: true });
    writeFileSync(path.join(host, 'gone/file'), 'x');
    writeFileSync(path.join(host, 'kept'), 'kept');
    writeFileSync(path.join(host, 'changed'), 'before');
    const source = `
      const fs = require('fs');
      fs.rmSync('gone', { recursive: true });
      fs.writeFileSync('changed', 'after!');
      fs.mkdirSync('new/deep', { recursive: true });
      fs.writeFileSync('new/deep/file', Buffer.from([0, 255, 10]), { mode: 0o700 });
      fs.symlinkSync('deep', 'new/link');`;
    evaluate(source, {}, '--mount', host);
    expect(readFileSync(path.join(host, 'changed'), 'utf8')).toBe('before');
    expect(evaluate(source, {}, '--mount', host, '--sync').status).toBe(0);
    expect(existsSync(path.join(host, 'gone'))).toBe(false);
    expect(readFileSync(path.join(host, 'kept'), 'utf8')).toBe('kept');
    expect(readFileSync(path.join(host, 'changed'), 'utf8')).toBe('after!');
    expect([...readFileSync(path.join(host, 'new/link/file'))]).toEqual([0, 255, 10]);
  });
});

describe('--allow', () => {
  const PROGRAM = `
    const told = (label) => (error) => console.log(label, error ? (error.cause ?? error).code : 'yes');
    require('http').createServer().listen(3000).on('error', told('listen')).on('listening', told('listen'));
    require('dns').lookup('example.org', told('names'));
    console.log('spawn', require('child_process').spawnSync('ls').error?.code ?? 'yes', process.env.SECRET);
    setTimeout(() => process.exit(), 500);`;
  const lines = (...options: string[]) =>
    evaluate(PROGRAM, {}, '--env', 'SECRET=s', ...options)
      .stdout.trim()
      .split('\n')
      .sort();

  it('lets a command reach only what is named, or everything', () => {
    expect(lines()).toEqual(['listen yes', 'names yes', 'spawn yes s']);
    expect(lines('--allow', 'none')).toEqual(['listen EACCES', 'names ERR_ACCESS_DENIED', 'spawn yes s']);
    expect(
      lines(
        '--allow',
        'listen',
        '--allow=fetch=example.org,*.example.net',
        '--allow=spawn=node',
        '--allow=env=HOME',
      ),
    ).toEqual(['listen yes', 'names yes', 'spawn EACCES undefined']);
  });

  it('lets a command see and change only the files that are named', () => {
    const program = `
      const fs = require('fs');
      const attempt = (call) => { try { return call() ?? 'yes'; } catch (error) { return error.code; } };
      console.log(attempt(() => fs.readFileSync('/home/project/in/seen', 'utf8')), attempt(() => fs.readdirSync('/home').join()),
        attempt(() => fs.writeFileSync('out/made', 'x')), attempt(() => fs.writeFileSync('in/made', 'x')), attempt(() => fs.readdirSync('/root')));`;
    const host = path.join(folder, 'allowed');
    mkdirSync(host);
    for (const name of ['in', 'out', 'hidden']) mkdirSync(path.join(host, name));
    writeFileSync(path.join(host, 'in/seen'), 'seen');
    const { stdout } = evaluate(
      program,
      {},
      '--mount',
      host,
      '--sync',
      '--allow',
      'read=in',
      '--allow=write=out',
    );
    expect(stdout).toBe('seen project yes EACCES EACCES\n');
    expect(readFileSync(path.join(host, 'out/made'), 'utf8')).toBe('x');
    expect(readdirSync(host).sort()).toEqual(['hidden', 'in', 'out']);
  });

  it('refuses what it does not know', () => {
    const { status, stderr } = evaluate('0', {}, '--allow', 'everything');
    expect(status).toBe(125);
    expect(stderr).toContain("not 'everything'");
  });
});

describe('its own failures end with 125 and say what to do', () => {
  it.each([
    ['no browser', ['--', 'node'], { OAC_CHROMIUM: '/nowhere/chromium' }, 'OAC_CHROMIUM'],
    ['a browser that does not start', ['--', 'node'], { OAC_CHROMIUM: '/bin/false' }, 'browser'],
    ['a mount that is not there', ['--mount', '/no/such/folder', '--', 'node'], {}, '/no/such/folder'],
    ['an unknown option', ['--frobnicate', '--', 'node'], {}, '--frobnicate'],
    ['no command', ['--json'], {}, 'command'],
    ['--sync without a mount', ['--sync', '--', 'node'], {}, '--mount'],
  ] as const)('%s', (_name, args, env, word) => {
    const { status, stderr, stdout } = oac(args, { env });
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toContain(word);
    expect(stderr).not.toContain('    at ');
  });
});
