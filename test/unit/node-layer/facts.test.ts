import { describe, expect, it } from 'vitest';
import { createFacts, type EncodedFacts } from '../../../polyfills/facts.ts';
import encoded from '../../../polyfills/generated/facts.json' with { type: 'json' };

const facts = createFacts(encoded as unknown as EncodedFacts, '{}');

describe('the facts of the pinned node', () => {
  it('are Linux numbers', () => {
    expect(facts.uvErrors.get(-2)).toEqual(['ENOENT', 'no such file or directory']);
    expect(facts.bindings['uv']?.constants()['UV_ENOENT']).toBe(-2);
  });
  it('give fresh copies of data, and names of functions and classes', () => {
    const shape = facts.bindings['async_wrap'];
    expect(shape?.constants()['Providers']).not.toBe(shape?.constants()['Providers']);
    expect(shape?.functions).toContain('setupHooks');
    expect(facts.bindings['tcp_wrap']?.classes['TCP']?.methods).toContain('connect');
  });
  it('hold no source of Node', () => {
    expect(JSON.stringify(encoded)).not.toMatch(/use strict|=>\s*{|function\s*\(/);
  });
});
