import type { FileCalls } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { joinPath } from './paths.ts';
import { Failure } from '../program/program.ts';

/** Names in a folder, sorted as the C locale sorts (by code point); a Failure when it cannot be read. */
export function namesIn(files: FileCalls, folder: string): string[] {
  const list = files.readdir(folder, false);
  if (typeof list === 'number') throw new Failure(`cannot open directory '${folder}': ${errorText(list)}`);
  return [...list.names].sort(compareCodePoints);
}

export function compareCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Paths of a folder's entries. */
export function entriesOf(files: FileCalls, folder: string): string[] {
  return namesIn(files, folder).map((name) => joinPath(folder, name));
}
