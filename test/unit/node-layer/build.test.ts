import { describe, expect, it } from 'vitest';
import { SourcePositions } from '../../../polyfills/realm/source-positions.ts';
import { bundle } from '../../../scripts/node-layer/bundle.mjs';
import { applyPatches, PATCHES } from '../../../scripts/node-layer/patches.mjs';
import { strip } from '../../../scripts/node-layer/strip.mjs';

describe('strip', () => {
  it('keeps lines, names and literals; cuts comments and indentation', () => {
    const source = "'use strict';\n  // gone\n  const a = `\n   x`; /* b */ f();\n\treturn 'a  b'\n";
    const { code, leads } = strip(source);
    expect(code).toBe("'use strict';\n\nconst a = `\n   x`;  f();\nreturn 'a  b'\n");
    expect([...leads].map((lead) => lead.charCodeAt(0) - 33)).toEqual([0, 9, 2, 0, 1, 0]);
  });
  it('parts words that only a comment parted', () => {
    expect(strip('typeof/* x */a').code).toBe('typeof a');
  });
});

describe('patches', () => {
  it('fail when their anchor is gone, naming themselves', () => {
    const natives = Object.fromEntries(Object.keys(PATCHES).map((id) => [id, '']));
    expect(() => applyPatches(natives)).toThrow(/node-layer patch \w+ of internal\/.*anchor occurs 0 times/);
    expect(() => applyPatches({})).toThrow(/there is no builtin/);
  });
});

describe('a bundle', () => {
  it('is of characters of one byte, and its texts are what they were', () => {
    const natives = { 'internal/a': "exports.line = '│─é';" };
    const script = bundle(natives, { config: '{}', help: {}, rootCertificates: [] }).get('rest.js') ?? '';
    expect(script).toContain(String.raw`exports.line = '\u2502\u2500é';`);
    expect(script).toMatch(/^[\0-\xff]*$/);
  });
  it('tells the place of a position', () => {
    const natives = {
      'internal/a': "'use strict';\n\n  function f() {\n    throw 1;\n  }\n",
      'internal/b': '\n   b();',
    };
    const files = bundle(natives, { config: '{}', help: {}, rootCertificates: [] });
    const script = files.get('rest.js') ?? '';
    const positions = new SourcePositions(() => files.get('rest.columns') ?? '');
    const table = /\$chunk\((.*)\);\n$/s.exec(script)?.[1] ?? '{}';
    positions.add('u', 'rest', (JSON.parse(table) as { lines: [string, number][] }).lines);
    const at = (text: string) => {
      const before = script.slice(0, script.indexOf(text)).split('\n');
      return positions.locate('u', before.length, (before.at(-1) ?? '').length + 1);
    };
    expect(at('throw 1')).toEqual({ file: 'node:internal/a', line: 4, column: 5 });
    expect(at('b();')).toEqual({ file: 'node:internal/b', line: 2, column: 4 });
    expect(positions.locate('other', 1, 1)).toBeUndefined();
  });
});
