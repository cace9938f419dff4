/** File systems with Node's fs API in one script for a page: memfs, ZenFS InMemory, ZenFS WebAccess. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** What a bundler puts in the place of Node's modules that memfs imports; streams of memfs are not used here. */
const HOST = `
const parts = (path) => {
  const out = [];
  for (const part of path.split('/')) {
    if (part === '..') out.pop();
    else if (part !== '' && part !== '.') out.push(part);
  }
  return out;
};
const resolve = (...paths) => '/' + parts(paths.reduce((base, path) => (path.startsWith('/') ? path : base + '/' + path), '/')).join('/');
const dirname = (path) => path.slice(0, Math.max(1, path.lastIndexOf('/')));
const basename = (path) => path.slice(path.lastIndexOf('/') + 1);
const join = (...paths) => (paths[0]?.startsWith('/') ? '/' : '') + parts(paths.join('/')).join('/');
const isAbsolute = (path) => path.startsWith('/');
const path = { resolve, dirname, basename, join, normalize: join, isAbsolute, sep: '/', relative: (from, to) => join(to) };
path.posix = path;
class EventEmitter { on() { return this; } once() { return this; } emit() { return false; } removeListener() { return this; } }
class Stream extends EventEmitter {}
module.exports = { ...path, path, posix: path, EventEmitter, Readable: Stream, Writable: Stream, URL, fileURLToPath: String };
`;

const SOURCE = `
import { createFsFromVolume, Volume } from 'memfs';
import { configureSingle, fs as zenfs, InMemory } from '@zenfs/core';
import { WebAccess } from '@zenfs/dom';
globalThis.foreign = {
  memfs: () => createFsFromVolume(new Volume()),
  async inMemory() { await configureSingle({ backend: InMemory, label: String(Math.random()) }); return zenfs; },
  async webAccess() {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getDirectoryHandle('zenfs' + Math.random(), { create: true });
    await configureSingle({ backend: WebAccess, handle });
    return zenfs;
  },
};
`;

export function foreignFilesScript(): string {
  const host = `data:text/javascript,${encodeURIComponent(HOST)}`;
  const built = buildSync({
    stdin: { contents: SOURCE, resolveDir: fileURLToPath(new URL('../../../..', import.meta.url)) },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
    alias: {
      'node:buffer': 'buffer',
      ...Object.fromEntries(['events', 'path', 'stream', 'url'].map((name) => [`node:${name}`, host])),
    },
  });
  return built.outputFiles[0]?.text ?? '';
}
