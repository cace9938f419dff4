import { describe, it } from 'vitest';
import { ALL } from './all.ts';
import { useApp } from './app.ts';
import { registryProblem } from './registry.ts';

/** Every file and link of a workspace, with how many names a file of the store has. */
const TREE = `
  const { lstatSync, readdirSync, readlinkSync } = require('fs');
  const show = (folder) => {
    for (const name of readdirSync(folder).sort()) {
      const file = folder + '/' + name;
      const info = lstatSync(file);
      if (info.isSymbolicLink()) console.log(file, '->', readlinkSync(file));
      else if (info.isDirectory()) name === 'store' || show(file);
      else if (!/\\.modules\\.yaml|workspace-state|^pnpm-lock/.test(name)) console.log(file, info.nlink > 1, info.mode.toString(8));
    }
  };
  process.chdir(process.argv[2]);
  show('.');
`;

const manifest = (name: string, more: object) => JSON.stringify({ name, version: '1.0.0', ...more });

describe.skipIf(registryProblem !== undefined || !ALL)('pnpm', () => {
  const made = useApp({ pnpm: '11.28.10' });

  it('pnpm: a workspace installed by links from its store, its lockfile, scripts of all its packages', async () => {
    await made.app.expectSame(
      `rm -rf work/node_modules work/*/node_modules work/store work/pnpm-lock.yaml
       cd outside && rm -f *.tgz && npm pack --silent && cd ../work
       pnpm install --offline --store-dir "$PWD/store" --package-import-method hardlink --reporter silent; echo $?
       cat pnpm-lock.yaml; node ../tree.cjs . ; cd ..
       cd work && pnpm -r --reporter append-only run say; pnpm --filter one exec node -p 1+1; pnpm -r list --depth 1; cd one && node main.js`,
      {
        files: {
          'tree.cjs': TREE,
          'outside/package.json': manifest('outside', { main: 'main.js', bin: { outside: 'main.js' } }),
          'outside/main.js': "#!/usr/bin/env node\nmodule.exports = 'outside';\n",
          'work/package.json': manifest('work', { private: true }),
          'work/pnpm-workspace.yaml': 'packages:\n  - one\n  - two\n',
          'work/one/package.json': manifest('one', {
            dependencies: { two: 'workspace:*', outside: 'file:../../outside/outside-1.0.0.tgz' },
            scripts: { say: 'echo one says' },
          }),
          'work/one/main.js': "console.log(require('two'), require('outside'));\n",
          'work/two/package.json': manifest('two', { main: 'main.js', scripts: { say: 'node -p 2' } }),
          'work/two/main.js': "module.exports = 'two';\n",
        },
      },
    );
  });
});
