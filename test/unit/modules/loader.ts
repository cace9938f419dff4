import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setImportCallback } from '../../../polyfills/bindings/dynamic_import.ts';
import { createModuleWrap } from '../../../polyfills/bindings/module_wrap.ts';
import type { NodeContext } from '../../../polyfills/context.ts';
import { createTestContext } from './context.ts';

interface Wrap {
  url: string;
  getModuleRequests(): { specifier: string; attributes: Record<string, string> }[];
  link(wraps: Wrap[]): void;
  instantiate(): void;
  evaluate(timeout: number, sigint: boolean): Promise<unknown>;
  evaluateSync(): object;
  getNamespace(): Record<string, unknown>;
  getStatus(): number;
  getError(): unknown;
  setExport(name: string, value: unknown): void;
  hasAsyncGraph: boolean;
}

export interface Binding {
  ModuleWrap: new (...parameters: unknown[]) => Wrap;
  setInitializeImportMetaObjectCallback(callback: (id: symbol, meta: object, wrap: Wrap) => void): void;
  createRequiredModuleFacade(wrap: Wrap): Record<string, unknown>;
}

export type Files = Record<string, string>;

/** The smallest host: modules of a map of files, each loaded once. */
export class Loader {
  readonly context: NodeContext = createTestContext();
  readonly binding = createModuleWrap(this.context) as Binding;
  readonly wraps = new Map<string, Wrap>();
  readonly #files: Files;
  readonly #id = Symbol('loader');

  constructor(files: Files) {
    this.#files = files;
    this.binding.setInitializeImportMetaObjectCallback((_id, meta, wrap) => {
      (meta as { url: string }).url = 'file://' + wrap.url;
    });
    setImportCallback(this.context, async (_referrer, specifier, _phase, _attributes, name) => {
      const wrap = this.load(resolve(dirname(name ?? '/'), specifier));
      wrap.instantiate();
      await wrap.evaluate(-1, false);
      return wrap.getNamespace();
    });
  }

  load(path: string): Wrap {
    const known = this.wraps.get(path);
    if (known) return known;
    const source = this.#files[path.slice(1)];
    if (source === undefined) throw new Error(`Cannot find module '${path}'`);
    const wrap = new this.binding.ModuleWrap(path, undefined, source, 0, 0, this.#id);
    this.wraps.set(path, wrap);
    wrap.link(wrap.getModuleRequests().map(({ specifier }) => this.load(resolve(dirname(path), specifier))));
    return wrap;
  }

  async run(entry: string): Promise<Record<string, unknown>> {
    const wrap = this.load('/' + entry);
    wrap.instantiate();
    await wrap.evaluate(-1, false);
    return wrap.getNamespace();
  }
}

declare global {
  var log: (...values: unknown[]) => void;
}

/** Runs main.mjs of `files` by our records; gives what it logged. */
export async function runHere(files: Files): Promise<string[]> {
  const lines: string[] = [];
  globalThis.log = (...values) => void lines.push(values.map(String).join(' '));
  try {
    await new Loader(files).run('main.mjs');
    await new Promise((done) => setTimeout(done, 5));
  } catch (error) {
    lines.push(`thrown ${(error as Error).name}: ${(error as Error).message}`);
  }
  return lines;
}

const HOST = `globalThis.log = (...values) => console.log(values.map(String).join(' '));
try { await import('./main.mjs') } catch (error) { log('thrown ' + error.name + ': ' + error.message) }`;

/** The same by the modules of the node that runs the tests. */
export function runByNode(files: Files): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'));
  try {
    for (const [name, text] of Object.entries({ ...files, 'host.mjs': HOST })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', join(folder, 'host.mjs')], {
      encoding: 'utf8',
    });
    if (stderr) throw new Error(stderr);
    return stdout.split('\n').slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
