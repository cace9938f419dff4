import { describe, expect, test } from 'vitest';
import { Addresses } from '../../../src/service-worker/addresses.ts';
import { injecting, placeInHead } from '../../../src/service-worker/html-injection.ts';

describe('addresses', () => {
  const path = new Addresses('http://host:5000/__preview/');
  const origin = new Addresses('https://3000--abc-1.example.com/');
  const server = { container: 'abc-1', port: 3000 };

  test('a URL names its server', () => {
    expect(path.named('http://host:5000/__preview/abc-1/3000/a/b?c=d#e')).toEqual({
      ...server,
      target: '/a/b?c=d',
    });
    expect(path.named('http://host:5000/__preview/abc-1/3000')).toEqual({ ...server, target: '/' });
    expect(path.named('http://host:5000/__preview/abc-1/x/')).toBeUndefined();
    expect(path.named('http://other/__preview/abc-1/3000/')).toBeUndefined();
    expect(origin.named('https://3000--abc-1.example.com/a?b')).toEqual({ ...server, target: '/a?b' });
  });

  test('what a frame asks for stays in the container or leaves it', () => {
    expect(path.within('http://host:5000/x.js', server)).toEqual({ ...server, target: '/x.js' });
    expect(path.within('http://localhost:4000/x', server)).toEqual({ ...server, port: 4000, target: '/x' });
    expect(path.mayBeWithin('https://cdn.example.com/x.js')).toBe(false);
  });

  test('redirects lead where the browser finds them', () => {
    const from = { ...server, target: '/a/b' };
    expect(path.redirect('../c?d#e', from)).toBe('http://host:5000/__preview/abc-1/3000/c?d#e');
    expect(path.redirect('http://127.0.0.1:4000/', from)).toBe('http://host:5000/__preview/abc-1/4000/');
    expect(path.redirect('https://example.org/', from)).toBe('https://example.org/');
    expect(origin.redirect('/c', from)).toBe('https://3000--abc-1.example.com/c');
    expect(origin.redirect('http://localhost:4000/', from)).toBe('https://4000--abc-1.example.com/');
  });
});

describe('the place of the client script', () => {
  test.each([
    ['<!doctype html><html><head><title>', '<!doctype html><html><head>'],
    [
      '\n<!DOCTYPE html>\n<html lang="a>b">\n<HEAD data-x=\'>\'>\n',
      '\n<!DOCTYPE html>\n<html lang="a>b">\n<HEAD data-x=\'>\'>',
    ],
    ['<!-- <head> --><p>text', ''],
    ['<html><body>', '<html>'],
    ['<!doctype html><header>', '<!doctype html>'],
    ['plain text', ''],
  ])('%j', (html, before) => {
    expect(html.slice(0, placeInHead(html))).toBe(before);
  });

  test.each(['', '  ', '<', '<!doc', '<html', '<head', '<head a="', '<!-- x', '<!doctype html><he'])(
    'cannot be told yet: %j',
    (html) => expect(placeInHead(html)).toBeUndefined(),
  );

  test('is found in whatever pieces the document comes', async () => {
    const html = '<!doctype html><!-- ü --><html><head lang="x"><title>ä</title></head>';
    const bytes = new TextEncoder().encode(html);
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const text = await new Response(stream.pipeThrough(injecting('<script></script>'))).text();
    expect(text).toBe(html.replace('<title>', '<script></script><title>'));
  });

  test('a document without a head gets it all the same', async () => {
    const stream = new Response('<!-- only').body as ReadableStream<Uint8Array<ArrayBuffer>>;
    expect(await new Response(stream.pipeThrough(injecting('<b>'))).text()).toBe('<b><!-- only');
  });
});
