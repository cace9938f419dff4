/** legacyMainResolve: which of Node's ten guesses at a package's main file exists. */
import type { FileBindingBase } from './shared.ts';
import { resolvePath } from './paths.ts';

/** Tried in this order: the first seven on the package's `main`, the last three on its `index`. */
const SUFFIXES = [
  '',
  '.js',
  '.json',
  '.node',
  '/index.js',
  '/index.json',
  '/index.node',
  '.js',
  '.json',
  '.node',
] as const;
const MAIN_GUESSES = 7;

export function createLegacyMain({ context, files }: FileBindingBase) {
  const { errors, realm } = context;

  function firstFile(stem: string, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      if (files.kind(stem + SUFFIXES[i]) === 0) return i;
    }
    return -1;
  }

  return {
    legacyMainResolve(packagePath: string, main: unknown, base: unknown): number {
      const cwd = files.cwd();
      const root = resolvePath(typeof cwd === 'string' ? cwd : '/', packagePath);
      let wanted = '';
      if (typeof main === 'string') {
        wanted = resolvePath(root, main);
        const found = firstFile(wanted, 0, MAIN_GUESSES);
        if (found >= 0) return found;
      }
      const index = resolvePath(root, 'index');
      const found = firstFile(index, MAIN_GUESSES, SUFFIXES.length);
      if (found >= 0) return found;
      if (typeof base !== 'string') {
        throw errors.coded(
          TypeError,
          'ERR_INVALID_ARG_TYPE',
          'The "base" argument must be of type string or an instance of URL.',
        );
      }
      const { fileURLToPath } = realm.require('internal/url') as { fileURLToPath(url: string): string };
      throw errors.coded(
        Error,
        'ERR_MODULE_NOT_FOUND',
        `Cannot find package '${wanted === '' ? `${index}.js` : wanted}' imported from ${fileURLToPath(base)}`,
      );
    },
  };
}
