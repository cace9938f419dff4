/** Which files a process may see and change: paths, each with all that lies below it. */
import type { FileCapabilities } from '../../protocol/container.ts';
import { isWithin } from '../../../vfs/backends/backend.ts';

/** Absolute paths as a walk without links leaves them; '/' is everything. */
export interface FileGrants {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export type Access = keyof FileGrants;

const above = (path: string): string => (path === '/' ? '' : path);

/** Whether `path` is `folder` or lies below it. */
export const liesIn = (path: string, folder: string): boolean => isWithin(path, above(folder));

export const covers = (granted: readonly string[], path: string): boolean =>
  granted.some((folder) => liesIn(path, folder));

/** Those that lie in none of the others. */
export const outermost = (paths: readonly string[]): string[] =>
  [...new Set(paths)].filter((path, _, all) => !all.some((other) => other !== path && liesIn(path, other)));

/** What both grant; undefined: everything. */
export function narrowedFiles(
  granted: FileGrants | undefined,
  wanted: FileCapabilities | undefined,
): FileGrants | undefined {
  if (wanted === undefined) return granted;
  const asked: FileGrants = { read: outermost(wanted.read), write: outermost(wanted.write) };
  if (granted === undefined) return asked;
  return { read: common(granted.read, asked.read), write: common(granted.write, asked.write) };
}

function common(granted: readonly string[], wanted: readonly string[]): string[] {
  return outermost([
    ...wanted.filter((path) => covers(granted, path)),
    ...granted.filter((path) => covers(wanted, path)),
  ]);
}
