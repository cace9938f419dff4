/** Which files are worth packing on their way to the object store, and packing them. */

/** Below this, the header costs more than it saves. */
const LEAST_BYTES = 1024;
/** Packed is used if it is at most this share of the contents. */
const WORTH = 0.9;
/** Of each file, this much is tried first, so that a large one that does not shrink costs little. */
const SAMPLE_BYTES = 64 * 1024;

async function pack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** → the contents packed, or undefined where that does not pay. */
export async function packed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (bytes.length < LEAST_BYTES) return undefined;
  if (bytes.length > SAMPLE_BYTES) {
    const sample = bytes.slice(0, SAMPLE_BYTES);
    if ((await pack(sample)).length > sample.length * WORTH) return undefined;
  }
  const result = await pack(bytes);
  return result.length <= bytes.length * WORTH ? result : undefined;
}
