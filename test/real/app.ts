/**
 * A real application: pinned packages, installed once by the bundled npm and kept in .cache/real, that run on the pinned
 * native Node and in a container (a copy of the same folder), with what they say compared.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { pinnedNode } from '../../scripts/node-layer/package-cache.mjs';
import { DIST, Session } from '../../src/cli/headless.ts';
import { plainEnvironment } from './environment.ts';
import { registry } from './registry.ts';

export const GUEST = '/home/project';
const CACHE = path.resolve('.cache/real');
const NPM = path.join(DIST, 'assets/npm/bin/npm-cli.js');

/** Package → exact version. */
export type Packages = Readonly<Record<string, string>>;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Step {
  /** Written before the command runs; path within the project → text. */
  files?: Record<string, string>;
  input?: string;
  env?: Record<string, string>;
  /** Takes out what may differ, such as durations. Default: nothing. */
  normalize?: (text: string) => string;
}

export interface AppOptions {
  /** Further fields of its package.json. */
  manifest?: Record<string, unknown>;
  /** Arguments of npm install, such as `--include=dev`. */
  install?: readonly string[];
  /** In the container by the native folder's name, for what hashes names of folders. Default: at GUEST. */
  samePlace?: boolean;
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function runNative(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input?: string },
): Promise<Outcome> {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** npm reads no settings of this machine but the registry, so that a lockfile is the same everywhere. */
export function npmEnvironment(): NodeJS.ProcessEnv {
  return {
    ...plainEnvironment(),
    npm_config_registry: registry,
    npm_config_userconfig: '/dev/null',
    npm_config_globalconfig: path.join(CACHE, 'none'),
    npm_config_cache: path.join(CACHE, 'npm'),
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    // As in a container: what is installed here runs there too.
    npm_config_cpu: 'wasm32',
    ...(process.env['NODE_EXTRA_CA_CERTS'] ? { npm_config_cafile: process.env['NODE_EXTRA_CA_CERTS'] } : {}),
  };
}

/** The bundled npm on the pinned native Node. */
export async function nativeNpm(args: readonly string[], cwd: string): Promise<Outcome> {
  const { binary } = await pinnedNode();
  return runNative(binary, [NPM, ...args], { cwd, env: npmEnvironment() });
}

/** → the folder with the packages installed in it. */
export async function installed(
  packages: Packages,
  { manifest = {}, install = [] }: AppOptions = {},
): Promise<string> {
  const text = `${JSON.stringify({ name: 'app', version: '1.0.0', private: true, ...manifest, dependencies: packages }, null, 2)}\n`;
  const npm = readFileSync(path.join(DIST, 'assets/npm/built-from.json'));
  const key = createHash('sha256').update(text).update(install.join(' ')).update(npm).digest('hex');
  const folder = path.join(
    CACHE,
    `${Object.keys(packages)[0]?.replaceAll(/\W/g, '-') ?? 'none'}-${key.slice(0, 12)}`,
  );
  if (existsSync(folder)) return folder;
  const aside = `${folder}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  writeFileSync(path.join(aside, 'package.json'), text);
  const { code, stderr } = await nativeNpm(['install', ...install], aside);
  if (code !== 0) throw new Error(`npm install ended with ${code}:\n${stderr}`);
  renameSync(aside, folder);
  return folder;
}

/**
 * Outside of this repository, whose node_modules and settings would be found above it, and with a name as long as the
 * guest's, so that what is wrapped by its length is wrapped alike.
 */
function copied(folder: string): string {
  const copy = realpathSync(mkdtempSync(path.join(tmpdir(), 'p-')));
  cpSync(folder, copy, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
  });
  return copy;
}

export class App {
  readonly folder: string;
  readonly session: Session;
  /** Its folder in the container. */
  readonly guest: string;

  private constructor(folder: string, session: Session, guest: string) {
    this.folder = folder;
    this.session = session;
    this.guest = guest;
  }

  static async open(packages: Packages, options: AppOptions = {}): Promise<App> {
    const folder = copied(await installed(packages, options));
    const session = await Session.open();
    const guest = options.samePlace ? folder : GUEST;
    await session.mount(folder, guest);
    return new App(folder, session, guest);
  }

  /** A line of shell on native Node, in the project's folder, that being called by its name in the container. */
  async native(command: string, { files = {}, input, env = {} }: Step = {}): Promise<Outcome> {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const { binary } = await pinnedNode();
    const places = [path.join(this.folder, 'node_modules/.bin'), path.dirname(binary), process.env['PATH']];
    const outcome = await runNative('sh', ['-c', command], {
      cwd: this.folder,
      env: { ...plainEnvironment(), ...env, PATH: places.join(':') },
      ...(input === undefined ? {} : { input }),
    });
    const named = (text: string): string => text.replaceAll(this.folder, this.guest);
    return { ...outcome, stdout: named(outcome.stdout), stderr: named(outcome.stderr) };
  }

  /** The same in the container. */
  async contained(command: string, { files = {}, input, env = {} }: Step = {}): Promise<Outcome> {
    for (const [name, text] of Object.entries(files)) {
      if (name.includes('/'))
        await this.session.makeDirectory(path.posix.join(this.guest, path.posix.dirname(name)));
      await this.session.writeFile(path.posix.join(this.guest, name), text);
    }
    const run = await this.session.spawn('sh', {
      args: ['-c', command],
      cwd: this.guest,
      env: { ...env, PATH: `${this.guest}/node_modules/.bin:/usr/local/bin:/usr/bin:/bin` },
    });
    run.stdin.end(input ?? '');
    const [stdout, stderr, { code, signal }] = await Promise.all([
      collect(run.stdout),
      collect(run.stderr),
      run.exited,
    ]);
    return { code: signal === null ? code : null, stdout, stderr };
  }

  /** Runs it in both places and compares exit code, output and errors. */
  async expectSame(command: string, step: Step = {}): Promise<Outcome> {
    const { normalize = (text: string) => text } = step;
    const plain = ({ code, stdout, stderr }: Outcome): Outcome => ({
      code,
      stdout: normalize(stdout),
      stderr: normalize(stderr),
    });
    const native = await this.native(command, step);
    expect(plain(await this.contained(command, step))).toEqual(plain(native));
    return native;
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.session.close();
  }
}

/** An application for the tests of one `describe`: opened before the first of them, closed after the last. */
export function useApp(packages: Packages, options: AppOptions = {}): { readonly app: App } {
  let opened: App | undefined;
  beforeAll(async () => {
    opened = await App.open(packages, options);
  });
  afterAll(() => opened?.close());
  return {
    get app(): App {
      if (opened === undefined) throw new Error('The application opens before the first test.');
      return opened;
    },
  };
}

/** A program that prints the hash and name of every file below the folders of its command line. */
export const HASHES = `
  const { readdirSync, readFileSync } = require('fs');
  const { createHash } = require('crypto');
  for (const folder of process.argv.slice(2)) {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of names.map((entry) => entry.parentPath + '/' + entry.name).sort()) {
      console.log(createHash('sha256').update(readFileSync(file)).digest('hex'), file);
    }
  }`;
