import { gzip } from './commands/gzip.ts';
import { tar } from './commands/tar.ts';
import { unzip } from './commands/unzip.ts';
import { zip } from './commands/zip.ts';
import type { Program } from './program.ts';

/** The commands of the second script. */
export const TOOLS: readonly Program[] = [gzip, tar, unzip, zip];
