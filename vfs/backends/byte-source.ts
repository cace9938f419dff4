/** Random access to bytes that need not be in memory: what archives are read from. */
import { HTTP_TIMEOUT_MS, READ_AHEAD_BYTES } from '../../src/base/limits.ts';

export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes; rejects where the source is shorter or cannot be read. */
  read(position: number, length: number): Promise<Uint8Array>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(position, length) {
      if (position + length > bytes.length) return Promise.reject(new RangeError('read past the end'));
      return Promise.resolve(bytes.subarray(position, position + length));
    },
  };
}

export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(position, length) {
      if (position + length > blob.size) throw new RangeError('read past the end');
      return new Uint8Array(await blob.slice(position, position + length).arrayBuffer());
    },
  };
}

/** Small reads one after the other come from one larger read: a request or a Blob's slice costs far more than bytes. */
export function readAhead(source: ByteSource): ByteSource {
  let kept: Uint8Array = new Uint8Array(0);
  let keptAt = 0;
  return {
    size: source.size,
    async read(position, length) {
      if (length > READ_AHEAD_BYTES || position + length > source.size) return source.read(position, length);
      if (position < keptAt || position + length > keptAt + kept.length) {
        kept = await source.read(position, Math.min(READ_AHEAD_BYTES, source.size - position));
        keptAt = position;
      }
      return kept.subarray(position - keptAt, position - keptAt + length);
    },
  };
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A resource of a server that answers range requests. Rejects when the server does not. */
export async function httpSource(url: string, fetch: Fetch = globalThis.fetch): Promise<ByteSource> {
  const head = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  const size = Number(head.headers.get('content-length') ?? Number.NaN);
  if (!head.ok || !Number.isSafeInteger(size)) throw new Error(`${url}: HTTP ${head.status}, size unknown`);
  return { size, read: (position, length) => fetchRange(fetch, url, position, length) };
}

/** Bytes of a resource. A server that sends the whole of it is understood, and costs the whole of it. */
export async function fetchRange(
  fetch: Fetch,
  url: string,
  position: number,
  length: number,
): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const range = `bytes=${position}-${position + length - 1}`;
  const response = await fetch(url, {
    headers: { range },
    signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
  });
  if (response.status !== 206 && response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url}: HTTP ${response.status}`);
  }
  const body = new Uint8Array(await response.arrayBuffer());
  const bytes = response.status === 206 ? body : body.subarray(position, position + length);
  if (bytes.length !== length) throw new RangeError(`${url}: ${bytes.length} bytes instead of ${length}`);
  return bytes;
}
