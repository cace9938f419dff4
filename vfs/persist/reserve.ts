/** Room that a store keeps for the log of what frees more, when the host has none left. */
import { Bytes } from '../intrinsics.ts';
import { type StoreFile, writeWhole } from './store-files.ts';

/** Room kept for the log of removals when the host has no more. */
const RESERVE_BYTES = 256 * 1024;

/** Fills it where there is room for it. */
export function fillReserve(reserve: StoreFile): void {
  if (reserve.getSize() >= RESERVE_BYTES) return;
  try {
    writeWhole(reserve, new Bytes(RESERVE_BYTES), 0);
    reserve.flush();
  } catch {
    reserve.truncate(0);
  }
}
