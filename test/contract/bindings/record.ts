/**
 * Run by the pinned node with --expose-internals: prints what its own bindings answer to the cases, as JSON. With a
 * folder as argument it writes their digests there, one file a binding: the record that stands in where no such node
 * can run.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Binding, digest, outcomes } from './cases.ts';
import { SUITES } from './suites.ts';

const require = createRequire(import.meta.url);
const { internalBinding } = require('internal/test/binding') as { internalBinding(name: string): Binding };

const records = SUITES.map(
  ({ binding, cases }) => [binding, outcomes(cases(internalBinding(binding)))] as const,
);
const [folder] = process.argv.slice(2);
if (folder === undefined) process.stdout.write(JSON.stringify(Object.fromEntries(records)));
else {
  for (const [binding, record] of records) {
    const digests = Object.values(record).map(digest);
    writeFileSync(path.join(folder, `${binding}.json`), `${JSON.stringify(digests)}\n`);
  }
}
