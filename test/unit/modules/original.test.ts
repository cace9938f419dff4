import { describe, expect, it } from 'vitest';
import { originalText } from '../../../polyfills/transform/original.ts';
import { transformModule } from '../../../polyfills/transform/module.ts';
import { transformScript } from '../../../polyfills/transform/script.ts';

const FUNCTIONS = [
  'async function f(x) { return await x; }',
  'async (x) => await g(await x, (await y).z) + 1',
  'async function f() { try { await 1; } catch (error) { await g(error); } finally { h(); } }',
  'async function f(x) { for await (const y of g(x, ")")) { console.log(await y); } }',
  'async function f(x) { outer: for await (const y of x) { for (;;) { if (y) continue outer; } } }',
  'async function f(x) { try { await x; } catch {} outer: while (x) { await x; continue outer; } }',
  "async () => (await import('node:fs')).default",
  'function f() { return 1; }',
];

describe('the text of a rewritten function is the text as written', () => {
  it.each(FUNCTIONS)('%s', (text) => {
    const { code } = transformScript(`module.exports = ${text};`, 'commonjs');
    expect(originalText(code)).toBe(`module.exports = ${text};`);
  });

  it('imported names of a module', () => {
    const text = 'async function f() { return call(await named, other.a); }';
    const source = `import { call, named } from 'a';\nimport other from 'b';\nexport ${text}\n`;
    const { code } = transformModule(source);
    const rewritten = code.slice(code.indexOf('async function f'), code.lastIndexOf('\n})'));
    expect(originalText(rewritten).trim().replace(/;$/, '')).toBe(text);
  });
});
