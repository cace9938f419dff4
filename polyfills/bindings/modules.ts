import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { fileUrlToPath } from './file_urls.ts';

const decoder = new TextDecoder();

/** What a package.json says to the loaders. Strings; `exports` and `imports` are JSON text when they are objects. */
interface PackageConfig {
  readonly name: string | undefined;
  readonly main: string | undefined;
  readonly type: 'commonjs' | 'module' | 'none';
  readonly imports: string | undefined;
  readonly exports: string | undefined;
  readonly filePath: string;
}

/** In the order in which package_json_reader.js destructures it. */
type SerializedConfig = [
  name: string | undefined,
  main: string | undefined,
  type: string,
  imports: string | undefined,
  exports: string | undefined,
  filePath: string,
];

interface ErrorPlace {
  readonly base?: string | undefined;
  readonly specifier?: string | undefined;
}

class InvalidConfig extends Error {}

/** The `modules` binding: package.json files, read once a process (node_modules.cc caches them the same way). */
export function createModules(context: NodeContext): object {
  const { files } = context.system;
  const cache = Object.create(null) as Record<string, PackageConfig | null | undefined>;

  function invalid(message: string): Error {
    return context.errors.coded(Error, 'ERR_INVALID_PACKAGE_CONFIG', message);
  }

  function load(path: string, place: ErrorPlace | undefined): PackageConfig | null {
    const known = cache[path];
    if (known !== undefined) return known;
    const data = files.readFile(path);
    if (typeof data === 'number') {
      if (data !== -Errno.ENOENT && data !== -Errno.ENOTDIR && data !== -Errno.EISDIR) {
        const text = context.facts.uvErrors.get(data)?.[1] ?? `error ${data}`;
        throw invalid(`Cannot read package config ${path}: ${text}.`);
      }
      return (cache[path] = null);
    }
    try {
      return (cache[path] = parseConfig(decoder.decode(data), path));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof InvalidConfig)) throw error;
      const from = place?.base === undefined ? undefined : fileUrlToPath(place.base);
      const where = from === undefined ? '' : ` while importing "${place?.specifier ?? ''}" from ${from}`;
      throw invalid(`Invalid package config ${path}${where}.`);
    }
  }

  /** The package.json of the nearest folder above `path`; not the root's, and not above a node_modules. */
  function nearestParent(path: string): PackageConfig | null {
    for (let folder = parentOf(path); folder !== '' && folder !== '/'; folder = parentOf(folder)) {
      if (folder.endsWith('/node_modules')) return null;
      const config = load(folder + '/package.json', undefined);
      if (config !== null) return config;
    }
    return null;
  }

  /** The package scope of a file URL: its config, or the path at which the search ended. */
  function scopeOf(url: string): PackageConfig | string {
    const path = fileUrlToPath(url);
    if (path === undefined) throw context.errors.coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const candidate = folder + '/package.json';
      if (folder.endsWith('/node_modules')) return candidate;
      const config = load(candidate, { specifier: url });
      if (config !== null) return config;
      if (folder === '') return candidate;
    }
  }

  return {
    ...context.facts.bindings['modules']?.constants(),
    readPackageJSON(path: string, isEsm?: boolean, base?: string, specifier?: string) {
      return serialize(load(path, isEsm ? { base, specifier } : undefined));
    },
    getNearestParentPackageJSON: (path: string) => serialize(nearestParent(path)),
    getNearestParentPackageJSONType: (path: string) => nearestParent(path)?.type,
    getPackageScopeConfig(url: string) {
      const scope = scopeOf(url);
      return typeof scope === 'string' ? scope : serialize(scope);
    },
    getPackageType(url: string) {
      const scope = scopeOf(url);
      return typeof scope === 'string' ? undefined : scope.type;
    },
    setLazyPathHelpers(target: Record<string, unknown>, url: string): void {
      const filename = fileUrlToPath(url) ?? '';
      target['dirname'] = parentOf(filename) || '/';
      target['filename'] = filename;
    },
    ...compileCache(context),
  };
}

/** A browser offers no V8 code cache: enabling it fails with a message, as Node's own failure does. */
function compileCache({ errors }: NodeContext): object {
  const invalid = (message: string): Error =>
    errors.coded(TypeError as unknown as ErrorConstructor, 'ERR_INVALID_ARG_TYPE', message);
  return {
    enableCompileCache(directory: unknown): [number, string, undefined] {
      if (typeof directory !== 'string') throw invalid('cacheDir should be a string');
      return [0, 'The compile cache stores V8 code caches, which are not available here', undefined];
    },
    getCompileCacheDir: (): string => '',
    getCompileCacheEntry: (): undefined => undefined,
    saveCompileCacheEntry: (): undefined => undefined,
    flushCompileCache(keep: unknown): void {
      if (keep !== undefined && typeof keep !== 'boolean') {
        throw invalid('keepDeserializedCache should be a boolean');
      }
    },
  };
}

function serialize(config: PackageConfig | null): SerializedConfig | undefined {
  if (config === null) return undefined;
  return [config.name, config.main, config.type, config.imports, config.exports, config.filePath];
}

function parseConfig(text: string, filePath: string): PackageConfig {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new InvalidConfig();
  // Without a prototype: a program may have put accessors named `main` or `type` on Object.prototype.
  const fields = Object.setPrototypeOf(json, null) as Record<string, unknown>;
  const { name, main, type } = fields;
  if (name !== undefined && typeof name !== 'string') throw new InvalidConfig();
  if (type !== undefined && typeof type !== 'string') throw new InvalidConfig();
  return {
    name,
    main: typeof main === 'string' ? main : undefined,
    type: type === 'commonjs' || type === 'module' ? type : 'none',
    imports: asText(fields['imports']),
    exports: asText(fields['exports']),
    filePath,
  };
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
