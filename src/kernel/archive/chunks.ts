/** Pieces of an archive of one size: small ones are gathered, large ones pass as they are. */
import { ARCHIVE_CHUNK_BYTES } from '../../base/limits.ts';

export class Chunks {
  #parts: Uint8Array[] = [];
  #length = 0;
  /** Bytes taken so far. */
  total = 0;

  /** → a piece that is full */
  add(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    this.total += bytes.length;
    return this.#length >= ARCHIVE_CHUNK_BYTES ? this.rest() : undefined;
  }

  rest(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#length = 0;
    return whole;
  }
}

/** The same bytes in pieces of ARCHIVE_CHUNK_BYTES and more. */
export async function* gathered(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const chunks = new Chunks();
  for await (const part of parts) {
    const full = chunks.add(part);
    if (full !== undefined) yield full;
  }
  const rest = chunks.rest();
  if (rest.length > 0) yield rest;
}
