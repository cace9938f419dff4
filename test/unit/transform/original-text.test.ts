import { describe, expect, it } from 'vitest';
import { transformModule } from '../../../polyfills/transform/module.ts';
import { originalText } from '../../../polyfills/transform/original_text.ts';
import { transformScript } from '../../../polyfills/transform/script.ts';
import { transformVmScript } from '../../../polyfills/transform/vm_script.ts';

describe('the text of a function', () => {
  it.each([
    'async function f(x) { return await g(await x) + (await h(x, 1)); }',
    'async (a) => { try { await a(); } catch { await b } finally { c() } }',
    'const load = async (name) => (await import(name)).default',
    'async (x) => eval("1") + await eval(await x, 2) + y.eval(x) + eval(...x)',
    'function plain() { return "__await$.r(" }',
  ])('is as it was written: %s', (code) => {
    expect(originalText(transformScript(code, 'script').code)).toBe(code);
  });

  it('with for await keeps its meaning, without a helper', () => {
    const code = 'async function f(xs) { for await (const x of xs) log(x); }';
    const text = originalText(transformScript(code, 'script').code);
    expect(text).toContain('for await (const x of (xs))');
    expect(text).not.toContain('$');
  });

  it.each([
    'function f() { for (;;); }',
    'function f(a) { while (a--) { if (a) do a--; while (a); } return () => { for (const x of a) for (x in a) log(x) } }',
  ])('that can be interrupted is as it was written: %s', (code) => {
    const { code: checked } = transformVmScript(code, 'main', true);
    expect(checked).toContain('__time$()');
    expect(originalText(checked)).toContain(code);
    expect(originalText(transformModule(code, true).code)).toContain(code);
  });

  it('of a module names what it imports', () => {
    const code =
      'import { a } from "m"; export async function f() { return [a, await a(), import.meta.url, import("n")]; }';
    const text = originalText(transformModule(code).code);
    expect(text).toContain('return [a, await (0,a)(), import.meta.url, import("n")];');
  });
});
