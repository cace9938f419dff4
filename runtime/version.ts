import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PackageFile {
  version: string;
}

/** The package's version, told to clients and printed at start. */
export const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as PackageFile
).version;
