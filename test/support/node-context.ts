/** A NodeContext for tests of single bindings: a small event loop, plain async wraps, and the system that is given. */
import os from 'node:os';
import { setBufferPrototype } from '../../polyfills/node-buffer.ts';
import type { NodeContext } from '../../polyfills/context.ts';
import type { System } from '../../polyfills/system.ts';
import { getSystemErrorMap } from 'node:util';

export interface TestContext {
  context: NodeContext;
  /** Runs queued callbacks until none is left and nothing keeps the loop alive. */
  drain(): Promise<void>;
  /** Requests begun and not ended. */
  readonly openRequests: number;
}

/** `collect`: enqueues what is ready, before each turn. */
export function createTestContext(
  system: Partial<System>,
  collect: () => void = () => undefined,
): TestContext {
  setBufferPrototype(Buffer.prototype);
  const queue: (() => void)[] = [];
  /** The last one runs first, when the queue is empty. */
  const closing: (() => void)[] = [];
  const handles = new Set<{ active: boolean; referenced: boolean }>();
  let requests = 0;
  let lastId = 1;
  class AsyncWrap {
    getAsyncId(): number {
      return 0;
    }
    asyncReset(): void {}
    getProviderType(): number {
      return 0;
    }
  }
  const context = {
    system,
    intrinsics: { setTimeout, clearTimeout, Promise },
    facts: { uvErrors: new Map(getSystemErrorMap()), bindings: {} },
    loop: {
      enqueue: (callback: () => void) => void queue.push(callback),
      enqueueClose: (callback: () => void) => void closing.push(callback),
      enqueueUnref: (callback: () => void) => void queue.push(callback),
      enqueuePending: (callback: () => void) => void queue.push(callback),
      continueWith: (callback: () => void) => void queue.unshift(callback),
      beginRequest() {
        requests++;
        return () => void requests--;
      },
      addHandle: (handle: never) => void handles.add(handle),
      removeHandle: (handle: never) => void handles.delete(handle),
    },
    async: {
      keep: () => (action: () => unknown) => action(),
      AsyncWrap,
      newAsyncId: () => ++lastId,
      init() {},
      triggeredBy: <Made>(_parent: object, make: () => Made): Made => make(),
      destroy() {},
      makeCallback: (resource: object, callback: unknown, ...parameters: unknown[]) =>
        typeof callback === 'function' ? Reflect.apply(callback, resource, parameters) : undefined,
    },
    errors: {
      uvException(errno: number, syscall: string, path?: string, dest?: string) {
        const [code, text] = getSystemErrorMap().get(errno) ?? ['UNKNOWN', 'unknown error'];
        const where = path === undefined ? '' : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
        const error = new Error(`${code}: ${text}, ${syscall}${where}`);
        return Object.assign(error, { errno, code, syscall }, path && { path }, dest && { dest });
      },
      coded: (constructor: ErrorConstructor, code: string, message: string) =>
        Object.assign(new constructor(message), { code }),
    },
    realm: {
      symbols: {
        fs_use_promises_symbol: Symbol('fs_use_promises_symbol'),
        handle_onclose: Symbol('handle_onclose'),
        owner_symbol: Symbol('owner_symbol'),
      },
      require: () => ({
        determineSpecificType: (value: unknown) => `type ${typeof value}`,
        fileURLToPath: (url: string) => new URL(url).pathname,
      }),
    },
  };
  return {
    context: context as unknown as NodeContext,
    get openRequests() {
      return requests;
    },
    async drain() {
      const busy = (): boolean =>
        requests > 0 || [...handles].some((handle) => handle.active && handle.referenced);
      for (;;) {
        collect();
        const next = queue.shift() ?? closing.pop();
        if (next === undefined && !busy()) return;
        next?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

export const errnoOf = (name: keyof typeof os.constants.errno): number => -os.constants.errno[name];
