const PERIOD = 256;

/** Content that its length and seed determine: made by doubling, as the tests make gigabytes of it. */
export function makeCrashContent(length: number, seed: number): Uint8Array {
  const content = new Uint8Array(length);
  for (let index = 0; index < Math.min(length, PERIOD); index++) content[index] = index * 13 + seed;
  for (let done = PERIOD; done < length; done *= 2) content.copyWithin(done, 0, done);
  return content;
}
