import { expect, test } from 'vitest';
import { CookieJar } from '../../../src/kernel/preview/cookies.ts';

const DAY_MS = 86_400_000;

test('cookies go where their path covers, the more specific first', () => {
  const jar = new CookieJar();
  jar.set('a=1; Path=/', '/');
  jar.set('b=2; Path=/app', '/');
  jar.set('c=3', '/app/login');
  expect(jar.header('/')).toBe('a=1');
  expect(jar.header('/app/x?y=/app')).toBe('b=2; c=3; a=1');
  expect(jar.header('/application')).toBe('a=1');
});

test('time ends them; an end in the past removes one', () => {
  let now = 0;
  const jar = new CookieJar(() => now);
  jar.set('short=1; Max-Age=10', '/');
  jar.set(`long=1; Expires=${new Date(DAY_MS).toUTCString()}`, '/');
  jar.set('session=1', '/');
  now = 11_000;
  expect(jar.header('/')).toBe('long=1; session=1');
  jar.set('session=; Max-Age=0', '/');
  now = DAY_MS + 1;
  expect(jar.header('/')).toBe('');
});

test('a script neither sees nor replaces what is HttpOnly', () => {
  const jar = new CookieJar();
  jar.set('id=secret; HttpOnly', '/');
  expect(jar.set('id=mine', '/', { script: true })).toBe(false);
  expect(jar.set('x=1; HttpOnly', '/', { script: true })).toBe(false);
  jar.set('theme=dark', '/', { script: true });
  expect(jar.header('/')).toBe('id=secret; theme=dark');
  expect(jar.header('/', { script: true })).toBe('theme=dark');
});

test('cookies of other hosts, with control characters, or too long are not taken', () => {
  const jar = new CookieJar();
  expect(jar.set('a=1; Domain=example.com', '/')).toBe(false);
  expect(jar.set('a=1\r\nX: y', '/')).toBe(false);
  expect(jar.set(`a=${'x'.repeat(5000)}`, '/')).toBe(false);
  expect(jar.set('b=1; Domain=localhost', '/')).toBe(true);
  for (let i = 0; i < 300; i++) jar.set(`n${i}=1`, '/');
  expect(jar.header('/').split('; ')).toHaveLength(180);
});
