/**
 * npm in a container: the build puts its files (scripts/npm) beside the other assets, and the kernel shows them as
 * /usr/lib/node/node_modules/npm: a package, so that Node treats it as one. Its commands are small scripts on the PATH, as any installed program's are.
 */
export const NPM_FOLDER = '/usr/lib/node/node_modules/npm';

/** What the build makes, relative to that folder. */
export const NPM_FILES = [
  'package.json',
  'LICENSES.txt',
  'bin/npm-cli.js',
  'bin/npx-cli.js',
  'lib/npm.js',
  'lib/default-input.js',
  'node-gyp/node-gyp.js',
] as const;

/** npm's own settings file, made from what the container was booted with. */
export const NPM_SETTINGS_FILE = 'npmrc';

/** Command → the file of npm that it runs. */
export const NPM_COMMANDS: readonly (readonly [path: string, file: string])[] = [
  ['/usr/bin/npm', 'bin/npm-cli.js'],
  ['/usr/bin/npx', 'bin/npx-cli.js'],
  ['/usr/bin/node-gyp', 'node-gyp/node-gyp.js'],
];

/** The script that stands on the PATH. */
export function npmCommand(file: string): string {
  return `#!/usr/bin/env node\nrequire('${NPM_FOLDER}/${file}');\n`;
}
