import { describe, expect, it } from 'vitest';
import { isRefusedBase, isRefusedHost } from '../../../polyfills/url/strict-host.ts';

describe('hosts that the standard refuses and a browser takes', () => {
  it.each([
    'http://％４１.com',
    'http://%ef%bc%85%ef%bc%94%ef%bc%91.com',
    'http://[::%31]',
    'http://%5B::1]',
    ' http:\\\\user:secret@%5B::1]/path',
    'ht\ntp://％４１.com',
    '//％４１.com',
  ])('%s', (input) => {
    expect(isRefusedHost(input)).toBe(true);
  });

  it.each([
    'http://example.com/%5B',
    'http://ex%41mple.com',
    'http://bücher.example/?q=％',
    'http://ａｂｃ.example',
    'http://us%5Ber@example.com/',
    'other://％４１.com',
    'data:％',
    '/％４１',
    '',
  ])('not %s', (input) => {
    expect(isRefusedHost(input)).toBe(false);
  });

  it('a base is looked at as a whole', () => {
    expect(isRefusedBase('http://％４１.com')).toBe(true);
    expect(isRefusedBase('http://example.com/a b%20c')).toBe(false);
  });
});
