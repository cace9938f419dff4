import { describe, it } from 'vitest';
import { ALL } from './all.ts';
import { HASHES, useApp } from './app.ts';
import { withoutSlowness, withoutTimes, withoutWarnings } from './normalize.ts';
import { registryProblem } from './registry.ts';
import { watching } from './watching.ts';

const normalize = (text: string): string =>
  withoutTimes(withoutWarnings(text))
    .replace(/\d{1,2}:\d\d:\d\d [AP]M/g, 'o’clock')
    // The oldest of its outputs: natively several have the time of one tick of the clock.
    .replace(/is older than output '.*'/g, 'is older than output');

describe.skipIf(registryProblem !== undefined || !ALL)('compilers of TypeScript, JavaScript and CSS', () => {
  const made = useApp({
    typescript: '6.0.3',
    // npm takes its twin of WebAssembly.
    esbuild: '0.28.2',
    tailwindcss: '4.3.5',
    '@tailwindcss/cli': '4.3.5',
    '@tailwindcss/vite': '4.3.5',
    vite: '8.4.0',
    sass: '1.108.2',
    '@types/node': '24.19.4',
  });
  const tsconfig = (more: object) =>
    JSON.stringify({ compilerOptions: { strict: true, target: 'es2022', module: 'nodenext', ...more } });

  it('typescript: --init, diagnostics, declarations and maps, --listFiles', async () => {
    await made.app.expectSame(
      `mkdir -p init && cd init && tsc --init && cat tsconfig.json; cd ..
       tsc -p checked --pretty; tsc -p checked --listFilesOnly; tsc -p built && node hashes.cjs built/out && node built/out/a.js`,
      {
        files: {
          'hashes.cjs': HASHES,
          'checked/tsconfig.json': tsconfig({ noEmit: true, types: ['node'] }),
          'checked/a.ts':
            'import { readFileSync } from "node:fs";\nexport const n: number = readFileSync("x");\nlet unused: strin;\nconst o = { a: 1 };\no.b;\n',
          'built/tsconfig.json': tsconfig({
            outDir: 'out',
            declaration: true,
            sourceMap: true,
            types: ['node'],
          }),
          'built/a.ts': 'import { b, type B } from "./b.js";\nconst x: B = { y: 1n };\nconsole.log(b(x));\n',
          'built/b.ts':
            'export interface B { y: bigint }\nexport enum E { One, Two }\nexport const b = ({ y }: B): string => `${y} ${E.Two}`;\n',
        },
      },
    );
  });

  it('typescript: --build of projects that refer to each other, again, and after a change', async () => {
    await made.app.expectSame(
      `rm -rf refs/*/out; tsc -b refs/app --verbose; tsc -b refs/app --verbose; node refs/app/out/a.js;
       echo 'export const lib = (n: number): string => n;' > refs/lib/l.ts; tsc -b refs/app; tsc -b refs/app --clean; ls refs/lib refs/app`,
      {
        normalize,
        files: {
          'refs/lib/tsconfig.json': tsconfig({ composite: true, outDir: 'out', types: [] }),
          'refs/lib/l.ts': 'export const lib = (n: number): number => n + 1;\n',
          'refs/app/tsconfig.json': JSON.stringify({
            compilerOptions: {
              strict: true,
              target: 'es2022',
              module: 'nodenext',
              outDir: 'out',
              types: ['node'],
            },
            references: [{ path: '../lib' }],
          }),
          'refs/app/a.ts': 'import { lib } from "../lib/l.js";\nconsole.log(lib(1));\n',
        },
      },
    );
  });

  it('typescript: --watch', async () => {
    await made.app.expectSame('node watch.cjs plan.json && cat watched/a.js', {
      normalize,
      files: {
        ...watching({
          command: 'tsc',
          args: ['-p', 'watched', '--watch', '--preserveWatchOutput'],
          done: ['Watching for file changes'],
          edits: [
            ['watched/a.ts', 'export const a: number = "wrong";\n'],
            ['watched/a.ts', 'export const a: number = 2;\n'],
          ],
        }),
        'watched/tsconfig.json': tsconfig({ types: [] }),
        'watched/a.ts': 'export const a: number = 1;\n',
      },
    });
  });

  it('esbuild: its command, metafile, maps, an error; no server, as it is WebAssembly', async () => {
    await made.app.expectSame(
      `esbuild src/a.ts --bundle --minify --sourcemap --metafile=out/meta.json --outdir=out --log-level=warning && cat out/meta.json && node hashes.cjs out;
       echo 'let x: number = 1' | esbuild --loader=ts; esbuild src/bad.ts; esbuild src/a.ts --serve=0`,
      {
        files: {
          'hashes.cjs': HASHES,
          'src/a.ts': 'import { b } from "./b";\nimport "./c.css";\nconsole.log(b<number>(1));\n',
          'src/b.ts': 'export const b = <T>(x: T): T => x;\n',
          'src/c.css': '.a { .b & { color: red } }\n',
          'src/bad.ts': 'let = ;\n',
        },
      },
    );
  });

  it('tailwind: the style sheet of a page, minified and not', async () => {
    await made.app.expectSame(
      'tailwindcss -i in.css -o out.css && cat out.css; tailwindcss -i in.css --minify | tail -c 400',
      {
        normalize,
        files: {
          'in.css':
            '@import "tailwindcss" source(none);\n@source "./page";\n@theme { --color-own: #123456; }\n@utility own { color: red; }\n',
          'page/index.html':
            '<div class="flex md:hover:bg-own/50 own grid-cols-[1fr_2fr] before:content-[\'x\'] dark:text-lg"></div>',
        },
      },
    );
  });

  it('tailwind: the plugin of Vite', async () => {
    await made.app.expectSame('cd vite && vite build && node ../hashes.cjs dist && cat dist/assets/*.css', {
      normalize: (text) => normalize(withoutSlowness(text)),
      files: {
        'hashes.cjs': HASHES,
        'vite/vite.config.mjs':
          "import tailwindcss from '@tailwindcss/vite';\nexport default { plugins: [tailwindcss()], build: { cssMinify: false } };\n",
        'vite/index.html':
          '<link rel="stylesheet" href="/in.css"><div class="flex md:hover:bg-own/50 grid-cols-[1fr_2fr] dark:text-lg"></div>',
        'vite/in.css': '@import "tailwindcss";\n@theme { --color-own: #123456; }\n',
      },
    });
  });

  it('sass: --watch', async () => {
    await made.app.expectSame('node watch.cjs plan.json && cat style.css', {
      normalize: (text) => normalize(text).replace(/\[[\d-]+ [\d:]+\]/g, '[then]'),
      files: {
        ...watching({
          command: 'sass',
          args: ['--watch', '--no-color', 'style.scss:style.css'],
          done: ['watching for changes', 'Compiled'],
          edits: [['_part.scss', '$c: blue;\n']],
        }),
        'style.scss': "@use 'part';\na { color: part.$c; }\n",
        '_part.scss': '$c: red;\n',
      },
    });
  });
});
