import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createContextify } from '../../../polyfills/bindings/contextify.ts';
import { setImportCallback } from '../../../polyfills/bindings/dynamic_import.ts';
import { createTestContext } from './context.ts';

type Compiled = { function?: (...p: unknown[]) => unknown; canParseAsESM: boolean; sourceMapURL?: string };
interface Contextify {
  compileFunctionForCJSLoader(code: string, filename: string, sea: boolean, detect: boolean): Compiled;
  containsModuleSyntax(code: string, filename: string): boolean;
  compileFunction(...parameters: unknown[]): { function: (...p: unknown[]) => unknown };
  makeContext(...parameters: unknown[]): object;
  ContextifyScript: new (...parameters: unknown[]) => {
    runInContext(sandbox: object | null, timeout: number, ...rest: boolean[]): unknown;
  };
}

const context = createTestContext();
const binding = createContextify(context) as Contextify;
const symbol = Symbol('referrer');

function cjs(code: string, filename = '/t.cjs'): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  binding
    .compileFunctionForCJSLoader(code, filename, false, true)
    .function?.call(module.exports, module.exports, () => undefined, module, filename, '/');
  return module.exports;
}

function script(
  code: string,
  sandbox: object | null = null,
  timeout = -1,
  filename = 'evalmachine.<anonymous>',
): unknown {
  const compiled = new binding.ContextifyScript(code, filename, 0, 0, undefined, false, undefined, symbol);
  return compiled.runInContext(sandbox, timeout, true, false, false);
}

function contextified(sandbox: object = {}): object {
  return binding.makeContext(sandbox, 'vm', undefined, true, true, false, symbol);
}

describe('compileFunctionForCJSLoader', () => {
  it('gives a function with the CommonJS parameters', () => {
    expect(cjs('exports.a = __filename + typeof require; exports.t = this === exports')).toEqual({
      a: '/t.cjsfunction',
      t: true,
    });
  });
  it('accepts a hashbang, directives, return and new.target', () => {
    expect(
      cjs("#!/usr/bin/env node\n'use strict'; exports.s = (function(){ return this })(); return; nope"),
    ).toEqual({
      s: undefined,
    });
    expect(cjs('exports.n = new.target')).toEqual({ n: undefined });
  });
  it('keeps lines and columns of frames', () => {
    const { error } = cjs('exports.x = 1;\n  exports.error = new Error("x")', '/frame.cjs') as {
      error: Error;
    };
    expect(error.stack).toContain('/frame.cjs:2:19');
  });
  it('finds the source map comment', () => {
    const compiled = binding.compileFunctionForCJSLoader(
      '1\n//# sourceMappingURL=x.map\n',
      '/m.js',
      false,
      true,
    );
    expect(compiled.sourceMapURL).toBe('x.map');
  });
  it.each([
    'import x from "y"',
    'export const a = 1',
    'import.meta.url',
    'const require = 1; await 1',
    'await 1',
    'if (await 1) {}',
  ])('says that %s may be a module', (code) => {
    expect(binding.compileFunctionForCJSLoader(code, '/m.js', false, true).canParseAsESM).toBe(true);
    expect(binding.containsModuleSyntax(code, '/m.js')).toBe(true);
  });
  it('routes import() to the host', async () => {
    setImportCallback(context, async (_referrer, specifier, phase, attributes, name) => ({
      specifier,
      phase,
      attributes: { ...attributes },
      name,
    }));
    const exports = cjs('exports.p = import("x", { with: { type: "json" } })', '/dyn.cjs');
    await expect(exports['p']).resolves.toEqual({
      specifier: 'x',
      phase: 2,
      attributes: { type: 'json' },
      name: '/dyn.cjs',
    });
  });
});

describe('function constructors', () => {
  it('route import() to the host, from the file that made the function', async () => {
    setImportCallback(context, async (_referrer, specifier, _phase, _attributes, name) => ({
      specifier,
      name,
    }));
    const load = new Function('x', 'return import(x)') as (x: string) => Promise<unknown>;
    await expect(load('./y.mjs')).resolves.toEqual({ specifier: './y.mjs', name: '/caller.js' });
    expect(load.name).toBe('anonymous');
    expect(load.constructor).toBe(Function);
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    expect(await AsyncFunction('a', 'return (await import(a)).name')('b')).toBe('/caller.js');
  });
  it('leave everything else alone', () => {
    expect(new Function('a', 'b', 'return a + b')(1, 2)).toBe(3);
    expect(Function('return this')()).toBe(globalThis);
    expect((() => 1) instanceof Function).toBe(true);
    class Own extends Function {}
    expect(new Own('return 1')).toBeInstanceOf(Own);
    expect(() => new Function('}); import("x"); (function(){')).toThrow(SyntaxError);
  });
  it('of a context see its globals', () => {
    const sandbox = contextified({ secret: 5 });
    expect(script('new Function("return secret")()', sandbox)).toBe(5);
    expect(script('Function("return this")() === globalThis', sandbox)).toBe(true);
    const strict = binding.makeContext({}, 'vm', undefined, false, true, false, symbol);
    expect(() => script('eval("1")', strict)).toThrow(EvalError);
    expect(() => script('new Function("1")', strict)).toThrow(EvalError);
    expect(script('1 + 1', strict)).toBe(2);
  });
});

describe('syntax errors', () => {
  it.each([
    'foo bar',
    'var a = ;',
    'if (x) {',
    'const x = 1;\nlet x = 2;',
    'console.log("a" "b")',
    "var s = 'abc",
    'a = {',
    'function (',
    'x = @',
    '\tfor (;;',
    'class A { constructor(){} constructor(){} }',
    'return 1',
    'let a; {\n  var a }',
    "'use strict'; with (a) {}",
    'var 1a',
    'break',
    'x++ ++',
    'var x = `abc',
    'a ? b',
    'const y;',
    '({ a: 1 } = 1)',
    '1 = 2',
    'async function f() { for await (x in y) {} }',
  ])('prints %j as node does', (code) => {
    expect(arrowOf(() => script(code, null, -1, 'evalmachine.js'))).toBe(
      arrowOf(() => new Script(code, { filename: 'evalmachine.js' })),
    );
  });
});

/** `file:line`, source line, carets and message. */
function arrowOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const { stack } = error as Error;
    return (stack ?? '').split('\n    at ')[0] ?? '';
  }
  return 'no error';
}

describe('scripts in the main context', () => {
  it('gives the completion value', () => {
    expect(script('1 + 1')).toBe(2);
    expect(script('let q1 = 3; q1')).toBe(3);
  });
  it('keeps declarations for later scripts', () => {
    script(
      'let kept1 = 1; const kept2 = 2; class Kept3 {}; var kept4 = 4; function kept5() { return kept1 }',
    );
    expect(script('kept1 = 7; [kept1, kept2, typeof Kept3, kept4, kept5()].join()')).toBe('7,2,function,4,7');
    expect(() => script('kept2 = 1')).toThrow(TypeError);
  });
  it('stops a loop when its time is over', () => {
    expect(() => script('while (true) {}', null, 20)).toThrow(
      expect.objectContaining({ code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' }),
    );
    expect(() =>
      script('(function f() { f2() ; function f2() { for (;;); } })()', contextified(), 20),
    ).toThrow(/timed out/);
  });
});

describe('vm contexts', () => {
  it('reads and writes the sandbox', () => {
    const sandbox = contextified({ x: 2, list: [] as unknown[] }) as Record<string, unknown>;
    expect(script('x += 40; var y = 17; z = 3; function f() { return x } list.push(1); f()', sandbox)).toBe(
      42,
    );
    expect(sandbox).toMatchObject({ x: 42, y: 17, z: 3, list: [1] });
    expect(typeof sandbox['f']).toBe('function');
  });
  it('keeps let and const apart from the sandbox', () => {
    const sandbox = contextified({});
    script('let a = 1; const b = 2; class C {}', sandbox);
    expect(script('a++; a + b', sandbox)).toBe(4);
    expect(Object.keys(sandbox)).toEqual([]);
    expect(() => script('let a', sandbox)).toThrow(SyntaxError);
    expect(() => script('b = 3', sandbox)).toThrow(TypeError);
  });
  it('has its own global', () => {
    const sandbox = contextified({}) as Record<string, unknown>;
    expect(script('typeof process + typeof notThere + typeof Array', sandbox)).toBe(
      'undefinedundefinedfunction',
    );
    expect(script('this === globalThis', sandbox)).toBe(true);
    expect(script('(function() { return this === globalThis })()', sandbox)).toBe(true);
    script('globalThis.g = 1; this.h = 2; (function () { this.i = 3 })()', sandbox);
    expect(sandbox).toEqual({ g: 1, h: 2, i: 3 });
    expect(() => script('notThere', sandbox)).toThrow(ReferenceError);
    expect((globalThis as Record<string, unknown>)['z']).toBeUndefined();
  });
  it('publishes what strict code declares', () => {
    const sandbox = contextified({}) as Record<string, unknown>;
    script("'use strict'; var v = 1; function fn() { return v } let l = 5;", sandbox);
    expect(sandbox['v']).toBe(1);
    expect(script('fn() + l', sandbox)).toBe(6);
  });
  it('compiles functions in a context and with extensions', () => {
    const sandbox = contextified({ a: 1 });
    const { function: f } = binding.compileFunction(
      'return a + b + c',
      '',
      0,
      0,
      undefined,
      false,
      sandbox,
      [{ b: 2 }],
      ['c'],
      symbol,
    );
    expect(f(3)).toBe(6);
    expect(() =>
      binding.compileFunction('});(function(){', '', 0, 0, undefined, false, undefined, [], [], symbol),
    ).toThrow(SyntaxError);
  });
});
