/** Content that its length and seed determine. */
export function makeCrashContent(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 13 + seed) & 255);
}
