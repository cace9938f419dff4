import type { ErrorCalls } from '../context.ts';
import { bytesOf, isView, trunc } from './captured.ts';

/** Checks of arguments as the macros of Node's C++ make them: same classes, codes and messages. */
export class ArgumentChecks {
  readonly #errors: ErrorCalls;

  constructor(errors: ErrorCalls) {
    this.#errors = errors;
  }

  /** The bytes of an ArrayBufferView argument. */
  view(value: unknown): Uint8Array {
    if (!isView(value)) throw this.type('argument must be a buffer');
    return bytesOf(value);
  }

  string(value: unknown): string {
    if (typeof value !== 'string') throw this.type('argument must be a string');
    return value;
  }

  /** ParseArrayIndex: undefined is `fallback`, the rest is truncated; a negative one is out of bounds. */
  index(value: unknown, fallback: number): number {
    if (value === undefined) return fallback;
    const number = typeof value === 'number' ? value : Number(value);
    if (number !== number) return 0;
    const index = trunc(number);
    if (index < 0) throw this.range('Index out of range');
    return index;
  }

  type(message: string): Error {
    return this.#errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  }

  range(message: string): Error {
    return this.#errors.coded(RangeError, 'ERR_OUT_OF_RANGE', message);
  }

  error(constructor: ErrorConstructor, code: string, message: string): Error {
    return this.#errors.coded(constructor, code, message);
  }
}
