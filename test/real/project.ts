import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plainEnvironment } from './environment.ts';
import { pinnedNode } from '../../scripts/node-layer/package-cache.mjs';

const GUEST = '/home/project';
const repository = path.resolve('.');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A package of this repository and everything that it needs at run time, by name. */
function closureOf(names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const text = readFileSync(path.join(repository, 'node_modules', name, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
    for (const dependency of Object.keys(dependencies)) visit(dependency);
  };
  for (const name of names) visit(name);
  return [...found];
}

/** Ends the input and collects what a program says. `cwd` is left out of the text, so that two places compare. */
async function run(command: string, args: readonly string[], cwd: string, input: string): Promise<Outcome> {
  const child = spawn(command, args, { cwd, stdio: 'pipe', env: plainEnvironment() });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const collect = async (stream: NodeJS.ReadableStream): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  };
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** A project on disk that runs both on native Node and through `oac`. */
export class Project {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'oac-real-')));
  readonly #packages: string[];

  constructor(files: Record<string, string>, packages: readonly string[] = []) {
    this.#packages = closureOf(packages);
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** `node args…` on the pinned native Node, the project's own folder called by its name in the container. */
  async native(args: readonly string[], input = ''): Promise<Outcome> {
    const { binary } = await pinnedNode();
    const modules = path.join(this.folder, 'node_modules');
    symlinkSync(path.join(repository, 'node_modules'), modules);
    try {
      const outcome = await run(binary, ['--preserve-symlinks', ...args], this.folder, input);
      const named = (text: string): string => text.replaceAll(this.folder, GUEST);
      return { ...outcome, stdout: named(outcome.stdout), stderr: named(outcome.stderr) };
    } finally {
      rmSync(modules);
    }
  }

  /** The same through `oac`. */
  oac(args: readonly string[], input = '', options: readonly string[] = []): Promise<Outcome> {
    const mounts = this.#packages.flatMap((name) => [
      '--mount',
      `${path.join(repository, 'node_modules', name)}:${GUEST}/node_modules/${name}`,
    ]);
    const words = ['--mount', this.folder, ...mounts, ...options, '--', 'node', ...args];
    return run(process.execPath, [path.join(repository, 'bin/oac.js'), ...words], this.folder, input);
  }

  /** Absolute path of a package's file in the container, by its own `bin`. */
  static bin(name: string, command = name): string {
    const require = createRequire(import.meta.url);
    const file = path.join(repository, 'node_modules', name, 'package.json');
    const { bin } = require(file) as { bin: string | Record<string, string> };
    const relative = typeof bin === 'string' ? bin : bin[command];
    if (relative === undefined) throw new Error(`${name} has no command ${command}`);
    return `node_modules/${name}/${relative.replace(/^\.\//, '')}`;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
