// Copied from src/protocol/runtime/excludes.ts by scripts/runtime-protocol.mjs: edit it there.
/** Which paths sync leaves alone. The same on both sides, so that neither takes the other's exclusions for deletions. */

function segmentPattern(glob: string): string {
  return glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]');
}

function pathPattern(glob: string): string {
  return glob
    .split('/')
    .map((segment) => (segment === '**' ? '(?:[^/]+/)*[^/]+' : segmentPattern(segment)))
    .join('/');
}

/**
 * A pattern without `/` names a file or folder anywhere (`node_modules`, `*.log`); one with `/` a path below the root
 * (`build/tmp`, `/notes.txt`, `docs/**`). What lies in an excluded folder is excluded.
 */
export function excludes(patterns: readonly string[]): (path: string) => boolean {
  const alternatives = patterns
    .map((pattern) => pattern.replace(/\/+$/, ''))
    .filter((pattern) => pattern !== '')
    .map((pattern) =>
      pattern.includes('/')
        ? `^${pathPattern(pattern.replace(/^\/+/, ''))}(?:/|$)`
        : `(?:^|/)${segmentPattern(pattern)}(?:/|$)`,
    );
  if (alternatives.length === 0) return () => false;
  const expression = new RegExp(alternatives.join('|'));
  return (path) => expression.test(path);
}
