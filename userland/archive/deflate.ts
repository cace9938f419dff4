/** Raw deflate (RFC 1951) of streams, by zlib as pako has it. */
import {
  zlibDeflate,
  zlibDeflateEnd,
  zlibDeflateInit2,
  zlibInflate,
  zlibInflateEnd,
  zlibInflateInit2,
  ZStream,
} from 'pako';
import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import { Failure } from '../program/program.ts';
import type { ByteReader } from './byte-reader.ts';

const DEFLATED = 8;
/** Negative: no header. */
const RAW_WINDOW = -15;
const MEMORY_LEVEL = 8;
const DEFAULT_STRATEGY = 0;
const NO_FLUSH = 0;
const FINISH = 4;
const STREAM_END = 1;
const BUFFER_ERROR = -5;

export function* deflate(source: Iterable<Uint8Array>, level: number): Generator<Uint8Array> {
  const stream = new ZStream();
  zlibDeflateInit2(stream, level, DEFLATED, RAW_WINDOW, MEMORY_LEVEL, DEFAULT_STRATEGY);
  stream.output = new Uint8Array(INPUT_CHUNK_BYTES);
  stream.avail_out = stream.output.length;
  const full = (): Uint8Array => {
    const bytes = stream.output.slice(0, stream.next_out);
    stream.next_out = 0;
    stream.avail_out = stream.output.length;
    return bytes;
  };
  for (const chunk of source) {
    stream.input = chunk;
    stream.next_in = 0;
    stream.avail_in = chunk.length;
    while (stream.avail_in > 0) {
      zlibDeflate(stream, NO_FLUSH);
      if (stream.avail_out === 0) yield full();
    }
  }
  while (zlibDeflate(stream, FINISH) !== STREAM_END) yield full();
  yield full();
  zlibDeflateEnd(stream);
}

/** Leaves the reader after the last byte of the compressed data. Throws a Failure with `damaged` or `short`. */
export function* inflate(reader: ByteReader, damaged: string, short: string): Generator<Uint8Array> {
  const stream = new ZStream();
  zlibInflateInit2(stream, RAW_WINDOW);
  stream.output = new Uint8Array(INPUT_CHUNK_BYTES);
  try {
    for (;;) {
      const chunk = reader.some();
      if (chunk === undefined) throw new Failure(short);
      stream.input = chunk;
      stream.next_in = 0;
      stream.avail_in = chunk.length;
      do {
        stream.next_out = 0;
        stream.avail_out = stream.output.length;
        const result = zlibInflate(stream, NO_FLUSH);
        if (result < 0 && result !== BUFFER_ERROR) throw new Failure(damaged);
        if (stream.next_out > 0) yield stream.output.slice(0, stream.next_out);
        if (result === STREAM_END) {
          if (stream.avail_in > 0) reader.unread(chunk.subarray(stream.next_in));
          return;
        }
      } while (stream.avail_in > 0 || stream.avail_out === 0);
    }
  } finally {
    zlibInflateEnd(stream);
  }
}
