/** Character devices that need no kernel. Numbers are Linux's (Documentation/admin-guide/devices.txt). */
import { Errno } from './errno.ts';
import { bytesFill, bytesLength, bytesView } from './intrinsics.ts';

export interface Device {
  readonly rdev: number;
  read(into: Uint8Array): number;
  write(from: Uint8Array): number;
}

const RANDOM_CALL_MAX_BYTES = 65_536; // crypto.getRandomValues refuses more

const getRandomValues = crypto.getRandomValues.bind(crypto);

const rdev = (major: number, minor: number): number => (major << 8) | minor;
const zeros = (into: Uint8Array): number => {
  bytesFill(into, 0);
  return bytesLength(into);
};
const swallow = (from: Uint8Array): number => bytesLength(from);

function random(into: Uint8Array): number {
  const length = bytesLength(into);
  for (let at = 0; at < length; at += RANDOM_CALL_MAX_BYTES) {
    const end = at + RANDOM_CALL_MAX_BYTES < length ? at + RANDOM_CALL_MAX_BYTES : length;
    getRandomValues(bytesView(into, at, end) as Uint8Array<ArrayBuffer>);
  }
  return length;
}

export const devices = {
  null: { rdev: rdev(1, 3), read: () => 0, write: swallow },
  zero: { rdev: rdev(1, 5), read: zeros, write: swallow },
  full: { rdev: rdev(1, 7), read: zeros, write: () => -Errno.ENOSPC },
  random: { rdev: rdev(1, 8), read: random, write: swallow },
  urandom: { rdev: rdev(1, 9), read: random, write: swallow },
} as const satisfies Record<string, Device>;

export const TTY_RDEV = rdev(5, 0);
export const PTS_MAJOR = 136;

/** The device of a node's number, undefined where there is no driver. */
export function deviceByNumber(number: number): Device | undefined {
  switch (number) {
    case devices.null.rdev:
      return devices.null;
    case devices.zero.rdev:
      return devices.zero;
    case devices.full.rdev:
      return devices.full;
    case devices.random.rdev:
      return devices.random;
    case devices.urandom.rdev:
      return devices.urandom;
    default:
      return undefined;
  }
}
