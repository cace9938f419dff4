import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const DIST = path.resolve(import.meta.dirname, '../../dist');
const textOf = (file: string): string => fs.readFileSync(path.join(DIST, file), 'utf8');

/** What each folder's scripts have inside that is not of this repository. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'LICENSES.txt': ['comlink', 'valibot'],
  'assets/LICENSES.txt': ['unbash', 'pako', '@noble/curves', 'jq-web', 'comlink', 'acorn'],
  'assets/commands/LICENSES.txt': ['isomorphic-git', 'pify', 'ignore'],
  'assets/npm/LICENSES.txt': ['npm', 'pacote'],
  'cli/LICENSES.txt': ['ws'],
  'playground/LICENSES.txt': ['@xterm/xterm', 'codemirror', '@lezer/common'],
};

it.each(Object.entries(PACKAGES))('%s has the texts of what is bundled beside it', (file, packages) => {
  const sections = textOf(file).split(/^-{80}$/m);
  for (const name of packages) {
    const section = sections.find((text) => text.trimStart().startsWith(`${name}@`));
    expect(section, name).toMatch(/copyright/i);
  }
  // A package without a text of its own would be a heading and nothing more.
  for (const section of sections) expect(section.trim().split('\n').length, section).toBeGreaterThan(2);
});

it('the licence of Node is beside its library, with those of what it brings', () => {
  expect(textOf('assets/node/LICENSE')).toMatch(/llhttp[\s\S]*undici/);
});

it('what jq has inside has its text', () => {
  const text = textOf('assets/LICENSES.txt');
  for (const name of ['Oniguruma', 'decNumber', 'Stephen Dolan', 'Lucent']) expect(text).toContain(name);
});
