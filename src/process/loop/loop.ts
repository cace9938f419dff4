import type { EventLoopCalls, LibraryHooks, LoopHandle } from '../../../polyfills/context.ts';
import { guarded, type Thrown } from './guard.ts';
import { createSleeper, type Sleeper } from './hop.ts';

const now = performance.now.bind(performance);

/** What tells the loop of streams that are ready. */
export interface LoopWaiting {
  /** The word that changes when there is something to collect. */
  readonly words: Int32Array;
  readonly index: number;
  /** Enqueues the callbacks of what is ready. */
  collect(): void;
}

/** How often after a poll what is pending runs before the loop goes on, as in uv_run. */
const PENDING_ROUNDS = 8;

/** Longest wait for a timer in one go: libuv's INT_MAX milliseconds. */
const SLEEP_MAX_MS = 2147483647;

/**
 * libuv's loop for one process. Callbacks run one by one, each followed by Node's tick queue and microtasks
 * (InternalCallbackScope). Where C++ would run a microtask checkpoint, one macrotask passes: see scripts/node-layer/patches.mjs.
 */
export class EventLoop implements EventLoopCalls {
  readonly #hooks: LibraryHooks;
  readonly #waiting: LoopWaiting;
  readonly #sleeper: Sleeper;
  readonly #handles = new Set<LoopHandle>();
  readonly #requests = new Set<{ name: string; owner: object }>();
  #queue: (() => void)[] = [];
  #pending: (() => void)[] = [];
  #continuations: (() => void)[] = [];
  #immediates: (() => void)[] = [];
  #closing: (() => void)[] = [];
  #queuedRefs = 0;
  #startedAt = now();
  #now = 0;
  #timerAt = -1;
  /** No timer that keeps the loop alive has been made yet: the library tells when one is (toggleTimerRef). */
  #timerReferenced = false;
  #asleep = false;
  #idleMs = 0;
  #onStart: (() => void) | undefined;
  #watchIdle: (idle: boolean, idleMs: number) => void = () => undefined;
  #onExit: (() => void) | undefined;
  /** Told before and after the loop waits with nothing to do. */
  onIdle: (idle: boolean) => void = () => undefined;
  /** Set once: the process is over and nothing of it runs any more. */
  stopped = false;
  /** What an error that nobody caught does. */
  onUncaught: (thrown: Thrown) => void = () => {};
  /** The receiver of the library's callbacks. */
  process: object | undefined;

  constructor(hooks: LibraryHooks, waiting: LoopWaiting) {
    this.#hooks = hooks;
    this.#waiting = waiting;
    this.#sleeper = createSleeper(waiting.words, waiting.index);
  }

  /** The clock starts at zero when a spare becomes a process. */
  start(): void {
    this.#startedAt = now();
    this.updateTime();
  }

  now(): number {
    return this.#now;
  }

  updateTime(): number {
    return (this.#now = Math.floor(now() - this.#startedAt));
  }

  enqueue(callback: () => void): void {
    this.#queuedRefs++;
    this.enqueueUnref(() => {
      this.#queuedRefs--;
      callback();
    });
  }

  enqueueUnref(callback: () => void): void {
    this.#queue[this.#queue.length] = callback;
    this.#wake();
  }

  enqueuePending(callback: () => void): void {
    this.#pending[this.#pending.length] = callback;
    this.#wake();
  }

  setImmediate(callback: () => void): void {
    this.#immediates[this.#immediates.length] = callback;
    this.#wake();
  }

  continueWith(callback: () => void): void {
    this.#continuations[this.#continuations.length] = callback;
    this.#wake();
  }

  enqueueClose(callback: () => void): void {
    this.#closing[this.#closing.length] = callback;
    this.#wake();
  }

  beginRequest(name: string, owner: object = {}): () => void {
    const request = { name, owner };
    this.#requests.add(request);
    return () => {
      this.#requests.delete(request);
      this.#wake();
    };
  }

  addHandle(handle: LoopHandle): void {
    this.#handles.add(handle);
  }

  removeHandle(handle: LoopHandle): void {
    this.#handles.delete(handle);
    this.#wake();
  }

  handles(): Iterable<LoopHandle> {
    return this.#handles;
  }

  requests(): Iterable<{ name: string; owner: object }> {
    return this.#requests;
  }

  idleTime(): number {
    return this.#idleMs;
  }

  onStart(callback: () => void): void {
    this.#onStart = callback;
  }
  onExit(callback: () => void): void {
    this.#onExit = callback;
  }
  /** The process is about to end by itself. */
  exits(): void {
    this.#onExit?.();
  }

  watchIdle(callback: (idle: boolean, idleMs: number) => void): void {
    this.#watchIdle = callback;
  }

  scheduleTimer(milliseconds: number): void {
    this.#timerAt = this.updateTime() + Math.max(1, milliseconds);
    this.#wake();
  }

  toggleTimerRef(on: boolean): void {
    this.#timerReferenced = on;
    this.#wake();
  }

  toggleImmediateRef(_on: boolean): void {
    this.#wake(); // immediateInfo tells
  }

  #wake(): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    this.#sleeper.wake();
  }

  alive(): boolean {
    if (this.#queuedRefs > 0 || this.#closing.length > 0 || this.#requests.size > 0) return true;
    if (this.#continuations.length > 0 || this.#immediates.length > 0) return true;
    if (this.#timerAt >= 0 && this.#timerReferenced) return true;
    if ((this.#hooks.immediateInfo[1] ?? 0) > 0) return true;
    for (const handle of this.#handles) if (handle.active && handle.referenced) return true;
    return false;
  }

  /** Runs `callback` as C++ enters JavaScript from the loop, then what must follow. */
  async call(callback: () => void): Promise<void> {
    if (this.stopped) return;
    const thrown = guarded(callback);
    if (thrown) this.onUncaught(thrown);
    await this.drain();
  }

  /** InternalCallbackScope::Close. */
  async drain(): Promise<void> {
    const { tickInfo } = this.#hooks;
    if (!tickInfo[0]) await this.#sleeper.hop();
    if (this.stopped || (!tickInfo[0] && !tickInfo[1])) return;
    await this.#drive(() => Reflect.apply(this.#hooks.runTicks, this.process, []));
  }

  /**
   * Steps one of the library's generators: each yield is a microtask checkpoint. → whether it came to its end, undefined if
   * it threw. `finish` takes its result at once: before what the generator has left as microtasks. `telling`: what has been
   * rejected is known at the checkpoint's end.
   */
  async #drive<T>(
    start: () => Iterator<undefined, T>,
    { finish, telling = false }: { finish?: (value: T) => void; telling?: boolean } = {},
  ): Promise<true | undefined> {
    let iterator: Iterator<undefined, T> | undefined;
    let step: IteratorResult<undefined, T> | undefined;
    const advance = () => {
      iterator ??= start();
      step = iterator.next();
    };
    for (;;) {
      step = undefined;
      const thrown = guarded(advance);
      if (thrown) {
        this.onUncaught(thrown);
        return undefined;
      }
      const done = step as IteratorResult<undefined, T> | undefined;
      if (done?.done) {
        finish?.(done.value);
        return true;
      }
      await this.#sleeper.hop();
      if (telling) await this.#sleeper.hop();
      if (this.stopped) return undefined;
    }
  }

  async #runTimers(): Promise<void> {
    if (this.#timerAt < 0 || this.#timerAt > this.#now) return;
    await this.#tellRejections();
    this.#timerAt = -1;
    for (;;) {
      const ended = await this.#drive(
        () => Reflect.apply(this.#hooks.processTimers, this.process, [this.updateTime()]),
        { finish: (expiry) => this.#nextTimer(expiry), telling: true },
      );
      if (this.stopped) return;
      if (ended) break;
      // One threw: the others are due all the same.
    }
    await this.drain();
  }

  /** What processTimers returns: when the next timer is due, negative when none keeps the loop alive, 0 for no timer. */
  #nextTimer(expiry: number): void {
    if (expiry === 0) return;
    this.#timerReferenced = expiry > 0;
    this.#timerAt = Math.max(Math.abs(expiry), this.updateTime() + 1);
  }

  async #runQueue(): Promise<void> {
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#queue = [];
    await this.#runInTurn(queue);
  }

  /** uv__run_pending */
  async #runPending(): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    await this.#runInTurn(pending);
  }

  /** One by one, each with what it goes on with. */
  async #runInTurn(callbacks: readonly (() => void)[]): Promise<void> {
    for (let i = 0; i < callbacks.length; i++) {
      const callback = callbacks[i];
      if (callback) await this.call(callback);
      await this.#runContinuations();
      if (this.stopped) return;
    }
  }

  async #runContinuations(): Promise<void> {
    while (this.#continuations.length > 0 && !this.stopped) {
      const continuations = this.#continuations;
      this.#continuations = [];
      for (let i = 0; i < continuations.length; i++) {
        const callback = continuations[i];
        if (callback) await this.call(callback);
        if (this.stopped) return;
      }
    }
  }

  async #runImmediates(): Promise<void> {
    const { immediateInfo: info } = this.#hooks;
    if (this.#immediates.length === 0 && !info[0] && !info[2]) return;
    await this.#tellRejections();
    await this.#runNativeImmediates();
    if (this.stopped) return;
    if (!info[0] && !info[2]) return;
    do {
      await this.#drive(() => Reflect.apply(this.#hooks.processImmediate, this.process, []), {
        telling: true,
      });
      if (this.stopped) return;
    } while (info[2]);
    await this.drain();
  }

  /**
   * RunAndClearNativeImmediates: those that were asked for meanwhile run as well, and Node's ticks and microtasks after
   * all of them.
   */
  async #runNativeImmediates(): Promise<void> {
    const immediates = this.#immediates;
    if (immediates.length === 0) return;
    for (let i = 0; i < immediates.length && !this.stopped; i++) {
      const thrown = guarded(immediates[i] as () => void);
      if (thrown) this.onUncaught(thrown);
    }
    this.#immediates = [];
    if (this.stopped) return;
    await this.drain();
    await this.#runContinuations();
  }

  /** The last one first (uv__run_closing_handles). */
  async #runClosing(): Promise<void> {
    const closing = this.#closing;
    if (closing.length === 0) return;
    this.#closing = [];
    for (let i = closing.length - 1; i >= 0; i--) {
      const callback = closing[i];
      if (callback) await this.call(callback);
      if (this.stopped) return;
    }
  }

  /** uv_run(UV_RUN_DEFAULT): returns when nothing keeps the process alive. */
  async run(): Promise<void> {
    this.#onStart?.();
    this.#onStart = undefined;
    // What does not keep the loop alive still runs when it has arrived; timers and immediates do not.
    this.#waiting.collect();
    if (!this.alive()) await this.#runQueue();
    while (!this.stopped && this.alive()) {
      this.updateTime();
      await this.#runTimers();
      await this.#runContinuations();
      if (!this.stopped) await this.#runPending();
      this.#waiting.collect();
      if (!this.stopped) await this.#runQueue();
      for (let round = 0; round < PENDING_ROUNDS && this.#pending.length > 0 && !this.stopped; round++)
        await this.#runPending();
      if (!this.stopped) await this.#runImmediates();
      await this.#runContinuations();
      if (!this.stopped) await this.#runClosing();
      await this.#runContinuations();
      if (this.stopped || !this.alive()) return;
      await this.#wait();
    }
  }

  /** The poll phase's wait. */
  async #wait(): Promise<void> {
    const ticket = this.#sleeper.ticket();
    this.#waiting.collect();
    const busy =
      this.#queue.length > 0 ||
      this.#pending.length > 0 ||
      this.#immediates.length > 0 ||
      this.#closing.length > 0 ||
      (this.#hooks.immediateInfo[1] ?? 0) > 0;
    if (busy) return;
    this.updateTime();
    const until = this.#timerAt < 0 ? null : Math.min(this.#timerAt - this.#now, SLEEP_MAX_MS);
    if (until !== null && until <= 0) return;
    const from = now();
    this.#watchIdle(true, this.#idleMs);
    if (!this.#sleeper.linger(ticket)) {
      this.#asleep = true;
      this.onIdle(true);
      await this.#sleeper.sleep(ticket, until);
      this.onIdle(false);
      this.#asleep = false;
    }
    this.#idleMs += now() - from;
    this.#watchIdle(false, this.#idleMs);
  }

  /**
   * The browser tells of a rejection in a task that it posts after the microtasks. Timers and immediates come after it in
   * Node: one task more lets it arrive. Other callbacks do not pay for that.
   */
  async #tellRejections(): Promise<void> {
    await this.#sleeper.hop();
    const { tickInfo } = this.#hooks;
    if (!this.stopped && tickInfo[1]) await this.drain();
  }

  /** Lets `unhandledrejection` events that are due arrive, and what they cause run. */
  async settle(): Promise<void> {
    await this.#sleeper.hop();
    await this.#sleeper.afterRejections();
    const { tickInfo } = this.#hooks;
    if (!this.stopped && (tickInfo[0] || tickInfo[1])) await this.drain();
  }
}
