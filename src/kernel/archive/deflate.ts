/** Deflate of whole small contents, with one set of tables for all of them: making those costs more than using them. */
import {
  Z_DEFAULT_STRATEGY,
  Z_FINISH,
  Z_STREAM_END,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateReset,
  ZStream,
} from 'pako';

const LEVEL = 6;
const DEFLATED = 8;
const RAW_WINDOW_BITS = -15;
const MEMORY_LEVEL = 8;

let kept: ZStream | undefined;
let output = new Uint8Array(64 * 1024);

/** undefined: it would not become shorter. */
export function deflateWhole(content: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  kept = kept === undefined ? prepared() : kept;
  const stream = kept;
  if (output.length < content.length) output = new Uint8Array(content.length);
  Object.assign(stream, { input: content, next_in: 0, avail_in: content.length });
  Object.assign(stream, { output, next_out: 0, avail_out: content.length - 1 });
  const status = zlibDeflate(stream, Z_FINISH);
  const packed = status === Z_STREAM_END ? output.slice(0, stream.next_out) : undefined;
  zlibDeflateReset(stream);
  return packed;
}

function prepared(): ZStream {
  const stream = new ZStream();
  zlibDeflateInit2(stream, LEVEL, DEFLATED, RAW_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
  return stream;
}
