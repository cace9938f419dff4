import type { AsyncCalls } from '../context.ts';

/**
 * What rewritten `await`s call (../transform/awaits.ts): keep the AsyncContextFrame over a suspension.
 * `k` leaves the value to await in `v` and evaluates to the current frame; `r` restores it and passes the result on.
 */
export interface AwaitSupport {
  v: unknown;
  k(value: unknown): unknown;
  r(frame: unknown, result: unknown): unknown;
  /** A new activation record, for functions that can go on after a rejection or that iterate asynchronously. */
  n(): ActivationRecord;
}

export interface ActivationRecord extends Pick<AwaitSupport, 'v' | 'k' | 'r'> {
  /** Restores the frame if the function was suspended and did not come back by `r`. */
  c(): void;
  /** An iterable for `for await`, which notes each suspension. */
  i(iterable: unknown): unknown;
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;
const { asyncIterator, iterator } = Symbol;
const apply = Reflect.apply;

const NativePromise = Promise;

export function createAwaitSupport(async: AsyncCalls): AwaitSupport {
  /** `then` of a thenable is called in a job of its own: it, too, gets the frame of who awaits it. */
  function withFrame(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || value instanceof NativePromise) return value;
    let then: unknown;
    try {
      then = (value as { then?: unknown }).then;
    } catch {
      return value; // awaiting it fails in the same way, at its time
    }
    if (typeof then !== 'function') return value;
    const { frame } = async;
    return {
      then(...callbacks: unknown[]): unknown {
        async.frame = frame;
        return apply(then as Method, value, callbacks);
      },
    };
  }

  class Activation implements ActivationRecord {
    v: unknown = undefined;
    #frame: unknown = undefined;
    #suspended = false;

    k(value: unknown): unknown {
      this.v = withFrame(value);
      this.#suspend();
      return this.#frame;
    }
    r(frame: unknown, result: unknown): unknown {
      this.#suspended = false;
      this.v = undefined;
      async.frame = frame;
      return result;
    }
    c(): void {
      if (!this.#suspended) return;
      this.#suspended = false;
      async.frame = this.#frame;
    }
    i(iterable: unknown): unknown {
      if (iterable === null || iterable === undefined) return iterable;
      const source = iterable as Record<symbol, Method | null | undefined>;
      const asynchronous = source[asyncIterator];
      if (asynchronous !== undefined && asynchronous !== null) {
        return { [asyncIterator]: () => this.#watch(apply(asynchronous, source, [])) };
      }
      const synchronous = source[iterator];
      if (typeof synchronous !== 'function') return iterable;
      return { [iterator]: () => this.#watch(apply(synchronous, source, [])) };
    }
    #watch(inner: unknown): object {
      const { next } = inner as { next: Method };
      const watched: Record<string, unknown> = {
        next: (...values: unknown[]) => this.#suspending(next, inner, values),
      };
      // Read late: the language looks `return` up only when the loop is left early. A synchronous iterator that has none
      // is awaited all the same.
      Object.defineProperty(watched, 'return', {
        get: () => {
          const method = (inner as Record<string, Method | null | undefined>)['return'];
          this.#suspend();
          if (method === undefined || method === null) return method;
          return (...values: unknown[]) => this.#suspending(method, inner, values);
        },
      });
      return watched;
    }
    /** An iterator is closed after a failed await without any code between: the frame is still the one kept then. */
    #suspend(): void {
      if (this.#suspended) return;
      this.#suspended = true;
      this.#frame = async.frame;
    }
    #suspending(method: Method, receiver: unknown, parameters: unknown[]): unknown {
      const result = apply(method, receiver, parameters);
      this.#suspend();
      return result;
    }
  }
  return {
    v: undefined,
    k(value) {
      this.v = withFrame(value);
      return async.frame;
    },
    r(frame, result) {
      async.frame = frame;
      return result;
    },
    n: () => new Activation(),
  };
}
