// Gets the pinned Node binary from the npm registry into a cache, once.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { NODE_TARGET, NODE_VERSION } from './version.mjs';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');

/** Where downloads and intermediate results are kept; `OAC_CACHE_DIR` overrides it. */
export function cacheDirectory() {
  return path.resolve(process.env.OAC_CACHE_DIR ?? path.join(ROOT, '.cache'));
}

const hostTarget = () =>
  `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`.replace('win-x86', 'win-ia32');

/**
 * The pinned Node for this host. `isTarget` says whether its constants are those that containers show;
 * on any other host only the library's sources are taken from it.
 * @returns {Promise<{ binary: string, license: string, isTarget: boolean }>}
 */
export async function pinnedNode() {
  const target = hostTarget();
  const directory = await unpackedPackage(`node-${target}`);
  const binary = path.join(directory, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const { stdout } = await run(binary, ['--version']);
  if (stdout.trim() !== `v${NODE_VERSION}`) {
    throw new Error(
      `${binary} is ${stdout.trim()}, wanted v${NODE_VERSION}: remove ${directory} and build again`,
    );
  }
  return { binary, license: path.join(directory, 'LICENSE'), isTarget: target === NODE_TARGET };
}

async function unpackedPackage(name) {
  const cache = cacheDirectory();
  const directory = path.join(cache, `${name}-${NODE_VERSION}`);
  if (existsSync(path.join(directory, 'package.json'))) return directory;
  await mkdir(cache, { recursive: true });
  const tarball = path.join(cache, `${name}-${NODE_VERSION}.tgz`);
  if (!existsSync(tarball)) await download(name, cache);
  const staging = `${directory}.${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  await run('tar', ['-xzf', tarball, '-C', staging, '--strip-components=1']);
  const { version } = JSON.parse(await readFile(path.join(staging, 'package.json'), 'utf8'));
  if (version !== NODE_VERSION)
    throw new Error(`${tarball} holds version ${version}, wanted ${NODE_VERSION}`);
  await rename(staging, directory);
  return directory;
}

async function download(name, cache) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  try {
    await run(npm, ['pack', `${name}@${NODE_VERSION}`, '--silent', '--pack-destination', cache], {
      shell: process.platform === 'win32',
      cwd: cache,
    });
  } catch (error) {
    throw new Error(`npm could not download ${name}@${NODE_VERSION}: ${error.stderr || error.message}`);
  }
  const tarball = `${name}-${NODE_VERSION}.tgz`;
  if (!(await readdir(cache)).includes(tarball))
    throw new Error(`npm pack did not leave ${tarball} in ${cache}`);
}
