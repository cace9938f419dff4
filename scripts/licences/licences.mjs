// The licence texts of what esbuild put into bundles: each folder of dist/ has them beside its scripts.
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { standardText } from './standard.mjs';

const RULE = `\n${'-'.repeat(80)}\n\n`;
const LICENCE = /^(licen[cs]e|copying|notice)/i;
/** Texts of what a package has inside without saying so itself. */
const CONTAINED = { 'jq-web': ['jq.txt', 'oniguruma.txt', 'decnumber.txt'] };

/** The folders of packages among a build's inputs, relative to `root`. */
function packageFolders(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1] !== undefined) folders.add(match[1]);
  }
  return folders;
}

/** @returns {Promise<string | undefined>} what the package's folder says of its licence; undefined: it is no package */
export async function licenceOf(folder) {
  if (!existsSync(path.join(folder, 'package.json'))) return undefined;
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifest;
  if (name === undefined) return undefined;
  const files = (await readdir(folder)).filter((file) => LICENCE.test(file)).sort();
  const contained = (CONTAINED[name] ?? []).map((file) => path.join(import.meta.dirname, file));
  const paths = [...files.map((file) => path.join(folder, file)), ...contained];
  const texts =
    paths.length > 0
      ? await Promise.all(paths.map((file) => readFile(file, 'utf8')))
      : [await standardText(manifest)];
  return `${name}@${version} (${license})\n\n${texts.join('\n\n').trim()}\n`;
}

/** @param {Iterable<string>} folders of packages @returns {Promise<string>} */
export async function licenceTexts(folders) {
  const texts = await Promise.all([...folders].sort().map(licenceOf));
  return texts.filter((text) => text !== undefined).join(RULE);
}

/**
 * Writes LICENSES.txt for the bundles of one folder.
 * @param {string} root what the inputs' paths are relative to
 * @param {Iterable<string>} inputs of esbuild's metafiles
 * @param {string} outDir
 * @param {readonly string[]} [more] folders of packages beside those
 */
export async function writeLicences(root, inputs, outDir, more = []) {
  const folders = [...packageFolders(inputs)].map((folder) => path.resolve(root, folder));
  await writeFile(path.join(outDir, 'LICENSES.txt'), await licenceTexts([...folders, ...more]));
}
