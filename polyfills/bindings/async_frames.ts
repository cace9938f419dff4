import type { ContextFrame } from '../context.ts';

/**
 * What rewritten `await`s use (../transform/awaits.ts) to keep the AsyncContextFrame over a suspension. The value to await
 * is left in `v` and its `then` in `t`; `f.current` is the current frame, `T` the `then` of native promises, `k` what to
 * call for any other value; `r` restores the frame and passes the result on. While promise hooks are set, `T` is no
 * function's equal: `k` is called for every await, and what it gives and `r` takes holds the hooks' promise too.
 */
export interface AwaitSupport {
  v: unknown;
  t: unknown;
  readonly f: ContextFrame;
  T: unknown;
  /** Makes a thenable in `v` keep the frame, which it evaluates to. */
  k(): unknown;
  r(frame: unknown, result: unknown): unknown;
  /** A new activation record, for functions that can go on after a rejection or that iterate asynchronously. */
  n(): ActivationRecord;
}

export interface ActivationRecord extends Pick<AwaitSupport, 'v' | 'r'> {
  /** Leaves the value to await in `v` and evaluates to the current frame, which the record keeps. */
  k(value: unknown): unknown;
  /** Restores the frame if the function was suspended and did not come back by `r`. */
  c(): void;
  /** An iterable for `for await`, which notes each suspension. */
  i(iterable: unknown): unknown;
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;
const { asyncIterator, iterator } = Symbol;
const apply = Reflect.apply;

const NativePromise = Promise;

/** An await that the promise hooks were told of. */
class HookedAwait {
  readonly frame: unknown;
  readonly promise: object;
  constructor(frame: unknown, promise: object) {
    this.frame = frame;
    this.promise = promise;
  }
}

export function createAwaitSupport(frame: ContextFrame): AwaitSupport {
  const { promises } = frame;
  /** `then` of a thenable is called in a job of its own: it, too, gets the frame of who awaits it. */
  function withFrame(value: unknown, then: unknown): unknown {
    if (typeof then !== 'function' || typeof value !== 'object' || value instanceof NativePromise)
      return value;
    const captured = frame.current;
    return {
      then(...callbacks: unknown[]): unknown {
        frame.current = captured;
        return apply(then as Method, value, callbacks);
      },
    };
  }

  class Activation implements ActivationRecord {
    v: unknown = undefined;
    #frame: unknown = undefined;
    #suspended = false;
    /** What the promise hooks know the await by. */
    #promise: object | undefined;

    k(value: unknown): unknown {
      this.v = withFrame(value, (value as { then?: unknown } | null | undefined)?.then);
      if (promises.active) {
        const { awaited, promise } = promises.suspend(this.v);
        this.v = awaited;
        this.#promise = promise;
      }
      this.#suspend();
      return this.#frame;
    }
    r(kept: unknown, result: unknown): unknown {
      this.#suspended = false;
      this.v = undefined;
      this.#resume();
      frame.current = kept;
      return result;
    }
    c(): void {
      if (!this.#suspended) return;
      this.#suspended = false;
      this.#resume();
      frame.current = this.#frame;
    }
    #resume(): void {
      if (this.#promise === undefined) return;
      promises.resume(this.#promise);
      this.#promise = undefined;
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
      this.#frame = frame.current;
    }
    #suspending(method: Method, receiver: unknown, parameters: unknown[]): unknown {
      const result = apply(method, receiver, parameters);
      this.#suspend();
      return result;
    }
  }
  /** The hooks may have come while the awaited value was made, when this function was already at hand. */
  const resume = (kept: unknown, result: unknown): unknown => {
    if (kept instanceof HookedAwait) {
      promises.resume(kept.promise);
      frame.current = kept.frame;
    } else {
      frame.current = kept;
    }
    return result;
  };
  const { then } = NativePromise.prototype;
  const support: AwaitSupport = {
    v: undefined,
    t: undefined,
    f: frame,
    T: then,
    k() {
      this.v = withFrame(this.v, this.t);
      if (!promises.active) return frame.current;
      const { awaited, promise } = promises.suspend(this.v);
      this.v = awaited;
      return new HookedAwait(frame.current, promise);
    },
    r: resume,
    n: () => new Activation(),
  };
  promises.onSwitch.push((active) => {
    support.T = active ? HookedAwait : then;
  });
  return support;
}
