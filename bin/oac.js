#!/usr/bin/env node
// The command line: src/cli, as the build leaves it in dist/cli.
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/cli.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('oac: dist/ is not built: run `npm run build`.\n');
  process.exitCode = 125;
}
