import type { NodeContext } from '../context.ts';
import { contentKey } from './transform_cache.ts';

/**
 * V8's code caches cannot be had here. What stands for one is a stamp of the source that it was made from: it is
 * accepted for that source and rejected for any other, as programs that keep caches expect; it saves no time.
 */
const MARK = 'source-stamp:';

export function codeCache(context: NodeContext, source: string): object {
  const { Buffer } = context.realm.require('buffer') as { Buffer: { from(text: string): object } };
  return Buffer.from(MARK + contentKey(source));
}

export function acceptsCodeCache(source: string, cache: ArrayBufferView): boolean {
  const bytes = new Uint8Array(cache.buffer, cache.byteOffset, cache.byteLength);
  const wanted = MARK + contentKey(source);
  if (bytes.length !== wanted.length) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== wanted.charCodeAt(i)) return false;
  return true;
}
