import { describe, expect, test } from 'vitest';
import {
  framingOf,
  keepsAlive,
  MalformedRequest,
  RequestReader,
} from '../../../src/kernel/net/http-request.ts';

/** A reader whose connection brings these pieces, one a read, and then ends. */
function readerOf(...pieces: string[]): RequestReader {
  const bytes = pieces.map((piece) => Uint8Array.from(piece, (character) => character.charCodeAt(0)));
  return new RequestReader(() => Promise.resolve(bytes.shift()));
}

async function bodyOf(reader: RequestReader): Promise<string> {
  const head = await reader.head();
  if (head === undefined) throw new Error('no request');
  let text = '';
  for await (const part of reader.body(head)) text += String.fromCharCode(...part);
  return text;
}

describe('requests that the gateway reads', () => {
  test('one after another, however the bytes are cut', async () => {
    const text =
      'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc' +
      'POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nTrailer: t\r\n\r\n' +
      'GET /c HTTP/1.0\r\n\r\n';
    for (const size of [1, 2, 7, text.length]) {
      const reader = readerOf(...(text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []));
      expect(await bodyOf(reader)).toBe('abc');
      expect(await bodyOf(reader)).toBe('def');
      const last = await reader.head();
      expect(last).toMatchObject({ method: 'GET', target: '/c', version: '1.0' });
      expect(last && keepsAlive(last)).toBe(false);
      expect(await reader.head()).toBeUndefined();
    }
  });

  test.each([
    ['GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n', 'a folded header'],
    ['GET / HTTP/1.1\r\nA : b\r\n\r\n', 'a space before the colon'],
    ['GET /a b HTTP/1.1\r\n\r\n', 'a space in the target'],
    ['GET / HTTP/2.0\r\n\r\n', 'another version'],
    ['GET / HTTP/1.1\r\nHost: h\r\n', 'an end within the head'],
  ])('%j is refused: %s', async (text) => {
    await expect(readerOf(text).head()).rejects.toBeInstanceOf(MalformedRequest);
  });

  test.each([
    [['Content-Length: 3', 'Transfer-Encoding: chunked'], 'two framings'],
    [['Content-Length: 3', 'Content-Length: 4'], 'two lengths'],
    [['Content-Length: +3'], 'a length that is no number'],
    [['Transfer-Encoding: gzip, chunked'], 'another coding'],
  ])('%j is refused: %s', async (headers) => {
    const head = await readerOf(`POST / HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`).head();
    expect(() => head && framingOf(head)).toThrow(MalformedRequest);
  });

  test.each(['g\r\n', '-1\r\n', '1\r\nab\r\n'])('the chunk %j is refused', async (chunk) => {
    const reader = readerOf(`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
    await expect(bodyOf(reader)).rejects.toBeInstanceOf(MalformedRequest);
  });
});
