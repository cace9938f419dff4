import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFunction } from '../../../polyfills/bindings/compile.ts';
import { compilerTools } from '../../../polyfills/bindings/compiler_tools.ts';
import { createTestContext } from './context.ts';

interface Storage {
  run<T>(value: unknown, callback: () => T): T;
  getStore(): unknown;
  enterWith(value: unknown): void;
}
type Program = (
  als: Storage,
  log: (...values: unknown[]) => void,
  sleep: () => Promise<string>,
) => Promise<unknown>;

const AsyncFunction = (async () => undefined).constructor as new (...parameters: string[]) => Program;

/** Runs the body of an async function as node runs it, and rewritten over a frame that every other microtask spoils. */
async function both(body: string): Promise<{ native: string[]; rewritten: string[] }> {
  const native: string[] = [];
  const storage = new AsyncLocalStorage<unknown>();
  const logTo =
    (lines: string[]) =>
    (...values: unknown[]) =>
      void lines.push(values.map(String).join(' '));
  const sleep = async (): Promise<string> => 'slept';
  await new AsyncFunction('als', 'log', 'sleep', body)(storage, logTo(native), sleep);

  const context = createTestContext();
  const frames = context.async.frame;
  const ours: Storage = {
    run(value, callback) {
      const before = frames.current;
      frames.current = value;
      try {
        return callback();
      } finally {
        frames.current = before;
      }
    },
    getStore: () => frames.current,
    enterWith(value) {
      frames.current = value;
    },
  };
  const rewritten: string[] = [];
  const { function: program } = compileFunction(compilerTools(context), {
    code: `return (async function (als, log, sleep) {${body}\n})(als, log, sleep)`,
    filename: '/als.js',
    parameters: ['als', 'log', 'sleep'],
    lineOffset: 0,
    columnOffset: 0,
    hostDefinedOption: Symbol('test'),
  });
  let running = true;
  const spoil = (): void => {
    frames.current = 'spoilt';
    if (running) void Promise.resolve().then(spoil);
  };
  const done = program(ours, logTo(rewritten), sleep) as Promise<unknown>;
  void Promise.resolve().then(spoil);
  await done;
  running = false;
  return { native, rewritten };
}

const CASES: Record<string, string> = {
  'an await': `await als.run('a', async () => { log(als.getStore()); await 1; log(als.getStore()); await sleep(); log(als.getStore(), await sleep(), als.getStore()) })`,
  'nested and parallel runs': `await Promise.all(['a', 'b', 'c'].map(v => als.run(v, async () => { for (let i = 0; i < 3; i++) { await sleep(); log(v, als.getStore()); await als.run(v + i, async () => { await 0; log(als.getStore()) }); log(als.getStore()) } })))`,
  'after a caught rejection': `await als.run('a', async () => { try { await Promise.reject(1) } catch (e) { log(e, als.getStore()) } log(als.getStore()); try { await Promise.reject(2) } catch { log(als.getStore()) } finally { log(als.getStore()) }
    try { try { await Promise.reject(3) } finally { log(als.getStore()) } } catch { log(als.getStore()) } })`,
  'enterWith inside try': `await als.run('a', async () => { try { await 1; als.enterWith('b'); await Promise.reject(1) } catch { log(als.getStore()) } try { als.enterWith('c'); throw 1 } catch { log(als.getStore()) }
    try { als.enterWith('d'); await 1; als.enterWith('e'); throw 1 } catch { log(als.getStore()) } await 0; log(als.getStore()) })`,
  'enterWith in the operand': `await als.run('a', async () => { await (als.enterWith('b'), 1); log(als.getStore()); const f = async () => { als.enterWith('c') }; await f(); await 0; log(typeof als.getStore()) })`,
  'for await': `async function* g() { for (let i = 0; i < 2; i++) { await sleep(); log('in', als.getStore()); yield i } }
    await als.run('a', async () => { for await (const x of g()) log(x, als.getStore()); log(als.getStore());
      outer: for (const a of [1, 2]) for await (const x of [sleep(), 2]) { log(a, x, als.getStore()); if (a === 1) continue outer; break }
      log(als.getStore()); lbl: for await (const x of g()) { if (x === 1) break lbl; continue lbl } log(als.getStore());
      for await (const x of []) ; log(als.getStore()); if (1) for await (const x of g()) await sleep(); log(als.getStore())
      for await (let { length } of ['ab', 'c']) log(length, als.getStore()) })`,
  'for await that fails': `async function* g() { yield 1; throw 'bad' }
    await als.run('a', async () => { try { for await (const x of g()) log(x) } catch (e) { log(e, als.getStore()) } finally { log(als.getStore()) }
      try { for await (const x of [Promise.reject('r')]) log(x) } catch (e) { log(e, als.getStore()) }
      try { for await (const x of null) ; } catch (e) { log(e.name, als.getStore()) } try { for await (const x of 5) ; } catch (e) { log(e.name) }
      const it = { [Symbol.asyncIterator]() { return { i: 0, next(...p) { log(p.length, this.i); return { done: this.i > 1, value: this.i++ } }, return(...p) { log('return', p.length); return {} } } } };
      for await (const x of it) log(x); for await (const x of it) break; try { for await (const x of it) throw 'body' } catch (e) { log(e) } })`,
  'async generators': `async function* g() { log(als.getStore()); yield await sleep(); try { yield 2 } finally { await 0; log('finally') } }
    await als.run('a', async () => { const i = g(); log((await i.next()).value); await i.next(); await i.return(); log(als.getStore()) }); log([...''].length)`,
  'expression forms': `await als.run('a', async () => { const a = [await 1, ...(await [2])], o = { k: await 3, [await 'x']: await 4 }; log(a, o.k, o.x, \`\${await 5}\`, await 6 ? await 7 : 0, (await 8, await 9), await await 10, -await 11, !(await 0), typeof await '');
    const f = async x => await x, m = { async m(a = 1) { return await a }, async *g() { yield* [await 1] }, get v() { return async () => await 2 } }; log(await f(1), await m.m(), await m.v()); class C { static async s() { return await 1 } async #p() { await 1 } x = async () => await 3 }
    log(await C.s(), await new C().x()); log(await (async () => (await 1) + (await 2))(), als.getStore()); let x = 1
    await 0
    x += await 2; log(x, (await (async () => ({ a: { b: () => 4 } }))()).a.b(), (await sleep())[0], await new Promise(r => r(1)), await function () { return 5 }()) })`,
  'code for eval': `const local = 5; await als.run('a', async () => { const f = eval('(async () => { await sleep(); return [local, als.getStore()] })'); log(...await f());
      log(...await eval(await 'eval("(async () => { try { await Promise.reject(1) } catch (e) { return [e, als.getStore()] } })")()'));
      log(eval(7), await (0, eval)('1 + 1'), als.getStore()); { const eval = (x, y) => [x, y].length; log(eval('await', 2)) } })`,
  'directives and arguments': `await (async function () { 'use strict'; await 1; log(arguments.length, this) })(1, 2); await (async () => { try { await 1 } finally { } })(); const o = { async f() { try { return await this.v } catch {} }, v: 3 }; log(await o.f())`,
};

describe('rewritten awaits', () => {
  it.each(Object.entries(CASES))('%s', async (_name, body) => {
    const { native, rewritten } = await both(body);
    expect(rewritten).toEqual(native);
    expect(native.length).toBeGreaterThan(0);
  });

  it('leaves code alone that cannot await', () => {
    const { function: f } = compileFunction(compilerTools(createTestContext()), {
      code: 'return "await async" // await',
      filename: '/x.js',
      parameters: [],
      lineOffset: 0,
      columnOffset: 0,
      hostDefinedOption: Symbol('test'),
    });
    expect(String(f)).toBe('function () {return "await async" // await\n}');
  });

  const statement: fc.Arbitrary<string> = fc.letrec<{ s: string; e: string }>((tie) => ({
    e: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('1', 'sleep()', 'als.getStore()', '(await Promise.reject("r"))', '"x"'),
      fc.tuple(tie('e')).map(([a]) => `(await ${a})`),
      fc.tuple(tie('e'), tie('e')).map(([a, b]) => `[${a}, ${b}].length`),
      fc.tuple(tie('e')).map(([a]) => `(await (async () => ${a})())`),
      fc.tuple(tie('s')).map(([a]) => `(await als.run(++n, async () => { ${a} }))`),
    ),
    s: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('log(als.getStore());', 'als.enterWith(++n);', 'await 0;', 'throw "t";'),
      fc.tuple(tie('e')).map(([a]) => `log(${a}, als.getStore());`),
      fc.tuple(tie('s'), tie('s')).map(([a, b]) => `${a}\n${b}`),
      fc
        .tuple(tie('s'), tie('s'))
        .map(([a, b]) => `try { ${a} } catch (e) { log('caught', e, als.getStore()); ${b} }`),
      fc
        .tuple(tie('s'), tie('s'))
        .map(([a, b]) => `try { ${a} } finally { ${b} log('finally', als.getStore()); }`),
      fc.tuple(tie('e'), tie('s')).map(([a, b]) => `for await (const v of [${a}, 2]) { ${b} }`),
      fc.tuple(tie('s')).map(([a]) => `for (const v of [1, 2]) { ${a} if (v === 1) continue; }`),
    ),
  })).s;

  it('keeps the frame in any program', async () => {
    await fc.assert(
      fc.asyncProperty(statement, async (text) => {
        const { native, rewritten } = await both(
          `let n = 0; als.enterWith('start'); try { ${text} } catch (e) { log('end', e) } log(als.getStore())`,
        );
        expect(rewritten).toEqual(native);
      }),
      { numRuns: 300 },
    );
  });
});
