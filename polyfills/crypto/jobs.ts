import type { NodeContext } from '../context.ts';

/** CryptoJobMode of Node's C++: by callback, at once, or by a promise for the Web Crypto API. */
export const JOB_SYNC = 1;
export const WEB_CRYPTO_MODE = 2;

type JobResult = [error: unknown, result: unknown];

/**
 * A class of jobs: `prepare` reads the arguments behind the mode when the job is made, and what it returns does the
 * work, at once or in a later turn of the loop (this thread has no thread pool). With `tellsMode` it is told the mode, too.
 */
export function createJobClass(
  context: NodeContext,
  provider: string,
  prepare: (...parameters: never[]) => () => unknown,
  tellsMode = false,
): unknown {
  return class CryptoJob extends context.async.AsyncWrap {
    ondone: unknown = undefined;
    readonly #mode: number;
    readonly #work: () => unknown;

    constructor(mode: number, ...parameters: unknown[]) {
      super(provider);
      this.#mode = mode;
      const given = tellsMode ? [mode, ...parameters] : parameters;
      this.#work = Reflect.apply(prepare, undefined, given) as () => unknown;
    }

    run(): JobResult | Promise<unknown> | undefined {
      if (this.#mode === JOB_SYNC) return this.#result();
      if (this.#mode !== WEB_CRYPTO_MODE) {
        this.#later((error, result) => context.async.makeCallback(this, this.ondone, error, result));
        return undefined;
      }
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      this.#later((error, result) => {
        if (error === undefined) resolve(result);
        else reject(operationError(context, error));
      });
      return promise;
    }

    #later(done: (...result: JobResult) => void): void {
      const finish = context.loop.beginRequest(provider);
      context.loop.enqueue(() => {
        finish();
        try {
          done(...this.#result());
        } finally {
          context.async.destroy(this);
        }
      });
    }

    #result(): JobResult {
      try {
        return [undefined, this.#work()];
      } catch (error) {
        return [error, undefined];
      }
    }
  };
}

/** What the Web Crypto API rejects with, whatever the cause. */
function operationError({ realm }: NodeContext, cause: unknown): Error {
  const { DOMException } = realm.internalBinding('messaging') as {
    DOMException: new (message: string, options: { name: string; cause: unknown }) => Error;
  };
  return new DOMException('The operation failed for an operation-specific reason', {
    name: 'OperationError',
    cause,
  });
}
