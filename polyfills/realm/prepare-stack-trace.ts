import type { StackTraces } from './stack-trace.ts';
import { createStamp } from './stamp.ts';

type Prepare = (error: unknown, trace: readonly unknown[]) => unknown;

/**
 * A program's own `Error.prepareStackTrace` is called by the browser itself, with call sites in bundles and evaluated
 * code. So what a program sets is wrapped: it is given the call sites that Node would give it. The library's default
 * maps by itself. Without a function there V8 would write the stack without asking anybody: then the default answers.
 */
export function installPrepareStackTrace(stackTraces: StackTraces): void {
  const { apply } = Reflect;
  const constructor = Error as unknown as { prepareStackTrace: unknown };
  const original = constructor.prepareStackTrace;
  /** Of a wrapper: what the program set. */
  const wrapped = createStamp<Prepare>();
  let current = original;

  const wrap = (given: Prepare): Prepare => {
    const wrapper: Prepare = function (this: unknown, error, trace) {
      return apply(given, this, [error, stackTraces.map(trace as never)]);
    };
    wrapped.set(wrapper, given);
    return wrapper;
  };
  const isOurs = (value: unknown): boolean =>
    value === original ||
    (typeof value === 'function' && (wrapped.get(value) !== undefined || stackTraces.isOwn(value)));

  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    enumerable: false,
    get: () => current,
    set(value: unknown) {
      if (isOurs(value)) current = value;
      else current = typeof value === 'function' ? wrap(value as Prepare) : original;
    },
  });
}
