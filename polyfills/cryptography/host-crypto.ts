/**
 * What `crypto` is in this library's script, its dependencies included: the build puts this in its place
 * (scripts/node-layer/workers.mjs). The global is the program's when the script loads: it may be another generator, and
 * reading it would load Node's webcrypto, which asks for this library.
 */
const { $random } = (globalThis as unknown as { __oacBuiltins: { $random(bytes: Uint8Array): void } })
  .__oacBuiltins;

export const hostCrypto = {
  getRandomValues<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
    $random(bytes);
    return bytes;
  },
};
