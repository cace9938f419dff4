import { describe, expect, it } from 'vitest';
import { Loader, runByNode, runHere, type Files } from './loader.ts';

/** Each is run by our module records and by node's; what they log must be the same. */
const CASES: Record<string, Files> = {
  'live bindings': {
    'main.mjs': `import d, { count, inc, f as g } from './a.mjs'; import * as ns from './a.mjs';
      log(count, d, g()); inc(); log(count, ns.count, d); log(Object.keys(ns), typeof ns.inc);`,
    'a.mjs': `export let count = 1; export function inc() { count++ } export { f }; function f() { return 'f' }
      let d = 'one'; export { d as default }; export const z = 0`,
  },
  'cycle with hoisted functions and TDZ': {
    'main.mjs': `import { b } from './b.mjs'; export function a() { return 'a' } export let late = 1; log(b)`,
    'b.mjs': `import { a, late } from './main.mjs'; export let b = a(); try { late } catch (e) { log(e.name, e.message) }
      try { typeof late } catch (e) { log(e.name) }`,
  },
  'default exports have their names': {
    'main.mjs': `import a from './a.mjs'; import b from './b.mjs'; import c from './c.mjs'; import d from './d.mjs'; import e from './e.mjs';
      import f from './f.mjs'; log(a.name, b.name, c.name, d.name, e, f.name, a(), f.constructor.name)`,
    'a.mjs': `log('early', f()); export default function () { return 1 } function f() { return 2 }`,
    'b.mjs': `export default class {}`,
    'c.mjs': `export default () => {}`,
    'd.mjs': `export default (class { static name = 'own' })`,
    'e.mjs': `export default 1 + 1\n;[1].forEach(x => log(x))`,
    'f.mjs': `export default async /* x */ function * () {}`,
  },
  'star exports': {
    'main.mjs': `import * as all from './all.mjs'; import { x, own } from './all.mjs'; log(Object.keys(all), x, own, 'both' in all, all.both)`,
    'all.mjs': `export * from './a.mjs'; export * from './b.mjs'; export const own = 'own'; export * as again from './a.mjs'`,
    'a.mjs': `export const x = 1, both = 'a', own = 'hidden'; export default 7`,
    'b.mjs': `export const y = 2, both = 'b'`,
  },
  'ambiguous import': {
    'main.mjs': `import { both } from './all.mjs'; log(both)`,
    'all.mjs': `export * from './a.mjs'; export * from './b.mjs'`,
    'a.mjs': `export const both = 1`,
    'b.mjs': `export const both = 2`,
  },
  'star cycle': {
    'main.mjs': `import * as a from './a.mjs'; log(Object.keys(a), a.x, a.y)`,
    'a.mjs': `export * from './b.mjs'; export const x = 1`,
    'b.mjs': `export * from './a.mjs'; export const y = 2`,
  },
  'missing export': { 'main.mjs': `import { nope } from './a.mjs'`, 'a.mjs': `export const yes = 1` },
  'missing default': { 'main.mjs': `import nope from './a.mjs'`, 'a.mjs': `export const yes = 1` },
  'string names': {
    'main.mjs': `import { 'a b' as ab, __proto__ as p } from './a.mjs'; import * as ns from './a.mjs'; log(ab, p, Object.keys(ns))`,
    'a.mjs': `const v = 1; export { v as 'a b', v as "__proto__", v as '1' }`,
  },
  'assignment to imports': {
    'main.mjs': `import { x } from './a.mjs'; import * as ns from './a.mjs'; for (const f of [() => { x = 1 }, () => { x++ }, () => { ({ x } = { x: 1 }) }, () => { [x] = [1] }, () => { for (x of [1]); }, () => { ns.x = 1 }, () => { delete ns.x }, () => { Object.defineProperty(ns, 'x', { value: 9 }) }, () => { ns.q = 1 }])
      try { f(); log('no error') } catch (e) { log(e.name) } log(x)`,
    'a.mjs': `export let x = 0`,
  },
  'namespace object': {
    'main.mjs': `import * as ns from './a.mjs'; log(Object.prototype.toString.call(ns), Object.getPrototypeOf(ns), Object.isExtensible(ns), Object.isSealed(ns));
      log(JSON.stringify(Object.getOwnPropertyDescriptors(ns)), Reflect.ownKeys(ns).map(String), 'z' in ns, ns.z);
      log(Reflect.set(ns, 'a', 1), Reflect.defineProperty(ns, 'a', { value: ns.a }), Reflect.deleteProperty(ns, 'zz'), Reflect.setPrototypeOf(ns, null), Reflect.setPrototypeOf(ns, {}));
      log(JSON.stringify(Object.getOwnPropertyDescriptor(ns, Symbol.toStringTag)), JSON.stringify(ns))
      try { Object.freeze(ns); log('frozen') } catch (e) { log(e.name) }`,
    'a.mjs': `export const b = 2, a = 1; export default 3; export const A = 4`,
  },
  shadowing: {
    'main.mjs': `import { x, y, f } from './a.mjs';
      log(x, (x => x)(5), function x() { return typeof x }(), (() => { let x = 1; { let x = 2; log(x) } return x })());
      log(((a = x) => { var x = 'inner'; return [a, x] })(), ((x, y2 = x) => y2)(8));
      try { throw 'thrown' } catch (x) { log(x) } for (const x of [1]) log(x); for (let x = 0; x < 1; x++) log(x);
      log({ x, y }.x, { x: 1 }.x, { [x]: y }['ex'], class { static x = x; static { log(x) } static m(x) { return x } }.m('p'));
      function hoisted() { return x; var x } log(hoisted()); switch (1) { case 1: let x = 'sw'; log(x) }
      x: for (;;) { break x } log(\`\${x}\`, f\`t\`, f?.(), new (class x { v = x.name })().v);
      const { x: renamed = x, ...rest } = {}; log(renamed, typeof rest);
      log((function () { { function x() { return 'block' } } return typeof x })())`,
    'a.mjs': `export const x = 'ex', y = 'why'; export function f() { return typeof this }`,
  },
  'calls at the start of a statement': {
    'main.mjs': `import { f, o } from './a.mjs'
const a = 1
f('first')
const b = [a]
f\`tag\`
if (a) f('if'); else f('else')
o.m()
let c = a
import { g } from './a.mjs'
(function () { log('after import') })()
export { c }
[1].forEach(() => log('after export'))
switch (a) { case 1: f('case')
f('case2') }
do f('do'); while (0)
const t = { f, g }
g
(1)
f?.('optional')
  `,
    'a.mjs': `export function f(x) { log(x, this) } export const g = () => log('g'); export const o = { m() { log(this === o) } }`,
  },
  'import meta and dynamic import': {
    'main.mjs': `log(import.meta.url.endsWith('main.mjs'), import.meta === import.meta, Object.getPrototypeOf(import.meta)); const ns = await import('./a.mjs'); log(ns.v, ns === await import('./a.mjs'));`,
    'a.mjs': `export const v = 1`,
  },
  'module scope': {
    'main.mjs': `log(this, typeof arguments, (() => this)(), (function () { return typeof arguments })(), typeof require); try { undeclared = 1 } catch (e) { log(e.name) }
      try { arguments.length } catch (e) { log(e.name) } const o = { arguments: 1 }; log(o.arguments)`,
  },
  hashbang: { 'main.mjs': `#!/usr/bin/env node\nlog('ran')` },
  'errors are kept': {
    'main.mjs': `for (let i = 0; i < 2; i++) try { await import('./bad.mjs') } catch (e) { log(e.message, e === globalThis.first); globalThis.first = e }`,
    'bad.mjs': `log('once'); throw new Error('bad')`,
  },
  'top-level await': {
    'main.mjs': `import { a } from './a.mjs'; import './b.mjs'; log('main', a, await Promise.resolve(1), [await 2, await null]); try { await Promise.reject(3) } catch (e) { log('caught', e) } finally { await 4 }
      class X { [await 'key'] = await0() } function await0() { return 1 } log(Object.keys(new X)); const f = async () => { await 1; log('f') }; await f()
      x: for (const i of await [1, 2]) { if (i === 2) break x; await i } log(\`\${await 't'}\`, -await 1, (await import('./c.mjs')).default, typeof await 1)
      export default await 5`,
    'a.mjs': `log('a start'); await 0; log('a end'); export const a = await 'A'`,
    'b.mjs': `log('b')`,
    'c.mjs': `export default await 'C'`,
  },
  'order of async siblings': {
    'main.mjs': `import './a.mjs'; import './b.mjs'; import './c.mjs'; log('main')`,
    'a.mjs': `log('a1'); await 1; log('a2'); await 1; log('a3')`,
    'b.mjs': `import './d.mjs'; log('b1'); await 1; log('b2')`,
    'c.mjs': `import './a.mjs'; log('c')`,
    'd.mjs': `log('d1'); await 1; log('d2')`,
  },
  'async cycle': {
    'main.mjs': `import './a.mjs'; log('main')`,
    'a.mjs': `import './b.mjs'; log('a1'); await 1; log('a2')`,
    'b.mjs': `import './c.mjs'; import './a.mjs'; log('b')`,
    'c.mjs': `log('c1'); await 1; log('c2')`,
  },
  'async ticks interleave': {
    'main.mjs': `import './t.mjs'; import './a.mjs'; import './b.mjs'; log('main')`,
    't.mjs': `let n = 0; const tick = () => { log('tick', n++); if (n < 12) Promise.resolve().then(tick) }; tick()`,
    'a.mjs': `for (let i = 0; i < 3; i++) { await i; log('a', i) }`,
    'b.mjs': `import './a.mjs'; await 0; log('b')`,
  },
  'rejections spread': {
    'main.mjs': `const r = await Promise.allSettled([import('./x.mjs'), import('./y.mjs'), import('./bad.mjs')]); log(r.map(s => s.status + s.reason)); const again = await import('./x.mjs').catch(e => e); log(again)`,
    'x.mjs': `import './bad.mjs'; log('x never')`,
    'y.mjs': `import './x.mjs'; await 1; log('y never')`,
    'bad.mjs': `await 1; throw 'bad'`,
  },
  'for await at the top': {
    'main.mjs': `async function* g() { yield 1; yield 2 } for await (const x of g()) log(x); for await (const y of [Promise.resolve(3)]) log(y); log(await 4)`,
  },
  'await where a semicolon is missing': {
    'main.mjs': `const a = 1
await 2
let b = a
await (async () => log('b'))()
;await 0
log(await 1, await
2)`,
  },
  'calls of imports where a semicolon is missing': {
    'main.mjs': `import { foo } from './a.mjs'
function f() { const a = log
  foo('function') }
const g = () => { let a = log
  foo('arrow') }
class K { static { const a = log
  foo('static') }
  constructor() { const a = log
  foo('constructor')
  if (a)
    foo('if')
  else foo('else')
  for (const x of [1]) foo('loop') } }
f()
g()
new K()
async function h() { const a = log
  foo('async')
  switch (1) { case 1: const b = log
  foo('case') } }
await h()`,
    'a.mjs': `export const foo = (text) => log(text)`,
  },
  'classes, labels, regexes, templates': {
    'main.mjs': `import { foo } from './a.mjs'; class A { #foo = foo; foo = this.#foo; static foo() { return foo } get bar() { return foo } [foo]() {} static async *gen() { yield foo } async m() { return await foo } }
      log(new A().foo, A.foo(), new A().bar, Object.getOwnPropertyNames(A.prototype), await new A().m()); for await (const v of A.gen()) log(v);
      log(/foo/.test('foo') / 1, \`\${foo}\${\`\${foo}\`}\`, { foo() { return foo } }.foo(), { get foo() { return 1 } }.foo, foo /1, (foo)
      ); outer: for (const foo of [1]) { for (;;) continue outer }`,
    'a.mjs': `export const foo = 'foo'`,
  },
};

describe('modules behave as native ones', () => {
  it.each(Object.entries(CASES))('%s', async (_name, files) => {
    expect(await runHere(files)).toEqual(runByNode(files));
  });
});

describe('ModuleWrap', () => {
  it('keeps positions of frames', async () => {
    const { error } = await new Loader({
      'e.mjs': `import { Err } from './err.mjs';\nexport const error = new Err(await 1);`,
      'err.mjs': 'export const Err = Error',
    }).run('e.mjs');
    expect((error as Error).stack).toContain('/e.mjs:2:');
  });
  it('evaluates a graph without top-level await synchronously', () => {
    const loader = new Loader({
      'a.mjs': `import './b.mjs'; export default 1; export const x = 2`,
      'b.mjs': '',
    });
    const wrap = loader.load('/a.mjs');
    wrap.instantiate();
    expect(wrap.hasAsyncGraph).toBe(false);
    expect(wrap.evaluateSync()).toMatchObject({ default: 1, x: 2 });
    expect(wrap.getStatus()).toBe(4);
    expect(Object.keys(loader.binding.createRequiredModuleFacade(wrap))).toEqual([
      '__esModule',
      'default',
      'x',
    ]);
  });
  it('keeps the error of a failed evaluation', () => {
    const wrap = new Loader({ 'a.mjs': 'throw new RangeError("x")' }).load('/a.mjs');
    wrap.instantiate();
    expect(() => wrap.evaluateSync()).toThrow(RangeError);
    expect(wrap.getStatus()).toBe(5);
    expect(() => wrap.evaluateSync()).toThrow(RangeError);
  });
  it('tells requests with attributes and phases', () => {
    const { binding } = new Loader({});
    const wrap = new binding.ModuleWrap(
      'x',
      undefined,
      `import a from 'a' with { type: 'json' }; import source w from 'w'; import 'b'; export * from 'b'; import.source('q')`,
      0,
      0,
    );
    expect(wrap.getModuleRequests()).toMatchObject([
      { specifier: 'a', attributes: { type: 'json' }, phase: 2 },
      { specifier: 'w', attributes: {}, phase: 1 },
      { specifier: 'b', attributes: {}, phase: 2 },
    ]);
  });
  it.each([
    ['export { nope }', "Export 'nope' is not defined in module"],
    ['export const a = 1; export { a }', "Duplicate export of 'a'"],
    ['let a; let a', "Identifier 'a' has already been declared"],
    ["import a from 'a';\nfoo bar", 'Unexpected identifier'],
  ])('words the error of %s as V8', (source, message) => {
    const { binding } = new Loader({});
    expect(() => new binding.ModuleWrap('x', undefined, source, 0, 0)).toThrow(message);
  });
});
