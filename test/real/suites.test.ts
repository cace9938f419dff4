import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { App, GUEST, type Packages } from './app.ts';
import { registryProblem } from './registry.ts';

/**
 * The sources of applications with their own tests, by the names of their packages: they are not part of what npm gives,
 * and not of this repository.
 */
const SUITES = process.env['OAC_SUITES'];
if (SUITES === undefined) {
  process.stderr.write("Applications' own suites are skipped: OAC_SUITES=folder names their sources.\n");
}

interface Suite {
  name: string;
  packages: Packages;
  /** Prints one line a test, `ok` or `not ok` first. */
  command: string;
  /** Titles of tests that fail in a container only, and why. */
  known?: Readonly<Record<string, string>>;
}

const MOCHA = 'mocha --exit --reporter tap';
const LIST: readonly Suite[] = [
  { name: 'commander', packages: { commander: '15.1.0' }, command: 'node --test --test-reporter tap' },
  {
    name: 'express',
    packages: {
      express: '5.3.0',
      after: '0.8.2',
      'connect-redis': '8.0.1',
      'cookie-parser': '1.4.7',
      'cookie-session': '2.1.1',
      ejs: '3.1.10',
      'express-session': '1.18.1',
      hbs: '4.2.1',
      marked: '15.0.3',
      'method-override': '3.0.0',
      mocha: '11.7.5',
      morgan: '1.11.0',
      'pbkdf2-password': '1.2.1',
      supertest: '6.3.4',
      vhost: '3.0.2',
    },
    command: `${MOCHA} --require test/support/env --check-leaks test/ test/acceptance/`,
  },
  {
    name: 'ws',
    packages: { ws: '8.23.0', mocha: '8.4.0' },
    command: `${MOCHA} --throw-deprecation test/*.test.js`,
  },
  { name: 'koa', packages: { koa: '3.3.0', supertest: '7.3.2' }, command: 'node --test --test-reporter tap' },
  {
    name: 'fs-extra',
    packages: {
      'fs-extra': '11.4.1',
      klaw: '2.1.1',
      'klaw-sync': '3.0.2',
      minimist: '1.2.8',
      mocha: '10.8.2',
      proxyquire: '2.1.3',
      'read-dir-files': '0.1.1',
      rimraf: '2.7.1',
    },
    command: 'node test.js --reporter tap',
    ...(process.getuid?.() === 0
      ? {
          known: {
            'ncp / error / dest-permission should return an error':
              'passes; not there natively for the superuser',
          },
        }
      : {}),
  },
];

/** Title → how many of that title passed and failed, without numbers, durations and reasons. */
function resultsOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, status, title] = /^\s*(ok|not ok) \d+ (?:- )?(.*?)(?: # [A-Z]+.*)?$/.exec(line) ?? [];
    if (status !== undefined && title !== undefined) found[title] = `${found[title] ?? ''}${status} `;
  }
  return found;
}

describe.each(LIST)('own tests of $name', ({ name, packages, command, known = {} }) => {
  const source = path.join(SUITES ?? '', name);
  const runs = SUITES !== undefined && registryProblem === undefined && existsSync(source);
  let app: App | undefined;
  beforeAll(async () => {
    if (!runs) return;
    app = await App.open(packages);
    cpSync(source, path.join(app.folder, 'suite'), { recursive: true });
    await app.session.mount(source, `${GUEST}/suite`);
  });
  afterAll(async () => {
    await app?.close();
  });

  it.skipIf(!runs)(`the suite of ${name}: test by test`, async () => {
    if (app === undefined) throw new Error('The application opens before the first test.');
    const line = `cd suite && ${command}`;
    const native = resultsOf((await app.native(line)).stdout);
    const contained = resultsOf((await app.contained(line)).stdout);
    expect(Object.keys(native).length).toBeGreaterThan(50);
    const differing = Object.keys({ ...native, ...contained }).filter(
      (title) => native[title] !== contained[title],
    );
    process.stderr.write(
      `${name}: ${Object.keys(native).length - differing.length} of ${Object.keys(native).length} titles equal\n`,
    );
    expect(differing.sort()).toEqual(Object.keys(known).sort());
  });
});
