import type { FileCalls } from '../../polyfills/system.ts';
import { compareCodePoints } from '../files/walk.ts';
import { hasWildcard, matchesPattern, unescapePattern } from './pattern.ts';

export interface GlobOptions {
  dotglob: boolean;
  globstar: boolean;
  nocaseglob: boolean;
  globskipdots: boolean;
}

const DIRECTORY = 2;
const LINK = 3;
const UNKNOWN = 0;
const MATCHES_MAX = 1_000_000;

/** Paths that match, sorted; none when nothing does. POSIX 2.13.3. */
export function expandPathname(files: FileCalls, pattern: string, options: GlobOptions): string[] {
  const components = splitComponents(pattern);
  const absolute = pattern.startsWith('/');
  const finder = new Finder(files, options);
  finder.find(absolute ? '/' : '', components, 0);
  return finder.found.sort(compareCodePoints);
}

/** Components of a pattern; an escaped slash separates like any other. */
function splitComponents(pattern: string): string[] {
  const parts = pattern.replace(/\\\//g, '/').split('/');
  return pattern.startsWith('/') ? parts.slice(1) : parts;
}

class Finder {
  readonly found: string[] = [];
  readonly #files: FileCalls;
  readonly #options: GlobOptions;

  constructor(files: FileCalls, options: GlobOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** Matches `components[at…]` below `base`, which ends in a slash or is empty. */
  find(base: string, components: readonly string[], at: number): void {
    const component = components[at];
    if (component === undefined || this.found.length >= MATCHES_MAX) return;
    const last = at === components.length - 1;
    if (component === '') {
      if (last) this.#keep(base);
      else this.find(`${base}/`, components, at + 1);
      return;
    }
    if (this.#options.globstar && component === '**') return this.#anyDepth(base, components, at, last);
    if (!hasWildcard(component)) {
      const path = base + unescapePattern(component);
      if (!last) this.find(`${path}/`, components, at + 1);
      else if (this.#files.lstat(path, scratch, 0) >= 0) this.#keep(path);
      return;
    }
    for (const { name, type } of this.#entries(base)) {
      if (!this.#matches(name, component)) continue;
      if (last) this.#keep(base + name);
      else if (this.#isFolder(base + name, type)) this.find(`${base}${name}/`, components, at + 1);
    }
  }

  /** `**`: this folder and every one below, symbolic links not followed. */
  #anyDepth(base: string, components: readonly string[], at: number, last: boolean): void {
    if (last) {
      if (base !== '') this.#keep(base);
    } else this.find(base, components, at + 1);
    for (const { name, type } of this.#entries(base)) {
      if (name.startsWith('.') && !this.#options.dotglob) continue;
      if (type === DIRECTORY) this.#anyDepth(`${base}${name}/`, components, at, last);
      else if (last) this.#keep(base + name);
    }
  }

  #keep(path: string): void {
    // Below `**` a folder was walked with its slash; it is shown without.
    this.found.push(path);
  }

  #matches(name: string, component: string): boolean {
    const explicitDot = component.startsWith('.') || component.startsWith('\\.');
    if (name.startsWith('.') && !explicitDot && !this.#options.dotglob) return false;
    return matchesPattern(name, component, { pathname: true, ignoreCase: this.#options.nocaseglob });
  }

  #entries(base: string): { name: string; type: number }[] {
    const list = this.#files.readdir(base === '' ? '.' : base, false);
    if (typeof list === 'number') return [];
    const entries = list.names.map((name, index) => ({ name, type: list.types[index] ?? UNKNOWN }));
    if (!this.#options.globskipdots)
      entries.push({ name: '.', type: DIRECTORY }, { name: '..', type: DIRECTORY });
    return entries.sort((a, b) => compareCodePoints(a.name, b.name));
  }

  #isFolder(path: string, type: number): boolean {
    if (type === DIRECTORY) return true;
    return (type === LINK || type === UNKNOWN) && this.#files.kind(path) === 1;
  }
}

const STAT_FIELDS = 18;
const scratch = new Float64Array(STAT_FIELDS);
