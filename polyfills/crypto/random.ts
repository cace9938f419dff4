import { min, range, setBytes } from '../text/captured.ts';

/** Most that the host's getRandomValues gives in one call. */
const QUOTA_BYTES = 65_536;

const host = crypto;
const getRandomValues = host.getRandomValues.bind(host);

/** Fills `bytes[offset…offset+size)` from the host's cryptographic generator. */
export function fillRandom(bytes: Uint8Array, offset: number, size: number): void {
  // Through memory of our own: the host refuses shared memory.
  for (let done = 0; done < size; done += QUOTA_BYTES) {
    const count = min(QUOTA_BYTES, size - done);
    const random = getRandomValues(new Uint8Array(count));
    setBytes(range(bytes, offset + done, offset + done + count), random, 0);
  }
}
