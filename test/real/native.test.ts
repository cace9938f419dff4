/** Packages of native code in a project of the container, with a runtime beside it: installed here, built and run there. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runtime } from '../runtime/harness.ts';
import { registry, registryProblem } from './registry.ts';

const HAS_COMPILER = ['/usr/bin/g++', '/usr/bin/make', '/usr/bin/python3'].every((path) => existsSync(path));
const HAS_RUNTIME = existsSync(resolve('runtime/node_modules/ws'));
const OAC = resolve('bin/oac.js');
/** Minutes of compilation: not in every run. */
const ALL = process.env['OAC_APPS'] === 'all';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const manifest = (dependencies: Record<string, string>): string =>
  JSON.stringify({ name: 'native', version: '1.0.0', private: true, dependencies });

describe.skipIf(registryProblem !== undefined || !HAS_RUNTIME || !HAS_COMPILER)('native packages', () => {
  let runtime: Runtime;

  beforeAll(async () => {
    runtime = await Runtime.start({
      npm_config_registry: registry,
      ...(process.env['NODE_EXTRA_CA_CERTS']
        ? { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }
        : {}),
    });
  });
  afterAll(() => runtime[Symbol.asyncDispose]());

  /** `oac --remote … -- sh -c command` in a folder that holds the files. */
  async function oac(files: Record<string, string>, command: string): Promise<Outcome> {
    const folder = mkdtempSync(join(tmpdir(), 'oac-native-'));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const args = ['--mount', folder, '--remote', runtime.url, '--', 'sh', '-c', command];
      const child = spawn(process.execPath, [OAC, ...args], {
        cwd: folder,
        env: { ...process.env, OAC_REMOTE_TOKEN: runtime.token },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [stdout, stderr, code] = await Promise.all([
        child.stdout.toArray(),
        child.stderr.toArray(),
        new Promise<number | null>((done) => child.on('close', done)),
      ]);
      return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it('node-pty: npm install here has node-gyp build it there, and what loads it runs there', async () => {
    const program = `
      const pty = require('node-pty');
      const shell = pty.spawn('bash', ['-c', 'stty size; exit 3'], { cols: 91, rows: 17 });
      let text = '';
      shell.onData((part) => (text += part));
      shell.onExit(({ exitCode }) => { console.log(process.platform, text.trim(), exitCode); process.exit(4); });`;
    const { code, stdout, stderr } = await oac(
      { 'package.json': manifest({ 'node-pty': '1.1.0' }), 'use.js': program },
      'npm install && ls node_modules/node-pty/build/Release && node use.js; echo "code $?"; npm rebuild',
    );
    expect(stderr).not.toMatch(/npm error/);
    expect(stdout).toContain('pty.node\n');
    expect(stdout).toContain('linux 17 91 3\ncode 4\n');
    expect(stdout).toContain('rebuilt dependencies successfully');
    expect(code).toBe(0);
  });

  it('bcrypt and sharp: with the builds for that processor installed, what loads them runs there', async () => {
    const program = `
      const bcrypt = require('bcrypt');
      const sharp = require('sharp');
      const hash = bcrypt.hashSync('secret', 4);
      const create = { width: 3, height: 2, channels: 3, background: 'red' };
      sharp({ create }).png().toFile('red.png').then(({ size }) => {
        console.log(bcrypt.compareSync('secret', hash), bcrypt.compareSync('other', hash), size > 60);
      });`;
    const { code, stdout, stderr } = await oac(
      { 'package.json': manifest({ bcrypt: '6.0.0', sharp: '0.35.5' }), 'use.js': program },
      'npm install --cpu=x64 && node use.js && file=$(ls *.png) && head -c 4 "$file" | tail -c 3',
    );
    expect(stderr).not.toMatch(/npm error/);
    expect(stdout).toContain('true false true\nPNG');
    expect(code).toBe(0);
  });

  it.skipIf(!ALL)(
    'better-sqlite3 of either kind, built and carried along, works on a file of the project',
    async () => {
      const program = `
      const db = require('better-sqlite3')('data.db');
      db.exec('CREATE TABLE t (n INTEGER)');
      const insert = db.prepare('INSERT INTO t VALUES (?)');
      db.transaction(() => { for (let n = 1; n <= 100; n++) insert.run(n); })();
      console.log(db.prepare('SELECT sum(n) AS sum FROM t').get());`;
      for (const version of ['12.11.1', '13.2.0']) {
        const { code, stdout, stderr } = await oac(
          { 'package.json': manifest({ 'better-sqlite3': version }), 'use.js': program },
          'npm install && node use.js && head -c 15 data.db',
        );
        expect(stderr).not.toMatch(/npm error/);
        expect(stdout).toContain('{ sum: 5050 }\nSQLite format 3');
        expect(code).toBe(0);
      }
    },
  );

  it('wrangler dev serves there, is reached here, and sees an edit', async () => {
    const worker = `
      import { createHash } from 'node:crypto';
      export default { fetch: (request) => new Response(createHash('sha256').update('a').digest('hex') + ' FIRST') };`;
    const program = `
      const { spawn } = require('child_process');
      const { readFileSync, writeFileSync } = require('fs');
      const dev = spawn('npx', ['wrangler', 'dev', '--port', '18787'], { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (text) => (said += text));
      const answer = async (wanted) => {
        for (;;) {
          const text = await fetch('http://localhost:18787/').then((r) => r.text(), () => '');
          if (text.includes(wanted)) return text;
          if (dev.exitCode !== null) throw new Error(said);
          await new Promise((resume) => setTimeout(resume, 200));
        }
      };
      (async () => {
        console.log(await answer('FIRST'));
        writeFileSync('worker.js', readFileSync('worker.js', 'utf8').replace('FIRST', 'SECOND'));
        console.log((await answer('SECOND')).length);
        process.exit();
      })();`;
    const files = {
      'package.json': manifest({ wrangler: '4.164.0' }),
      'wrangler.toml':
        'name = "w"\nmain = "worker.js"\ncompatibility_date = "2026-01-01"\ncompatibility_flags = ["nodejs_compat"]\n',
      'worker.js': worker,
      'use.js': program,
    };
    const { code, stdout, stderr } = await oac(
      files,
      'npm install && WRANGLER_SEND_METRICS=false node use.js',
    );
    expect(stderr).not.toMatch(/npm error/);
    expect(stdout).toContain(`${createHash('sha256').update('a').digest('hex')} FIRST\n71\n`);
    expect(code).toBe(0);
  });

  it('tools that are a binary behind a Node program: installed here without it, run there with it', async () => {
    const tools: Record<string, string> = { '@biomejs/biome': '2.6.8', turbo: '2.11.11' };
    const more = {
      '@bufbuild/buf': '1.75.0',
      '@sentry/cli': '3.8.0',
      '@typescript/native-preview': '7.0.0-dev.20260707.2',
      dprint: '0.57.4',
      lefthook: '2.2.2',
      oxlint: '1.94.0',
    };
    if (ALL) Object.assign(tools, more);
    const commands = ALL
      ? ['biome', 'turbo', 'buf', 'sentry-cli', 'tsgo', 'dprint', 'lefthook', 'oxlint']
      : ['biome', 'turbo'];
    const say = commands.map(
      (name) =>
        `echo "${name}: $(npx ${name} ${name === 'lefthook' ? 'version' : '--version'} 2>&1 | grep -m 1 '[0-9]\\.[0-9]')"`,
    );
    const { stdout, stderr } = await oac(
      { 'package.json': manifest(tools), 'bad.js': 'debugger;\n', 'good.js': "let a = {'b' :1}\n" },
      `npm install && ls node_modules/@biomejs; ${say.join('; ')}; npx biome format --write good.js >/dev/null; cat good.js; npx biome lint bad.js; echo "code $?"`,
    );
    expect(stderr).not.toMatch(/npm error/);
    // Of the builds for a processor none is here.
    expect(stdout).toMatch(/^biome\nbiome: /m);
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^${name}: .*\\d+\\.\\d+\\.\\d+`, 'm'));
    expect(stdout).toContain('let a = { b: 1 };\n');
    expect(stdout).toContain('code 1\n');
    expect(stderr).toContain('noDebugger');
  });

  it('without a runtime, the failure of node-gyp says what is missing', async () => {
    const files = { 'package.json': manifest({ 'node-pty': '1.1.0' }) };
    const { code, stderr } = await oac(files, 'runtime disconnect; npm install');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/node-gyp builds for a processor.*no external runtime is connected.*npm start/);
  });
});
