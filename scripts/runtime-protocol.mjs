// Copies what the runtime shares with this repository (its protocol, and the way to a machine's name server) into
// runtime/, whose folder alone is the context that its image is built from. `--check` changes nothing and fails if a copy
// is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const check = process.argv.includes('--check');

const below = (folder) => readdirSync(folder).filter((name) => name.endsWith('.ts'));
const COPIES = [
  {
    from: 'src/protocol',
    to: 'runtime/protocol',
    names: ['runtime.ts', ...below('src/protocol/runtime').map((name) => `runtime/${name}`)],
  },
  { from: 'src/dns', to: 'runtime/dns', names: below('src/dns') },
];

let stale = 0;
for (const { from, to, names } of COPIES) {
  for (const name of names) {
    const text = `// Copied from ${from}/${name} by scripts/runtime-protocol.mjs: edit it there.\n${readFileSync(join(from, name), 'utf8')}`;
    const target = join(to, name);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    stale++;
    console.log(`${check ? 'stale' : 'copied'}: ${target}`);
    if (check) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}
process.exit(check && stale > 0 ? 1 : 0);
