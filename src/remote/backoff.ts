/** How long to wait before the next attempt: doubling, with jitter, so that clients do not return all at once. */
const FIRST_MS = 50;
const LAST_MS = 15_000;

export function backoffMs(attempt: number, random = Math.random()): number {
  const ceiling = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
