/** Which package a Node program is of: some cannot run in a browser, whoever starts them. */
import { REMOTE_PACKAGES } from '../../protocol/hosted.ts';
import type { ProgramFiles } from '../process/program-files.ts';

/** Options of Node that are followed by a value of their own. */
const TAKES_VALUE = new Set(['-r', '--require', '--import', '-C', '--conditions', '--env-file']);

/** What follows `node` and its options; undefined for `-e` and the like. */
export function scriptOf(argv: readonly string[]): string | undefined {
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) return word;
    if (TAKES_VALUE.has(word)) at++;
    else if (/^(-e|-p|-pe|--eval|--print|-|--)$/.test(word)) return undefined;
  }
  return undefined;
}

/** The package's name, if it is one that runs elsewhere. */
export function remotePackageOf(
  files: ProgramFiles,
  argv: readonly string[],
  cwd: string,
): string | undefined {
  const script = scriptOf(argv);
  if (script === undefined) return undefined;
  const real = files.realpath(script.startsWith('/') ? script : `${cwd}/${script}`);
  const path = typeof real === 'number' ? script : new TextDecoder().decode(real);
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  return name !== undefined && REMOTE_PACKAGES.has(name) ? name : undefined;
}
