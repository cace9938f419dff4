import { globToRegExp } from '../text/glob.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { type ProgramContext, UsageError } from '../program/program.ts';

export const TAR_SPECS = {
  create: { short: 'c', long: 'create' },
  extract: { short: 'x', long: 'extract' },
  get: { long: 'get' },
  list: { short: 't', long: 'list' },
  append: { short: 'r', long: 'append' },
  file: { short: 'f', long: 'file', value: 'required' },
  directory: { short: 'C', long: 'directory', value: 'required' },
  gzip: { short: 'z', long: 'gzip' },
  gunzip: { long: 'gunzip' },
  ungzip: { long: 'ungzip' },
  autoCompress: { short: 'a', long: 'auto-compress' },
  bzip2: { short: 'j', long: 'bzip2' },
  xz: { short: 'J', long: 'xz' },
  zstd: { long: 'zstd' },
  verbose: { short: 'v', long: 'verbose' },
  exclude: { long: 'exclude', value: 'required' },
  excludeFrom: { short: 'X', long: 'exclude-from', value: 'required' },
  excludeVcs: { long: 'exclude-vcs' },
  filesFrom: { short: 'T', long: 'files-from', value: 'required' },
  null: { long: 'null' },
  strip: { long: 'strip-components', value: 'required' },
  stdout: { short: 'O', long: 'to-stdout' },
  keepOld: { short: 'k', long: 'keep-old-files' },
  skipOld: { long: 'skip-old-files' },
  overwrite: { long: 'overwrite' },
  touch: { short: 'm', long: 'touch' },
  permissions: { short: 'p', long: 'preserve-permissions' },
  samePermissions: { long: 'same-permissions' },
  noSamePermissions: { long: 'no-same-permissions' },
  sameOwner: { long: 'same-owner' },
  noSameOwner: { short: 'o', long: 'no-same-owner' },
  numericOwner: { long: 'numeric-owner' },
  owner: { long: 'owner', value: 'required' },
  group: { long: 'group', value: 'required' },
  mode: { long: 'mode', value: 'required' },
  mtime: { long: 'mtime', value: 'required' },
  sort: { long: 'sort', value: 'required' },
  format: { short: 'H', long: 'format', value: 'required' },
  dereference: { short: 'h', long: 'dereference' },
  absoluteNames: { short: 'P', long: 'absolute-names' },
  noRecursion: { long: 'no-recursion' },
  recursion: { long: 'recursion' },
  wildcards: { long: 'wildcards' },
  blocking: { short: 'b', long: 'blocking-factor', value: 'required' },
  oneFileSystem: { long: 'one-file-system' },
  unlink: { short: 'U', long: 'unlink-first' },
  ignoreZeros: { short: 'i', long: 'ignore-zeros' },
  sparse: { short: 'S', long: 'sparse' },
  warning: { long: 'warning', value: 'required' },
  totals: { long: 'totals' },
} as const;
export type TarOptions = Parsed<keyof typeof TAR_SPECS>;

const TAKES_VALUE = new Set(
  Object.values(TAR_SPECS).flatMap((spec) =>
    'value' in spec && 'short' in spec ? [spec.short as string] : [],
  ),
);

export function parseTarOptions(context: ProgramContext): TarOptions {
  return parseOptions(withoutOldStyle(context.args), TAR_SPECS);
}

/** `tar xzf file`: the letters' values follow in their order. */
function withoutOldStyle([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first.startsWith('-')) return [first, ...rest];
  const values = [...rest];
  const options: string[] = [];
  for (const letter of first) {
    options.push(`-${letter}`);
    if (!TAKES_VALUE.has(letter)) continue;
    const value = values.shift();
    if (value === undefined) throw new UsageError(`Old option '${letter}' requires an argument.`);
    options.push(value);
  }
  return [...options, ...values];
}

/** A matcher of names that are left out: as a path, or any of its last components. */
export function excluder(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => globToRegExp(pattern.replace(/\/$/, '')));
  return (name) => {
    const parts = name.replace(/\/$/, '').split('/');
    return parts.some((_, index) => {
      const tail = parts.slice(index).join('/');
      return expressions.some((expression) => expression.test(tail));
    });
  };
}

const VERSION_CONTROL = [
  '.git',
  '.gitignore',
  '.gitattributes',
  '.gitmodules',
  'CVS',
  '.svn',
  '.hg',
  '.hgignore',
  '.bzr',
];

export function exclusions(options: TarOptions, readLines: (path: string) => string[]): string[] {
  return options.occurrences.flatMap(({ name, value = '' }) => {
    if (name === 'exclude') return [value];
    if (name === 'excludeFrom') return readLines(value).filter((line) => line !== '');
    return name === 'excludeVcs' ? VERSION_CONTROL : [];
  });
}
