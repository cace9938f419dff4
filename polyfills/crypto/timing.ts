import type { NodeContext } from '../context.ts';
import { bytesOf, isArrayBuffer, isView, lengthOf } from '../text/captured.ts';

export function createTimingSafeEqual({ errors }: NodeContext) {
  const check = (value: unknown, name: string): Uint8Array => {
    if (isView(value) || isArrayBuffer(value)) return bytesOf(value);
    const expected = 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView.';
    throw errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${expected}`);
  };
  return (first: unknown, second: unknown): boolean => {
    const a = check(first, 'buf1');
    const b = check(second, 'buf2');
    if (lengthOf(a) !== lengthOf(b)) {
      const message = 'Input buffers must have the same byte length';
      throw errors.coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', message);
    }
    let difference = 0;
    for (let at = 0; at < lengthOf(a); at++) difference |= (a[at] as number) ^ (b[at] as number);
    return difference === 0;
  };
}
