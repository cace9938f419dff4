// WebAssembly files as bytes within the script that imports them, without what only a debugger reads.
import { readFile } from 'node:fs/promises';

const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;

export const wasmAsBytes = {
  name: 'wasm-as-bytes',
  setup(builder) {
    builder.onLoad({ filter: /\.wasm$/ }, async ({ path }) => ({
      contents: withoutCustomSections(await readFile(path)),
      loader: 'binary',
    }));
  },
};

/** @param {Uint8Array} bytes a module */
export function withoutCustomSections(bytes) {
  const kept = [bytes.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const [length, data] = unsignedLeb(bytes, at + 1);
    const end = data + length;
    if (bytes[at] !== CUSTOM_SECTION) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** @returns {[value: number, next: number]} */
function unsignedLeb(bytes, start) {
  let value = 0;
  let at = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at];
  }
}
