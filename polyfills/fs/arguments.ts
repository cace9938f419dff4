/** Checks that Node's C++ makes on the arguments of file calls, with its messages. */
import type { ErrorCalls, NodeContext } from '../context.ts';

const INT32_MAX = 0x7fffffff;
const MODE_MAX = 7;
const Bytes = Uint8Array;
const { isSafeInteger } = Number;

export interface ArgumentChecks {
  /** GetValidatedFd, for what is not plainly a descriptor. */
  badFd(value: unknown): Error;
  /** GetValidFileMode of access (0…7) and copyFile (0…7): null and undefined mean 0. */
  mode(value: unknown): number;
}

/** True for what needs no further check: the one comparison on the fast path of every descriptor call. */
export function isFd(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= INT32_MAX && (value | 0) === value;
}

export function createArgumentChecks(context: NodeContext): ArgumentChecks {
  const { errors } = context;
  return {
    badFd: (value) => describeBadFd(errors, context, value),
    mode(value) {
      if (value === undefined || value === null) return 0;
      if (typeof value !== 'number') {
        throw errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'mode must be int32 or null/undefined');
      }
      if (value !== value || value === Infinity || value === -Infinity) {
        throw errors.coded(RangeError, 'ERR_OUT_OF_RANGE', 'mode is out of range');
      }
      const mode = value | 0;
      if (mode < 0 || mode > MODE_MAX) {
        throw errors.coded(RangeError, 'ERR_OUT_OF_RANGE', `mode is out of range: >= 0 && <= ${MODE_MAX}`);
      }
      return mode;
    },
  };
}

function describeBadFd(errors: ErrorCalls, context: NodeContext, value: unknown): Error {
  if (typeof value !== 'number') {
    const { determineSpecificType } = context.realm.require('internal/errors') as {
      determineSpecificType(value: unknown): string;
    };
    return errors.coded(
      TypeError,
      'ERR_INVALID_ARG_TYPE',
      `The "fd" argument must be of type number. Received ${determineSpecificType(value)}`,
    );
  }
  const infinite = value === Infinity || value === -Infinity;
  const range =
    (value < 0 || value > INT32_MAX) && !infinite
      ? `It must be >= 0 && <= ${INT32_MAX}.`
      : 'It must be an integer.';
  return errors.coded(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "fd" is out of range. ${range} Received ${value}`,
  );
}

/** A view of `length` bytes at `offset`; the argument itself where it is exactly that. */
export function bytesOf(view: ArrayBufferView, offset: number, length: number): Uint8Array {
  if (offset === 0 && length === view.byteLength && view instanceof Bytes) return view;
  return new Bytes(view.buffer, view.byteOffset + offset, length);
}

/** GetOffset and the position of read: anything but a non-negative integer means the current position. */
export function positionOf(value: unknown): number | null {
  if (typeof value === 'number') return value >= 0 && isSafeInteger(value) ? value : null;
  if (typeof value === 'bigint') return value >= 0n ? Number(value) : null;
  return null;
}
