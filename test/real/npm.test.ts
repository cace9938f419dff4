import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIST } from '../../src/cli/headless.ts';
import { ALL } from './all.ts';
import { App, HASHES, nativeNpm } from './app.ts';
import { registryProblem } from './registry.ts';

const MANIFEST = '{"name":"installed","version":"1.0.0","private":true}\n';
const WANTED = ['express@5.1.0', 'typescript@5.9.3'];

describe.skipIf(registryProblem !== undefined)('npm in the container', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'oac-npm-'));
  let app: App;

  beforeAll(async () => {
    app = await App.open({});
    writeFileSync(path.join(folder, 'package.json'), MANIFEST);
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('installs express and typescript as native npm does: lockfile and tree, byte for byte', async () => {
    const native = await nativeNpm(['install', ...WANTED], folder);
    expect(native.code).toBe(0);
    const contained = await app.contained(`npm install ${WANTED.join(' ')} --no-audit --no-fund`, {
      files: { 'package.json': MANIFEST, 'hashes.cjs': HASHES },
    });
    expect(contained).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['package-lock.json', 'package.json']) {
      const { stdout } = await app.contained(`cat ${name}`);
      expect(stdout).toBe(readFileSync(path.join(folder, name), 'utf8'));
    }
    writeFileSync(path.join(app.folder, 'hashes.cjs'), HASHES);
    const hashes = `cd ${folder} && node ${path.join(app.folder, 'hashes.cjs')} node_modules`;
    const there = await app.contained('node hashes.cjs node_modules');
    expect(there.code).toBe(0);
    expect(there.stdout.length).toBeGreaterThan(10_000);
    expect(there.stdout).toBe((await app.native(hashes)).stdout);
  });

  it('what it installed runs', async () => {
    const files = {
      'server.js': `
        const express = require('express');
        const server = express().get('/', (request, response) => response.json({ query: request.query })).listen(0, async () => {
          const answer = await fetch('http://localhost:' + server.address().port + '/?a=1');
          console.log(answer.status, await answer.text());
          server.close();
        });`,
      'wrong.ts': 'const text: string = 1;\nconsole.log(text);\n',
    };
    expect(await app.contained('node server.js', { files })).toEqual({
      code: 0,
      stdout: '200 {"query":{"a":"1"}}\n',
      stderr: '',
    });
    const { code, stdout } = await app.contained('npx tsc --noEmit wrong.ts');
    expect(stdout).toBe("wrong.ts(1,7): error TS2322: Type 'number' is not assignable to type 'string'.\n");
    expect(code).toBe(2);
  });

  it('npm ci takes the lockfile as it is, and ls shows the tree', async () => {
    const outcome = await app.contained('rm -r node_modules && npm ci --no-audit --no-fund && npm ls --all');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('express@5.1.0');
  });

  it.skipIf(!ALL)(
    'init, scripts, pack, lifecycle scripts, links of commands, exec, ls: the same without a registry',
    async () => {
      const npm = path.join(DIST, 'assets/npm/bin/npm-cli.js');
      const files = {
        'hashes.cjs': HASHES,
        'dep/package.json': JSON.stringify({
          name: 'dep',
          version: '1.2.3',
          bin: { dep: 'cli.js', 'dep-too': 'too.sh' },
          files: ['cli.js', 'too.sh'],
          scripts: {
            preinstall: 'echo before',
            postinstall: 'node cli.js $npm_lifecycle_event > made.txt',
            prepack: 'echo packs',
          },
        }),
        'dep/cli.js':
          '#!/usr/bin/env node\nconsole.log(process.argv.slice(2), process.env.npm_package_name);\n',
        'dep/too.sh': '#!/bin/sh\necho too "$@"\n',
        'dep/left.txt': 'not packed',
      };
      const line = `
      rm -rf work; mkdir work; cd work; npm init -y; cat package.json;
      npm pkg set scripts.prehello='echo before' scripts.hello='dep a "b c"' scripts.fails='exit 3'; npm run;
      (cd ../dep && npm pack --json | grep -v -e shasum -e integrity && chmod 755 cli.js);
      npm install ../dep/dep-1.2.3.tgz --foreground-scripts; cat node_modules/dep/made.txt;
      for name in node_modules/.bin/*; do echo "$name" "$(readlink "$name")"; done;
      npm run hello; npm run hello -- more; npm run fails; echo $?; npm run none; echo $?;
      npm exec -- dep-too x y; npm exec -c 'echo $npm_package_version'; npm ls --all; npm ls --json; npm explain dep;
      cat package-lock.json; npm ci --foreground-scripts; node ../hashes.cjs node_modules; npm pack --dry-run;
      npm uninstall dep; npm ls; npm version patch`;
      const normalize = (text: string): string =>
        text
          .replace(/^npm error (?:A complete log|.*-debug-).*\n/gm, '')
          .replace(/in \d+m?s/g, 'in some time');
      const env = {
        npm_config_audit: 'false',
        npm_config_fund: 'false',
        npm_config_update_notifier: 'false',
      };
      const native = await app.native(`npm() { node ${npm} "$@"; }; ${line}`, {
        files,
        env: { ...env, npm_config_userconfig: '/dev/null', npm_config_cache: path.join(folder, 'cache') },
      });
      const contained = await app.contained(line, { files, env });
      expect({
        ...contained,
        stdout: normalize(contained.stdout),
        stderr: normalize(contained.stderr),
      }).toEqual({ ...native, stdout: normalize(native.stdout), stderr: normalize(native.stderr) });
    },
  );
});
