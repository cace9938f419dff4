import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { Project } from './project.ts';
import type { Outcome } from './project.ts';

const projects: Project[] = [];
afterEach(() => projects.splice(0).forEach((project) => project.remove()));

function project(files: Record<string, string>, packages: readonly string[] = []): Project {
  const made = new Project(files, packages);
  projects.push(made);
  return made;
}

/**
 * Stack frames within Node's library are left out: where it is patched (the timers' drains are generators) their columns
 * differ, and how many of them fit below V8's limit differs with it. The program's own frames stay.
 */
function withoutLibraryFrames(outcome: Outcome): Outcome {
  return { ...outcome, stderr: outcome.stderr.replace(/^ +at .*\bnode:internal\/.*\n/gm, '') };
}

/** Runs in both places and compares all that can be seen. */
async function expectSame(made: Project, args: readonly string[], input?: string): Promise<void> {
  const native = await made.native(args, input);
  expect(withoutLibraryFrames(await made.oac(args, input))).toEqual(withoutLibraryFrames(native));
}

/** Fifty modules that import each other, one with a type error. */
function typescriptProject(): Record<string, string> {
  const files: Record<string, string> = {
    'tsconfig.json': JSON.stringify({
      compilerOptions: { strict: true, target: 'es2022', module: 'nodenext', outDir: 'out', types: [] },
      include: ['src'],
    }),
  };
  for (let i = 0; i < 50; i++) {
    const next = i < 49 ? `import { f${i + 1} } from './m${i + 1}.js';\n` : '';
    const call = i < 49 ? `f${i + 1}(n) + ` : '';
    files[`src/m${i}.ts`] = `${next}export function f${i}(n: number): number {\n  return ${call}${i};\n}\n`;
  }
  files['src/wrong.ts'] = "import { f0 } from './m0.js';\nexport const text: string = f0('1');\n";
  return files;
}

describe('real programs give what native Node gives', () => {
  it('typescript: tsc on a project of 50 files', async () => {
    const made = project(typescriptProject(), ['typescript']);
    await expectSame(made, [Project.bin('typescript', 'tsc'), '-p', '.', '--listEmittedFiles']);
  });

  it('prettier --check on a source tree', async () => {
    const files = {
      'a.js': 'const a = 1;\n',
      'b/c.ts': 'let x:number=1',
      'd.json': '{"a":1}\n',
      'e.md': '# e\n',
    };
    await expectSame(project(files, ['prettier']), [Project.bin('prettier'), '--check', '.']);
  });

  it('acorn', async () => {
    const made = project({ 'in.js': 'export const f = async (a) => a?.b ?? 1;\n' }, ['acorn']);
    await expectSame(made, [Project.bin('acorn'), '--ecma2022', '--module', 'in.js']);
  });

  it('marked', async () => {
    const text = '# Title\n\n- *one*\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n';
    await expectSame(project({}, ['marked']), [Project.bin('marked')], text);
  });

  it('mocha on a small suite', async () => {
    const suite = `
      const assert = require('assert');
      describe('suite', () => {
        it('passes', () => assert.strictEqual(1, 1));
        it('waits', () => new Promise((resolve) => setTimeout(resolve, 5)));
        it('fails', () => assert.deepStrictEqual({ a: [1, 2] }, { a: [1, 3] }));
        it.skip('is skipped', () => {});
      });`;
    const made = project({ 'test/suite.js': suite }, ['mocha']);
    const args = [Project.bin('mocha'), '--reporter', 'tap'];
    await expectSame(made, args);
  });

  it('chalk 5, an ESM-only package', async () => {
    const source =
      "import chalk from 'chalk';\nconsole.log(chalk.red('red') + chalk.bold.underline('bold'), chalk.level);\n";
    const made = project({ 'main.mjs': source }, ['chalk']);
    await expectSame(made, ['main.mjs']);
  });

  it('a program with a syntax error', async () => {
    await expectSame(project({ 'main.js': 'const a = 1;\nconst b = (;\n' }), ['main.js']);
  });

  it('a program that throws asynchronously', async () => {
    const source =
      "setTimeout(function late() {\n  throw new TypeError('late');\n}, 1);\nconsole.log('first');\n";
    await expectSame(project({ 'main.js': source }), ['main.js']);
  });

  it('a context that async_hooks carry over awaits and reactions', async () => {
    const source = `
      const { createHook, executionAsyncId } = require('node:async_hooks');
      const contexts = new Map();
      const init = (id, type, trigger) => contexts.set(id, contexts.get(executionAsyncId()) ?? contexts.get(trigger));
      createHook({ init }).enable();
      const show = (place) => console.log(place, contexts.get(executionAsyncId()));
      const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
      async function request(name) {
        contexts.set(executionAsyncId(), name);
        show('begin');
        await null;
        show('after nothing');
        await pause();
        show('after a timer');
        try {
          await Promise.reject(new Error('no'));
        } catch {
          show('after a rejection');
        }
        return Promise.resolve().then(() => show('in a reaction'));
      }
      setTimeout(() => request('one'), 1);
      setTimeout(() => request('two'), 50);`;
    await expectSame(project({ 'main.js': source }), ['main.js']);
  });

  it('node --test with suites that are built asynchronously', async () => {
    const files = {
      'suite.test.mjs': `
        import { describe, it } from 'node:test';
        describe('outer', async () => {
          await null;
          it('first', async () => {});
          describe('inner', async () => {
            await new Promise(setImmediate);
            it('second', async (t) => {
              await null;
              await t.test('third', () => {});
            });
          });
        });`,
      'names.mjs': `
        export default async function* (events) {
          for await (const { type, data } of events) {
            if (type === 'test:pass' || type === 'test:fail') yield \`\${type} \${data.nesting} \${data.name}\\n\`;
          }
        }`,
    };
    await expectSame(project(files), ['--test', '--test-reporter=./names.mjs', 'suite.test.mjs']);
  });

  it('timers that a promise sets and clears right after the last timer ran', async () => {
    const source = `
      const begin = Date.now();
      const early = () => (Date.now() - begin < 5000 ? 'early' : 'late');
      const far = setTimeout(() => console.log('never'), 60_000);
      setTimeout(() => {
        Promise.resolve().then(() => setTimeout(() => {
          console.log('near', early());
          Promise.resolve().then(() => clearTimeout(far));
        }, 1));
      }, 50);
      process.on('exit', () => console.log('exit', early()));`;
    await expectSame(project({ 'main.js': source }), ['main.js']);
  });

  it('stacks of modules and scripts that have source maps', async () => {
    const map = {
      version: 3,
      sources: ['made.ts'],
      sourcesContent: ['//\n//\n  throw it'],
      names: [],
      mappings: 'AAEE',
    };
    const made = "throw new Error('from ' + typeof require);\n//# sourceMappingURL=made.map\n";
    const source = `
      import { createRequire } from 'node:module';
      const show = ({ stack }) => console.log(stack.split('\\n').slice(0, 2).join());
      try { createRequire(import.meta.url)('./made.cjs'); } catch (error) { show(error); }
      await import('./made.mjs').catch(show);`;
    const files = { 'main.mjs': source, 'made.cjs': made, 'made.mjs': made, 'made.map': JSON.stringify(map) };
    await expectSame(project(files), ['--enable-source-maps', 'main.mjs']);
  });

  it('a key of Web Crypto as the first thing that an evaluated text makes', async () => {
    const source =
      "crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']).then((key) => console.log(key))";
    await expectSame(project({}), ['-e', source]);
  });

  it('WebAssembly that is compiled while it comes', async () => {
    const source = `
      const wasm = (type = 'application/wasm') => new Response(Buffer.from('AGFzbQEAAAA=', 'base64'), { headers: { 'content-type': type } });
      const show = (made) => console.log(made instanceof Error ? made.code + made.message : made);
      const tries = [wasm(), Promise.resolve(wasm()), wasm('text/plain'), 7];
      (async () => {
        for (const one of tries) await WebAssembly.instantiateStreaming(one, {}).then(({ module }) => module).then(show, show);
        show(await WebAssembly.compileStreaming(wasm()));
        show([WebAssembly.compileStreaming.length, WebAssembly.instantiateStreaming.length]);
      })();`;
    await expectSame(project({ 'main.js': source }), ['main.js']);
  });

  it('calls with lists of a hundred thousand', async () => {
    const source = `
      const bytes = new Uint8Array(100_000).fill(65);
      const list = [];
      console.log(String.fromCharCode.apply(null, bytes).length, list.push.apply(list, bytes), Math.max.apply(null, list));
      const url = 'data:application/octet-stream;base64,' + Buffer.from(bytes).toString('base64');
      fetch(url).then((response) => response.arrayBuffer()).then((body) => console.log(body.byteLength));`;
    await expectSame(project({ 'main.js': source }), ['main.js']);
  });

  it('a missing script', async () => {
    await expectSame(project({}), ['none.js']);
  });

  it('a program that reads stdin to its end', async () => {
    const source =
      "let n = 0;\nprocess.stdin.on('data', (d) => (n += d.length)).on('end', () => console.log(n));\n";
    await expectSame(project({ 'main.js': source }), ['main.js'], 'äöü\n'.repeat(300_000));
  });

  it('a program that writes 100 MB', async () => {
    const source = `
      const chunk = (i) => Buffer.alloc(65536, String.fromCharCode(97 + (i % 26)));
      let i = 0;
      (function more() {
        while (i < 1600) if (!process.stdout.write(chunk(i++))) return process.stdout.once('drain', more);
      })();`;
    const made = project({ 'main.js': source });
    const digest = ({ code, stdout }: { code: number | null; stdout: string }) => ({
      code,
      length: stdout.length,
      sha256: createHash('sha256').update(stdout).digest('hex'),
    });
    const native = await made.native(['main.js']);
    expect(digest(await made.oac(['main.js']))).toEqual(digest(native));
    expect(native.stdout.length).toBe(1600 * 65536);
  });
});
