// Builds Node's library for the process workers: dist/assets/node/*. Cached by content.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { version as acornVersion } from 'acorn';
import { bundle } from './bundle.mjs';
import { cacheDirectory, pinnedNode } from './package-cache.mjs';
import { applyPatches } from './patches.mjs';
import { NODE_VERSION } from './version.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
export const FACTS_FILE = path.join(ROOT, 'polyfills/generated/facts.json');
const run = promisify(execFile);

/** A hash of everything that the built library depends on. */
async function buildKey() {
  const hash = createHash('sha256').update(`${NODE_VERSION}\0${acornVersion}\0`);
  hash.update(await readFile(FACTS_FILE));
  const names = (await readdir(import.meta.dirname)).sort();
  for (const name of names) hash.update(name).update(await readFile(path.join(import.meta.dirname, name)));
  return hash.digest('hex');
}

/**
 * Reads sources and facts out of the pinned binary.
 * @returns {Promise<{ natives: Record<string, string>, extra: { config: string, help: Record<string, string>, rootCertificates: readonly string[] },
 *   facts: string, isTarget: boolean, license: string }>}
 */
export async function readPinnedNode() {
  const { binary, license, isTarget } = await pinnedNode();
  const script = path.join(import.meta.dirname, 'dump.cjs');
  const key = createHash('sha256')
    .update(await readFile(script))
    .digest('hex')
    .slice(0, 16);
  const directory = path.join(cacheDirectory(), `dump-${NODE_VERSION}-${key}`);
  if (!existsSync(path.join(directory, 'extra.json'))) {
    const env = { ...process.env };
    delete env.NODE_OPTIONS;
    await run(binary, ['--expose-internals', '--no-warnings', script, directory], { env });
  }
  const read = (name) => readFile(path.join(directory, name), 'utf8');
  return {
    natives: JSON.parse(await read('natives.json')),
    extra: JSON.parse(await read('extra.json')),
    facts: await read('facts.json'),
    isTarget,
    license,
  };
}

/** llhttp as WebAssembly is text inside undici: as a builtin of its own it loads without the rest. */
function withParser(natives) {
  const text = /"(AGFzbQ[A-Za-z0-9+/=]+)"/.exec(natives['internal/deps/undici/undici'])?.[1];
  if (text === undefined) throw new Error('node-layer: undici holds no llhttp as WebAssembly');
  return { ...natives, 'internal/deps/llhttp': `module.exports = '${text}';` };
}

/**
 * Writes dist/assets/node. Does nothing when it is there already and nothing changed.
 * @param {string} outDir such as dist/assets/node
 * @returns {Promise<'built' | 'cached'>}
 */
export async function buildNodeLayer(outDir) {
  const key = await buildKey();
  const stamp = path.join(outDir, 'build-key');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === key) return 'cached';
  const { natives, extra, facts, isTarget, license } = await readPinnedNode();
  if (isTarget && facts !== (await readFile(FACTS_FILE, 'utf8'))) {
    throw new Error(
      `${path.relative(ROOT, FACTS_FILE)} does not match Node ${NODE_VERSION}: run node scripts/node-layer/update-facts.mjs`,
    );
  }
  const files = bundle(withParser(applyPatches(natives)), extra);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(path.join(outDir, 'source'), { recursive: true });
  for (const [name, contents] of files) await writeFile(path.join(outDir, name), contents);
  const encoded = JSON.parse(await readFile(FACTS_FILE, 'utf8'));
  await writeFile(path.join(outDir, 'facts.json'), JSON.stringify(encoded));
  await copyFile(license, path.join(outDir, 'LICENSE'));
  await writeFile(stamp, key);
  return 'built';
}
