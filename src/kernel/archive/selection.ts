/** Which part of a tree an export takes, by globbing patterns over paths within it. */
import picomatch from 'picomatch/posix';

export interface Selection {
  /** What is left out, with all below it. */
  excludes?: readonly string[];
  /** What is taken nevertheless, with all below it, from within what is left out. */
  includes?: readonly string[];
}

export interface Selector {
  takes(path: string): boolean;
  /** Something below this directory may be taken. */
  enters(path: string): boolean;
}

export function selectorOf({ excludes = [], includes = [] }: Selection): Selector {
  if (excludes.length === 0) return { takes: () => true, enters: () => true };
  const excluded = matcher(excludes);
  const included = matcher(includes);
  const takes = (path: string): boolean => path === '' || !excluded(path) || included(path);
  return { takes, enters: (path) => takes(path) || includes.length > 0 };
}

/** A pattern names a path and all below it. */
function matcher(patterns: readonly string[]): (path: string) => boolean {
  const whole = patterns.flatMap((given) => {
    const pattern = given.replace(/^\.?\/+/, '').replace(/\/+$/, '');
    return [pattern, `${pattern}/**`];
  });
  return whole.length === 0 ? () => false : picomatch(whole, { dot: true });
}
