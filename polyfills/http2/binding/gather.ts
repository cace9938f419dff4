/** Parts of frames → the pieces that are written: each write of a socket costs more than a copy of what is small. */
const BLOCK_BYTES = 65_536;

export function gather(parts: readonly { readonly bytes: Uint8Array }[]): Uint8Array[] {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return [only.bytes];
  const blocks: Uint8Array[] = [];
  let from = 0;
  let size = 0;
  const close = (to: number): void => {
    if (size === 0) return;
    const block = new Uint8Array(size);
    let at = 0;
    for (let i = from; i < to; i++) {
      const { bytes } = parts[i] as { bytes: Uint8Array };
      block.set(bytes, at);
      at += bytes.length;
    }
    blocks.push(block);
    from = to;
    size = 0;
  };
  for (let i = 0; i < parts.length; i++) {
    const { length } = (parts[i] as { bytes: Uint8Array }).bytes;
    if (size + length > BLOCK_BYTES) close(i);
    if (size === 0) from = i;
    size += length;
  }
  close(parts.length);
  return blocks;
}
