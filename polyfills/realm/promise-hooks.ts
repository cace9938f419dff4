import { createStamp } from './stamp.ts';

/** V8's promise hooks as Node's library sets them (internal/promise_hooks): each is undefined while nobody asks. */
export interface PromiseHookCallbacks {
  init: ((promise: object, parent?: object) => void) | undefined;
  before: ((promise: object) => void) | undefined;
  after: ((promise: object) => void) | undefined;
  settled: ((promise: object) => void) | undefined;
}

const NativePromise = Promise;
const nativeThen = NativePromise.prototype.then;
const nativeResolve = NativePromise.resolve;
const { apply } = Reflect;

/**
 * The lives of promises, as far as JavaScript sees them: `then`, `Promise.resolve` and `Promise.reject`, and the awaits of
 * rewritten code. A promise made elsewhere (`new Promise`, an async function, the library's own awaits) is met when it is
 * first awaited or given a reaction: `init` is called then. When a function that goes on after an await ends, nobody is
 * told: its `after` comes with the next reaction, or with the next microtask.
 */
export class PromiseHooks {
  /** Whether any hook is set. */
  active = false;
  /** Called when `active` changes. */
  readonly onSwitch: ((active: boolean) => void)[] = [];
  /** What becomes of an error that a hook throws. */
  report: (error: unknown) => void = () => undefined;
  #callbacks: PromiseHookCallbacks = {
    init: undefined,
    before: undefined,
    after: undefined,
    settled: undefined,
  };
  readonly #met = createStamp<true>();
  /** The await after which a function goes on. */
  #resumed: object | undefined;
  readonly #end = (): void => this.#leaveResumed();

  set(callbacks: PromiseHookCallbacks): void {
    this.#callbacks = callbacks;
    const { init, before, after, settled } = callbacks;
    const active = (init ?? before ?? after ?? settled) !== undefined;
    if (active === this.active) return;
    this.active = active;
    for (const listener of this.onSwitch) listener(active);
  }

  get callbacks(): PromiseHookCallbacks {
    return this.#callbacks;
  }

  /** A promise that a program has in hand: new to the hooks, or known. */
  meet(promise: unknown): void {
    if (promise instanceof NativePromise) this.made(promise);
  }

  made(promise: object, parent?: object): void {
    if (this.#met.has(promise)) return;
    this.#met.set(promise, true);
    const { init } = this.#callbacks;
    if (init !== undefined) this.#call(() => init(promise, parent));
  }

  settled(promise: object): void {
    const { settled } = this.#callbacks;
    if (settled !== undefined) this.#call(() => settled(promise));
  }

  /** A reaction of `promise` begins; always at the foot of the stack. */
  enter(promise: object): void {
    this.#leaveResumed();
    const { before } = this.#callbacks;
    if (before !== undefined) this.#call(() => before(promise));
  }

  leave(promise: object): void {
    const { after } = this.#callbacks;
    if (after !== undefined) this.#call(() => after(promise));
  }

  /** → what `await value` is to wait for (a promise that the hooks know), and the promise that stands for the await. */
  suspend(value: unknown): { awaited: unknown; promise: object } {
    const awaited = apply(nativeResolve, NativePromise, [value]) as Promise<unknown>;
    this.meet(awaited);
    const promise = new NativePromise(() => undefined);
    this.made(promise, awaited);
    return { awaited, promise };
  }

  /** The function that awaited goes on. */
  resume(promise: object): void {
    if (!this.active) return;
    this.enter(promise);
    this.#resumed = promise;
    apply(nativeThen, apply(nativeResolve, NativePromise, []), [this.#end]);
  }

  #leaveResumed(): void {
    const promise = this.#resumed;
    if (promise === undefined) return;
    this.#resumed = undefined;
    this.leave(promise);
  }

  #call(hook: () => void): void {
    try {
      hook();
    } catch (error) {
      this.report(error);
    }
  }
}
