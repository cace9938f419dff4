import { afterAll, expect, test } from 'vitest';
import { startRegistry } from '../support/npm-registry.ts';
import { usePage } from './harness.ts';

/** Any name that is not this machine's own: what a container calls localhost is itself. */
const HOST = 'registry.example.org';
const { run } = usePage({ flags: [`--host-resolver-rules=MAP ${HOST} 127.0.0.1`] });

const { server, address } = await startRegistry(HOST, [
  {
    manifest: { name: 'right', version: '1.0.0', main: 'main.js' },
    files: { 'main.js': "module.exports = 'right 1.0.0';\n" },
  },
  {
    manifest: { name: 'right', version: '1.2.0', main: 'main.js' },
    files: { 'main.js': "module.exports = 'right 1.2.0';\n" },
  },
  {
    manifest: {
      name: 'left',
      version: '2.0.0',
      bin: { left: 'bin/left.js' },
      dependencies: { right: '^1.0.0' },
    },
    files: {
      'bin/left.js':
        "#!/usr/bin/env node\nconsole.log('left of', require('right'), ...process.argv.slice(2));\n",
    },
  },
  { manifest: { name: 'damaged', version: '1.0.0' }, files: {}, damaged: true },
  { manifest: { name: 'esbuild', version: '0.9.1' }, files: {} },
  {
    manifest: { name: 'esbuild-wasm', version: '0.9.0', directories: { bin: 'bin' } },
    files: { 'bin/esbuild': "#!/usr/bin/env node\nconsole.log('the command');\n" },
  },
  { manifest: { name: '@parcel/watcher', version: '2.6.0' }, files: {} },
  { manifest: { name: '@parcel/watcher-wasm', version: '2.5.1' }, files: {} },
  { manifest: { name: '@parcel/watcher-wasm', version: '2.6.0' }, files: {} },
  {
    manifest: {
      name: 'compiled',
      version: '1.0.0',
      napi: { packageName: '@own/compiled', targets: ['x86_64-unknown-linux-gnu', 'wasm32-wasip1-threads'] },
      dependencies: { esbuild: '0.9.1' },
      optionalDependencies: { '@own/compiled-linux-x64-gnu': '1.0.0', bufferutil: '1.0.0' },
    },
    files: {},
  },
  { manifest: { name: 'bufferutil', version: '1.0.0' }, files: {} },
  {
    manifest: { name: '@own/compiled-linux-x64-gnu', version: '1.0.0', os: ['linux'], cpu: ['x64'] },
    files: {},
  },
  { manifest: { name: 'typescript', version: '6.1.0' }, files: {} },
  { manifest: { name: 'typescript', version: '7.0.0' }, files: {} },
  {
    manifest: {
      name: 'checker',
      version: '1.0.0',
      peerDependencies: { typescript: '>=5.0.0' },
      dependencies: { pnpm: '12.0.0', '@parcel/watcher': '^2.5.4', 'unrs-resolver': '^1.9.2' },
    },
    files: {},
  },
  { manifest: { name: 'unrs-resolver', version: '1.12.2' }, files: {} },
  { manifest: { name: 'unrs-resolver', version: '1.13.0' }, files: {} },
  { manifest: { name: 'pnpm', version: '11.2.0' }, files: {} },
  { manifest: { name: 'pnpm', version: '12.0.0' }, files: {} },
  { manifest: { name: '@own/compiled-wasm32-wasi', version: '1.0.0', cpu: ['wasm32'] }, files: {} },
]);
afterAll(() => server.close());

const PINNED = /^11\.\d+\.\d+\n$/;

test('npm and npx are on the PATH; init, run and lifecycle scripts through the shell, pack, ls', async () => {
  const { outcomes, packed } = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const exec = async (line: string) => {
      const { exitCode, stdout, stderr } = await container.exec(line);
      return { exitCode, stdout, stderr };
    };
    const first = [await exec('npm --version'), await exec('npx --version'), await exec('npm init -y')];
    await container.fs.writeFile(
      'package.json',
      JSON.stringify({
        name: 'own',
        version: '1.0.0',
        scripts: {
          prebuild: 'echo before',
          build: 'echo "$npm_lifecycle_event of $npm_package_name" | tr a-z A-Z && node -p 1+1',
          postbuild: 'echo after',
          fail: 'exit 3',
        },
        files: ['lib'],
      }),
    );
    await container.fs.mkdir('lib');
    await container.fs.writeFile('lib/a.js', '1\n');
    const rest = [
      await exec('npm run -s build'),
      await exec('npm run -s fail'),
      await exec('npm pack --silent'),
      await exec('npm ls'),
    ];
    const packed = await exec('npm pack --dry-run --json');
    await container.teardown();
    const [{ files } = { files: [] as { path: string }[] }] = JSON.parse(packed.stdout) as {
      files: { path: string }[];
    }[];
    return { outcomes: [...first, ...rest], packed: files.map(({ path }) => path) };
  });
  const [npm, npx, init, build, fail, pack, ls] = outcomes;
  expect([npm?.stdout, npx?.stdout]).toEqual([expect.stringMatching(PINNED), npm?.stdout]);
  expect(init).toMatchObject({ exitCode: 0, stderr: '' });
  expect(init?.stdout).toContain('"main": "index.js"');
  expect(build).toEqual({ exitCode: 0, stdout: 'before\nBUILD OF OWN\n2\nafter\n', stderr: '' });
  expect(fail?.exitCode).toBe(3);
  expect(pack).toMatchObject({ exitCode: 0, stdout: 'own-1.0.0.tgz\n' });
  expect(packed).toEqual(['lib/a.js', 'package.json']);
  expect(ls?.stdout).toBe('own@1.0.0 /home/project\n└── (empty)\n\n');
});

test('installs from the registry that boot names: lockfile, .bin links, npm ci, npx; integrity is checked', async () => {
  const result = await run(async ({ OpenAgentsContainer }, registry) => {
    const container = await OpenAgentsContainer.boot({ registry });
    const exec = async (line: string) => {
      const { exitCode, stdout, stderr } = await container.exec(line);
      return { exitCode, stdout, stderr };
    };
    await container.fs.writeFile('package.json', '{"name":"own","version":"1.0.0"}');
    const install = await exec('npm install left right@1.0.0 --no-audit');
    const lock = await container.fs.readFile('package-lock.json', 'utf-8');
    const left = await exec('node_modules/.bin/left a "b c"');
    const again = await exec('rm -r node_modules && npm ci --offline --no-audit && npx left');
    const damaged = await exec('npm install damaged --no-audit');
    const missing = await exec('npm install nowhere');
    const unreachable = await exec('npm install left --registry https://registry.invalid/ --fetch-retries 0');
    await container.teardown();
    return { install, lock, left, again, damaged, missing, unreachable };
  }, address);
  expect(result.install).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.install.stdout).toMatch(/^\nadded 2 packages in /);
  const lock = JSON.parse(result.lock) as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/left', 'node_modules/right']);
  expect(lock.packages['node_modules/right']).toMatchObject({
    version: '1.0.0',
    resolved: `${address}right/-/right-1.0.0.tgz`,
    integrity: expect.stringMatching(/^sha512-/) as string,
  });
  expect(result.left).toEqual({ exitCode: 0, stdout: 'left of right 1.0.0 a b c\n', stderr: '' });
  expect(result.again.exitCode).toBe(0);
  expect(result.again.stdout).toMatch(/added 2 packages in .*\nleft of right 1\.0\.0\n$/s);
  expect(result.damaged.exitCode).toBe(1);
  expect(result.damaged.stderr).toContain('npm error code EINTEGRITY');
  expect(result.missing.stderr).toContain('npm error code E404');
  expect(result.unreachable.stderr).toContain('npm error code ENOTFOUND');
});

test('of packages that are compiled for a processor it takes the WebAssembly build, and says so', async () => {
  const result = await run(async ({ OpenAgentsContainer }, registry) => {
    const container = await OpenAgentsContainer.boot({ registry });
    const exec = async (line: string) => {
      const { exitCode, stdout, stderr } = await container.exec(line);
      return { exitCode, stdout, stderr };
    };
    await container.fs.writeFile('package.json', '{"name":"own","version":"1.0.0"}');
    const install = await exec('npm install compiled esbuild@0.9 --no-audit');
    const manifest = await container.fs.readFile('package.json', 'utf-8');
    const tree = await exec('npm ls --all');
    const names = await exec('ls node_modules node_modules/@own');
    const command = await exec('node_modules/.bin/esbuild');
    const again = await exec(
      'rm -r node_modules && npm ci --no-audit && node_modules/.bin/esbuild && ls node_modules node_modules/@own',
    );
    const native = await exec('npm install --cpu=x64 --no-audit && ls node_modules/@own');
    await container.teardown();
    return { install, manifest, tree, names, command, again, native };
  }, address);
  expect(result.install.exitCode).toBe(0);
  expect(result.install.stderr.split('\n').sort()).toEqual([
    '',
    'npm notice compiled: with @own/compiled-wasm32-wasi@1.0.0, which is WebAssembly',
    'npm notice esbuild: esbuild-wasm@0.9.0 in its place, which is WebAssembly',
  ]);
  expect(result.tree.stdout).toBe(`own@1.0.0 /home/project
├─┬ compiled@1.0.0
│ ├── UNMET OPTIONAL DEPENDENCY @own/compiled-linux-x64-gnu@1.0.0
│ ├── @own/compiled-wasm32-wasi@1.0.0
│ ├── UNMET OPTIONAL DEPENDENCY bufferutil@1.0.0
│ └── esbuild@npm:esbuild-wasm@0.9.0 deduped
└── esbuild@npm:esbuild-wasm@0.9.0

`);
  const { dependencies } = JSON.parse(result.manifest) as { dependencies: unknown };
  expect(dependencies).toEqual({ compiled: '^1.0.0', esbuild: '^0.9.0' });
  const names = 'node_modules:\n@own\ncompiled\nesbuild\n\nnode_modules/@own:\ncompiled-wasm32-wasi\n';
  expect(result.names.stdout).toBe(names);
  expect(result.command.stdout).toBe('the command\n');
  expect(result.again).toMatchObject({ exitCode: 0 });
  expect(result.again.stdout.endsWith(names)).toBe(true);
});

test('of packages that went over to native code it takes the last version that runs, and says so', async () => {
  const result = await run(async ({ OpenAgentsContainer }, registry) => {
    const container = await OpenAgentsContainer.boot({ registry });
    const exec = async (line: string) => {
      const { exitCode, stdout, stderr } = await container.exec(line);
      return { exitCode, stdout, stderr };
    };
    await container.fs.writeFile(
      'package.json',
      '{"name":"own","version":"1.0.0","devDependencies":{"typescript":"^7.0.0"}}',
    );
    const install = await exec('npm install checker --no-audit');
    const tree = await exec('npm ls --all');
    const again = await exec('rm -r node_modules && npm ci --no-audit && npm ls');
    const asked = await exec('mkdir asked && cd asked && npm init -y && npm install typescript && npm ls');
    await container.teardown();
    return { install, tree, again, asked };
  }, address);
  const told =
    'npm notice typescript: typescript@6.1.0 in its place, which is JavaScript, the last of its versions that is';
  expect(result.install.stderr.split('\n').sort()).toEqual([
    '',
    'npm notice @parcel/watcher: @parcel/watcher-wasm@2.5.1 in its place, which is WebAssembly',
    'npm notice pnpm: pnpm@11.2.0 in its place, which is JavaScript, the last of its versions that is',
    told,
    'npm notice unrs-resolver: unrs-resolver@1.12.2 in its place, which is the last of its versions for WebAssembly',
  ]);
  expect(result.tree.stdout).toBe(`own@1.0.0 /home/project
├─┬ checker@1.0.0
│ ├── @parcel/watcher@npm:@parcel/watcher-wasm@2.5.1
│ ├── pnpm@11.2.0
│ ├── typescript@6.1.0 deduped
│ └── unrs-resolver@1.12.2
└── typescript@6.1.0

`);
  expect(result.again).toMatchObject({ exitCode: 0 });
  expect(result.asked.stderr).toContain(told);
  expect(result.asked.stdout).toContain('└── typescript@6.1.0');
});
