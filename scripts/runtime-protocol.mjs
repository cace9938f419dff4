// Copies the runtime protocol into runtime/, whose folder alone is the context that its image is built from.
// `--check` changes nothing and fails if the copy is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FROM = 'src/protocol';
const TO = 'runtime/protocol';
const check = process.argv.includes('--check');

const names = ['runtime.ts', ...readdirSync(join(FROM, 'runtime')).map((name) => `runtime/${name}`)];
let stale = 0;
for (const name of names) {
  const text = `// Copied from ${FROM}/${name} by scripts/runtime-protocol.mjs: edit it there.\n${readFileSync(join(FROM, name), 'utf8')}`;
  const target = join(TO, name);
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
  stale++;
  console.log(`${check ? 'stale' : 'copied'}: ${target}`);
  if (check) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
process.exit(check && stale > 0 ? 1 : 0);
