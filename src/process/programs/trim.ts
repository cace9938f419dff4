/**
 * Gives back what the start of a program left behind. V8 lets the young generation grow while a program starts and makes
 * it smaller only in a collection that is meant to save memory, which it begins by itself when a heap has grown for a
 * while: a program that has started and waits keeps 4 to 5 MB that it does not use. A buffer that is larger than any may be
 * makes V8 do that collection before it says so.
 */
import { TRIM_IDLE_MS, TRIM_START_MS } from '../../base/limits.ts';
import { intrinsics } from '../intrinsics.ts';

const { ArrayBuffer, performance } = globalThis;
const { setTimeout } = intrinsics;
const now = performance.now.bind(performance);

/** More than all buffers of a page may have together, less than what is refused before memory is looked for. */
const BEYOND_BYTES = 2 ** 34;

function collect(): void {
  try {
    new ArrayBuffer(BEYOND_BYTES);
  } catch {
    // What it is for has been done.
  }
}

/**
 * To be told when the program waits and when it goes on. Collects once, when the program has waited for a while soon
 * after its start: of a small heap, in some 40 ms. A program that had work until then has a heap that was collected meanwhile.
 */
export function createTrim(): (idle: boolean) => void {
  const startedAt = now();
  let over = false;
  /** Infinity while the program runs. */
  let idleSince = Infinity;
  let isArmed = false;
  /** One timer looks how long it has been, for a server waits thousands of times a second. */
  const arm = (milliseconds: number): void => {
    isArmed = true;
    setTimeout(() => {
      isArmed = false;
      if (over || idleSince === Infinity) return;
      const left = idleSince + TRIM_IDLE_MS - now();
      if (left > 0) return arm(left);
      over = true;
      collect();
    }, milliseconds);
  };
  return (idle) => {
    if (over) return;
    idleSince = idle ? now() : Infinity;
    if (!idle) return;
    over = idleSince - startedAt > TRIM_START_MS;
    if (!over && !isArmed) arm(TRIM_IDLE_MS);
  };
}
