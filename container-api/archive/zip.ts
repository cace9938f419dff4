/** `PK` and the signature of an entry, or of the end of an archive without entries. */
export function isZip(bytes: Uint8Array): boolean {
  const signature = (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (signature === 0x0304 || signature === 0x0506);
}
