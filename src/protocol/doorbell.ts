/**
 * How the event loop of a process learns that a pipe ring which it watches has changed: one word to wait for, and a bit
 * for each ring. The bit is set before the word changes; the loop takes the word, then the bits, then looks at the
 * rings themselves: what changes after its look has changed the word since. Each ring notes the count of the doorbell
 * when its bit came to be set: the order in which epoll lists what became ready.
 */
import {
  atomicAdd,
  atomicExchange,
  atomicLoad,
  atomicOr,
  atomicStore,
  notifyAll,
} from '../base/intrinsics.ts';
import { controlBlock, ControlWord, RING_BIT_WORDS, ringBits } from './ipc-layout.ts';

const WORD_BITS = 32;

export function doorbellWord(slot: number): number {
  return controlBlock(slot) + ControlWord.doorbell;
}

/** `rungAt`: the word of the ring that takes the count. */
export function ringDoorbell(words: Int32Array, slot: number, ring: number, rungAt: number): void {
  const doorbell = doorbellWord(slot);
  const index = ringBits(slot) + (ring >>> 5);
  const bit = 1 << (ring & 31);
  if ((atomicLoad(words, index) & bit) === 0) atomicStore(words, rungAt, atomicLoad(words, doorbell));
  atomicOr(words, index, bit);
  // Even if the bit was set: who set it may have died before it could tell.
  atomicAdd(words, doorbell, 1);
  notifyAll(words, doorbell);
}

/** Takes the bits back, and tells of each ring that had one. */
export function takeRings(words: Int32Array, slot: number, visit: (ring: number) => void): void {
  const first = ringBits(slot);
  for (let word = 0; word < RING_BIT_WORDS; word++) {
    if (atomicLoad(words, first + word) === 0) continue;
    let bits = atomicExchange(words, first + word, 0);
    for (let bit = 0; bit < WORD_BITS && bits !== 0; bit++, bits >>>= 1) {
      if (bits & 1) visit(word * WORD_BITS + bit);
    }
  }
}
