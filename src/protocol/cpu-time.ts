/**
 * Processor time of processes. A browser tells no thread's, so what is counted is the time that a thread did not wait:
 * the clock since its program began, less its waits in calls and in its event loop. Each thread keeps the figures in its
 * control block, where others read them also while it runs. A thread that the machine has no processor for counts as at work.
 */
import { controlBlock, ControlWord } from './ipc-layout.ts';

/** Words hold 32 bits: 59 hours of these. */
const TICKS_PER_MS = 10;
export const MICROSECONDS_PER_TICK = 100;

/** The words of control blocks, by plain loads or atomic ones. */
export type ReadWord = (index: number) => number;

/** Ticks since the container's boot; never 0, which stands for none. */
export function ticksAt(nowMs: number, timeOriginMs: number, bootedAtMs: number): number {
  return Math.max(1, Math.round((timeOriginMs + nowMs - bootedAtMs) * TICKS_PER_MS));
}

export const ticksOf = (milliseconds: number): number => Math.round(milliseconds * TICKS_PER_MS);

/** What the thread of a slot has been at work for, and its process before it. */
export function ticksUsed(read: ReadWord, slot: number, now: number): number {
  const block = controlBlock(slot);
  const start = read(block + ControlWord.cpuStart);
  const before = read(block + ControlWord.cpuBefore);
  if (start === 0) return before;
  const since = read(block + ControlWord.cpuWaitingSince);
  const waiting = since === 0 ? 0 : Math.max(0, now - since);
  return before + Math.max(0, now - start - read(block + ControlWord.cpuWaited) - waiting);
}
