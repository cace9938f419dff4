import { describe, it } from 'vitest';
import { ALL } from './all.ts';
import { HASHES, useApp } from './app.ts';
import { withoutTimes } from './normalize.ts';
import { registryProblem } from './registry.ts';
import { watching } from './watching.ts';

const SOURCES = {
  'hashes.cjs': HASHES,
  'src/a.js': `import { b } from './b.js';
export const a = async (x) => { for await (const y of b(x)) console.log(y ?? 1); };
a([1, 2]);
`,
  'src/b.js': `export async function* b(x) { yield* x; }
export class K { #p = 1; static s = 2; get p() { return this.#p; } }
`,
  'src/style.scss': `@use 'sass:color';
$c: #336699;
.a { .b & { color: color.adjust($c, $lightness: 10%); &:hover { user-select: none; } }
  @for $i from 1 through 3 { .x-#{$i} { width: 10px * $i; } } }
`,
};

const withoutNumbers = (text: string): string => withoutTimes(text).replace(/\(node:\d+\)/g, '(node)');

describe.skipIf(registryProblem !== undefined)('tools give what they give on native Node', () => {
  describe('linters and formatters', () => {
    const made = useApp({ eslint: '10.15.0', prettier: '3.10.1' });
    it('eslint: findings, JSON, --fix', async () => {
      const files = {
        ...SOURCES,
        'src/c.js': 'var unused = 1\nif (unused == 2) { console.log("x") }\nlet z = 1;\n',
        'eslint.config.mjs':
          "export default [{ rules: { 'no-unused-vars': 'error', eqeqeq: 'error', 'prefer-const': 'error' } }];\n",
      };
      await made.app.expectSame('eslint src; eslint -f json src; eslint --fix src; cat src/c.js', { files });
    });
    it('prettier: --check, output, --write', async () => {
      const command =
        'prettier --check src; prettier src/a.js src/style.scss; cp -r src written; prettier --write written; prettier --check written; cat written/*; rm -r written';
      await made.app.expectSame(command, {
        files: { ...SOURCES, '.prettierrc': '{}\n' },
        normalize: withoutTimes,
      });
    });
  });

  describe('compilers', () => {
    const made = useApp({
      '@babel/core': '8.1.3',
      '@babel/cli': '8.1.0',
      '@babel/preset-env': '8.0.7',
      sass: '1.108.2',
      postcss: '8.5.33',
      'postcss-cli': '12.0.0',
      autoprefixer: '10.7.0',
    });
    it('babel', async () => {
      const command =
        'babel src --out-dir lib --presets @babel/preset-env && node hashes.cjs lib && node lib/a.js';
      await made.app.expectSame(command, { files: SOURCES, normalize: withoutNumbers });
    });
    it.skipIf(!ALL)('postcss: --watch', async () => {
      await made.app.expectSame('node watch.cjs plan.json && cat watched/out.css', {
        files: {
          ...watching({
            command: 'postcss',
            args: [
              'watched/in.css',
              '--use',
              'autoprefixer',
              '-o',
              'watched/out.css',
              '--watch',
              '--verbose',
            ],
            says: 'stderr',
            done: ['Waiting for file changes'],
            edits: [['watched/in.css', 'a { user-select: all }\n']],
          }),
          'watched/in.css': 'a { user-select: none }\n',
        },
        normalize: withoutTimes,
      });
    });
    it('sass and postcss, with source maps', async () => {
      const command =
        'sass src/style.scss out/s.css && postcss out/s.css --use autoprefixer -o out/p.css && cat out/p.css && node hashes.cjs out';
      await made.app.expectSame(command, { files: SOURCES });
    });
  });

  describe('bundlers', () => {
    // npm takes the WebAssembly builds in their place.
    const made = useApp({ esbuild: '0.28.2', rollup: '4.68.4' });
    it('esbuild by its interface: build, transform, context, an error', async () => {
      await made.app.expectSame('node build.cjs', {
        files: {
          ...SOURCES,
          'build.cjs': `
            const esbuild = require('esbuild');
            (async () => {
              const entryPoints = ['src/a.js'];
              const { outputFiles } = await esbuild.build({ entryPoints, bundle: true, write: false, format: 'esm' });
              console.log(outputFiles[0].text);
              console.log((await esbuild.transform('let x: number = 1', { loader: 'ts' })).code);
              const context = await esbuild.context({ entryPoints, bundle: true, outdir: 'out', write: false });
              console.log((await context.rebuild()).errors.length);
              await context.dispose();
              await esbuild.transform('let', {}).catch((error) => console.log(error.message));
              await esbuild.stop();
            })();`,
        },
      });
    });
    it('rollup: a build', async () => {
      const command = 'rollup src/a.js --format cjs --file out/a.js && cat out/a.js';
      await made.app.expectSame(command, { files: SOURCES, normalize: withoutTimes });
    });
    it.skipIf(!ALL)('rollup: --watch', async () => {
      await made.app.expectSame('node watch.cjs plan.json && cat out/w.js', {
        files: {
          ...watching({
            command: 'rollup',
            args: [
              'watched/a.js',
              '--format',
              'cjs',
              '--file',
              'out/w.js',
              '--watch',
              '--no-watch.clearScreen',
            ],
            says: 'stderr',
            done: ['waiting for changes'],
            edits: [
              ['watched/b.js', 'export const b = ;\n'],
              ['watched/b.js', 'export const b = 2;\n'],
            ],
          }),
          'watched/a.js': "import { b } from './b.js';\nconsole.log(b);\n",
          'watched/b.js': 'export const b = 1;\n',
        },
        normalize: (text) => withoutTimes(text).replace(/\[[\d-]+ [\d:]+\]/g, '[then]'),
      });
    });
  });

  describe('test runners and command lines', () => {
    const made = useApp({ mocha: '12.0.3', chai: '6.3.0', commander: '15.1.0' });
    it('mocha, also --parallel', async () => {
      await made.app.expectSame(
        "mocha 'tests/*.cjs'; mocha --parallel --jobs 2 'tests/a.cjs' --reporter dot",
        {
          files: {
            'tests/a.cjs': `
            const { expect } = require('chai');
            describe('a', () => {
              it('passes', () => expect(1).to.equal(1));
              it('fails', () => expect({ a: 1 }).to.deep.equal({ a: 2 }));
            });`,
            'tests/b.cjs':
              "describe('b', () => { it('waits', async () => { await 1; }); it.skip('is skipped', () => {}); });",
          },
          normalize: (text) => withoutTimes(text).replace(/^.*node:internal.*\n/gm, ''),
        },
      );
    });
    it.skipIf(!ALL)('mocha: reporters of its own, --watch', async () => {
      await made.app.expectSame(
        `for reporter in spec dot tap json list min xunit; do mocha small/a.cjs --reporter $reporter; done; node watch.cjs plan.json`,
        {
          files: {
            ...watching({
              command: 'mocha',
              args: ['--watch', '--watch-files', 'small/*.cjs', 'small/a.cjs'],
              done: ['\\d+ passing'],
              edits: [['small/value.cjs', 'module.exports = 2;']],
            }),
            'small/value.cjs': 'module.exports = 1;',
            'small/a.cjs':
              "describe('a', () => { it('is one', () => require('assert').equal(require('./value.cjs'), 1)); it('passes', () => {}); });",
          },
          normalize: (text) =>
            withoutTimes(text)
              .replace(/^.*node:internal.*\n/gm, '')
              .replace(/(?:"(?:duration|start|end)": |time(?:stamp)?=)(?:"[^"]*"|\d+)/g, 'a time'),
        },
      );
    });
    it('commander: help, a command, an unknown one', async () => {
      await made.app.expectSame('node cli.cjs --help; node cli.cjs sub -n 3 a b; node cli.cjs bad', {
        files: {
          'cli.cjs': `
            const { program } = require('commander');
            program.name('p').version('1.2.3');
            program.command('sub').argument('<x...>').option('-n, --num <n>', 'number', Number)
              .action((x, options) => console.log(x, options));
            program.parse();`,
        },
      });
    });
  });
});
