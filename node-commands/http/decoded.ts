/** The body of an answer without its content encoding. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';

/** What is asked for with `accept-encoding`. */
export const ACCEPTED_ENCODINGS = 'deflate, gzip';

export function decoded(answer: IncomingMessage): Readable {
  const encoding = answer.headers['content-encoding']?.toLowerCase();
  if (encoding === 'gzip' || encoding === 'x-gzip') return piped(answer, zlib.createGunzip());
  if (encoding === 'deflate') return piped(answer, zlib.createInflate());
  return answer;
}

function piped(answer: IncomingMessage, through: zlib.Gunzip | zlib.Inflate): Readable {
  answer.on('error', (error) => through.destroy(error));
  return answer.pipe(through);
}
