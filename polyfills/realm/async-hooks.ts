import type { AsyncCalls, AsyncWrapConstructor, ContextFrame, EventLoopCalls } from '../context.ts';
import { createStamp } from './stamp.ts';

/** Indices of async_hook_fields and async_id_fields (env.h, AsyncHooks::Fields and UidFields). */
export const HookField = {
  init: 0,
  before: 1,
  after: 2,
  destroy: 3,
  promiseResolve: 4,
  totals: 5,
  check: 6,
  stackLength: 7,
  usesExecutionAsyncResource: 8,
} as const;
export const IdField = { execution: 0, trigger: 1, counter: 2, defaultTrigger: 3 } as const;

/** Pairs of ids that fit the stack at first; it grows threefold, as env.cc does. */
const INITIAL_STACK_LENGTH = 16;
/** Destroy ids that are gathered before they are emitted from a microtask instead of the next turn. */
const DESTROY_QUEUE_MAX = 16384;

export interface NativeHooks {
  init(asyncId: number, type: string, triggerAsyncId: number, resource: object): void;
  before(asyncId: number): void;
  after(asyncId: number): void;
  destroy(asyncId: number): void;
  promise_resolve(asyncId: number): void;
}

interface WrapState {
  /** What the hooks are told of, where it is not the wrap itself. */
  resource?: object | undefined;
  id: number;
  trigger: number;
  frame: unknown;
  type: string;
}

/** The native side of async_hooks: env.cc's AsyncHooks and async_wrap.cc. */
export class AsyncState {
  readonly fields = new Uint32Array(9);
  readonly ids = new Float64Array(4);
  stack = new Float64Array(2 * INITIAL_STACK_LENGTH);
  /** Resources of the frames that JavaScript pushed… */
  readonly resources: (object | undefined)[] = [];
  /** …and of those that callbacks from the loop pushed. */
  readonly nativeResources: (object | undefined)[] = [];
  hooks: NativeHooks | undefined;
  trampoline: ((id: number, resource: object, callback: unknown, ...rest: unknown[]) => unknown) | undefined;
  /** Called with the new stack when it has grown. */
  onStackGrown: ((stack: Float64Array) => void) | undefined;
  readonly #loop: EventLoopCalls;
  #destroyQueue: number[] = [];

  constructor(loop: EventLoopCalls) {
    this.#loop = loop;
    this.fields[HookField.check] = 1;
    this.ids[IdField.counter] = 1;
    this.ids[IdField.defaultTrigger] = -1;
  }

  newId(): number {
    return (this.ids[IdField.counter] = (this.ids[IdField.counter] ?? 0) + 1);
  }

  defaultTrigger(): number {
    const trigger = this.ids[IdField.defaultTrigger] ?? -1;
    return trigger < 0 ? (this.ids[IdField.execution] ?? 0) : trigger;
  }

  push(id: number, trigger: number, resource?: object): void {
    const { fields, ids } = this;
    const offset = fields[HookField.stackLength] ?? 0;
    if (offset * 2 >= this.stack.length) {
      const grown = new Float64Array(this.stack.length * 3);
      grown.set(this.stack);
      this.stack = grown;
      this.onStackGrown?.(grown);
    }
    this.stack[2 * offset] = ids[IdField.execution] ?? 0;
    this.stack[2 * offset + 1] = ids[IdField.trigger] ?? 0;
    fields[HookField.stackLength] = offset + 1;
    ids[IdField.execution] = id;
    ids[IdField.trigger] = trigger;
    if (resource !== undefined) this.nativeResources[offset] = resource;
  }

  pop(): boolean {
    const { fields, ids } = this;
    const depth = fields[HookField.stackLength] ?? 0;
    if (depth === 0) return false;
    const offset = depth - 1;
    ids[IdField.execution] = this.stack[2 * offset] ?? 0;
    ids[IdField.trigger] = this.stack[2 * offset + 1] ?? 0;
    fields[HookField.stackLength] = offset;
    if (this.nativeResources.length > offset) this.nativeResources.length = offset;
    if (this.resources.length > offset) this.resources.length = offset;
    return offset > 0;
  }

  clear(): void {
    this.ids[IdField.execution] = 0;
    this.ids[IdField.trigger] = 0;
    this.fields[HookField.stackLength] = 0;
    this.nativeResources.length = 0;
    this.resources.length = 0;
  }

  queueDestroy(id: number): void {
    if (this.fields[HookField.destroy] === 0) return;
    const queue = this.#destroyQueue;
    if (queue.length === 0) this.#loop.setImmediate(() => this.#emitDestroys());
    queue.push(id);
    if (queue.length === DESTROY_QUEUE_MAX) void Promise.resolve().then(() => this.#emitDestroys());
  }

  #emitDestroys(): void {
    while (this.#destroyQueue.length > 0) {
      const queue = this.#destroyQueue;
      this.#destroyQueue = [];
      for (const id of queue) this.hooks?.destroy(id);
    }
  }
}

/** What bindings use of it: AsyncWrap and MakeCallback. */
export function createAsyncCalls(
  state: AsyncState,
  frame: ContextFrame,
  providers: Readonly<Record<string, number>>,
): AsyncCalls {
  const wraps = createStamp<WrapState>();
  const { apply } = Reflect;

  function init(wrap: object, type: string, resource: object = wrap): void {
    const id = state.newId();
    const trigger = state.defaultTrigger();
    wraps.set(wrap, { id, trigger, frame: frame.current, type, ...(resource === wrap ? {} : { resource }) });
    if (state.fields[HookField.init]) state.hooks?.init(id, type, trigger, resource);
  }

  function triggeredBy<Made>(parent: object, make: () => Made): Made {
    const { ids } = state;
    const prior = ids[IdField.defaultTrigger] ?? -1;
    ids[IdField.defaultTrigger] = wraps.get(parent)?.id ?? -1;
    try {
      return make();
    } finally {
      ids[IdField.defaultTrigger] = prior;
    }
  }

  function destroy(resource: object): void {
    const wrap = wraps.get(resource);
    if (wrap === undefined || wrap.id < 0) return;
    state.queueDestroy(wrap.id);
    wrap.id = -1;
    wrap.frame = undefined;
  }

  function invoke(
    id: number,
    [receiver, resource]: [receiver: object, resource: object],
    callback: (...args: unknown[]) => unknown,
    args: unknown[],
  ) {
    const { fields, hooks, trampoline } = state;
    if (trampoline === undefined) {
      if (id !== 0 && fields[HookField.before]) hooks?.before(id);
      const result = apply(callback, receiver, args);
      if (id !== 0 && fields[HookField.after]) hooks?.after(id);
      return result;
    }
    const interested =
      (fields[HookField.before] ?? 0) +
      (fields[HookField.after] ?? 0) +
      (fields[HookField.usesExecutionAsyncResource] ?? 0);
    return interested > 0
      ? apply(trampoline, receiver, [id, resource, callback, ...args])
      : apply(callback, receiver, args);
  }

  function makeCallback(receiver: object, callback: unknown, ...args: unknown[]): unknown {
    if (typeof callback !== 'function') return undefined;
    const wrap = wraps.get(receiver);
    const resource = wrap?.resource ?? receiver;
    const id = wrap?.id ?? 0;
    const prior = frame.current;
    frame.current = wrap?.frame;
    state.push(id, wrap?.trigger ?? 0, resource);
    try {
      const result = invoke(id, [receiver, resource], callback as (...args: unknown[]) => unknown, args);
      state.pop();
      return result;
    } finally {
      // After an exception the stack is left as it is: the handler of uncaught exceptions clears it.
      frame.current = prior;
    }
  }

  function keep(): <Result>(action: () => Result) => Result {
    const { fields, ids } = state;
    const kept = frame.current;
    const [id = 0, trigger = 0] = [ids[IdField.execution], ids[IdField.trigger]];
    const isHooked = fields[HookField.totals] !== 0;
    return (action) => {
      const prior = frame.current;
      frame.current = kept ?? prior;
      if (isHooked) state.push(id, trigger);
      try {
        return action();
      } finally {
        if (isHooked) state.pop();
        frame.current = prior;
      }
    };
  }

  class AsyncWrap {
    constructor(type?: string) {
      if (type !== undefined) init(this, type);
    }
    getAsyncId(): number {
      return wraps.get(this)?.id ?? -1;
    }
    asyncReset(): void {
      const type = wraps.get(this)?.type;
      destroy(this);
      if (type !== undefined) init(this, type);
    }
    getProviderType(): number {
      return providers[wraps.get(this)?.type ?? 'NONE'] ?? 0;
    }
    getAsyncContextFrameForDebuggingOnly(): unknown {
      return wraps.get(this)?.frame;
    }
  }

  return {
    AsyncWrap: AsyncWrap as AsyncWrapConstructor,
    newAsyncId: () => state.newId(),
    init,
    triggeredBy,
    makeCallback,
    destroy,
    keep,
    frame,
  };
}
