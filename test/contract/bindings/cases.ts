/**
 * One case: a label and a call on a binding. The same cases run on the pinned node's binding, which records what is
 * right, and on ours. Results are compared as text, so that the record is plain JSON.
 */
export type Case = readonly [label: string, run: () => unknown];
export type Binding = Record<string, (...parameters: never[]) => unknown> & Record<string, unknown>;

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `<${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}>`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** label → outcome */
export function outcomes(cases: Iterable<Case>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [label, run] of cases) {
    if (label in result) throw new Error(`Two cases are called ${label}`);
    try {
      result[label] = show(run());
    } catch (error) {
      const { name, code } = error as { name: string; code?: string };
      result[label] = code === undefined ? `threw ${name}: ${String(error)}` : `threw ${name} ${code}`;
    }
  }
  return result;
}

/** Deterministic pseudo-random numbers below `limit` (a linear congruence; the same on every host). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A short stand-in for an outcome in a committed record: a 32-bit hash (FNV-1a over UTF-16 units). */
export function digest(outcome: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < outcome.length; at++) hash = Math.imul(hash ^ outcome.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
