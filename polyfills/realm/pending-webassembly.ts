/** Compiling and instantiating WebAssembly keep the event loop alive until they are done, as V8's tasks do in Node. */
import type { EventLoopCalls } from '../context.ts';

const { apply, defineProperty } = Reflect;
const { then } = Promise.prototype;
type Pending = (...parameters: unknown[]) => Promise<unknown>;

export function keepWebAssemblyAlive(loop: EventLoopCalls): void {
  const target = WebAssembly as unknown as Record<string, Pending>;
  for (const name of ['compile', 'instantiate']) {
    const native = target[name];
    if (native === undefined) continue;
    const { [name]: value } = {
      [name](this: unknown, ...parameters: unknown[]): Promise<unknown> {
        const promise = apply(native, this, parameters) as Promise<unknown>;
        // A turn more: what the program has hung on the promise runs before the loop can end.
        const end = loop.beginRequest('WebAssembly');
        const done = (): void => {
          end();
          loop.enqueue(() => {});
        };
        apply(then, promise, [done, done]);
        return promise;
      },
    };
    defineProperty(WebAssembly, name, { value, writable: true, enumerable: true, configurable: true });
  }
}
