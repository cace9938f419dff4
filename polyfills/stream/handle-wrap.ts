/**
 * HandleWrap: what every binding class over a libuv handle inherits. Its life (open, closing, closed), whether it is
 * active and whether it is referenced are private; the binding classes reach them through `Handles`.
 */
import type { AsyncWrapConstructor, AsyncWrapInstance, LoopHandle, NodeContext } from '../context.ts';

export interface HandleWrapInstance extends AsyncWrapInstance {
  close(callback?: unknown): void;
  /** undefined once the handle is gone. */
  hasRef(): boolean | undefined;
  ref(): void;
  unref(): void;
}
export interface HandleWrapConstructor {
  /** `resourceName` is what process.getActiveResourcesInfo() shows; `open: false` for a handle that starts later. */
  new (provider: string, resourceName: string, open?: boolean): HandleWrapInstance;
  readonly prototype: HandleWrapInstance;
}

export interface Handles {
  readonly HandleWrap: HandleWrapConstructor;
  readonly AsyncWrap: AsyncWrapConstructor;
  /** False before it was opened and after it was closed; a closing handle is alive. */
  isAlive(handle: HandleWrapInstance): boolean;
  isClosing(handle: HandleWrapInstance): boolean;
  /** Active handles keep the loop alive while they are referenced. */
  setActive(handle: HandleWrapInstance, active: boolean): void;
  /** MarkAsInitialized, for handles made with `open: false`. */
  markOpen(handle: HandleWrapInstance): void;
  /** MarkAsUninitialized: the handle never came to be. */
  markClosed(handle: HandleWrapInstance): void;
  /** `release` runs as soon as close() is called: frees what the handle holds. */
  onClose(handle: HandleWrapInstance, release: () => void): void;
  /** As onClose, for what must end before that. */
  onClosing(handle: HandleWrapInstance, before: () => void): void;
}

const Life = { unopened: 0, open: 1, closing: 2, closed: 3, gone: 4 } as const;
type Life = (typeof Life)[keyof typeof Life];

/** The private part of a handle. */
interface HandleState {
  life: Life;
  release: (() => void) | undefined;
  readonly loopHandle: LoopHandle & { active: boolean; referenced: boolean };
}

const known = new WeakMap<NodeContext, Handles>();
const { get, set } = WeakMap.prototype;
const { apply } = Reflect;

export function handlesOf(context: NodeContext): Handles {
  let handles = apply(get, known, [context]) as Handles | undefined;
  if (handles === undefined) {
    handles = createHandles(context);
    apply(set, known, [context, handles]);
  }
  return handles;
}

function createHandles(context: NodeContext): Handles {
  const { async: asyncCalls, loop, realm } = context;
  const onclose = realm.symbols['handle_onclose'] as symbol;
  const ownerSymbol = realm.symbols['owner_symbol'] as symbol;
  let stateOf: (handle: HandleWrapInstance) => HandleState = () => {
    throw new TypeError('Illegal invocation');
  };

  class HandleWrap extends asyncCalls.AsyncWrap {
    readonly #state: HandleState;
    constructor(provider: string, resourceName: string, open = true) {
      super(provider);
      const owner = (): object => {
        const value = (this as unknown as Record<symbol, unknown>)[ownerSymbol];
        return typeof value === 'object' && value !== null ? value : this;
      };
      this.#state = {
        life: open ? Life.open : Life.unopened,
        release: undefined,
        loopHandle: {
          resourceName,
          active: false,
          referenced: true,
          get owner() {
            return owner();
          },
        },
      };
      if (open) loop.addHandle(this.#state.loopHandle);
    }
    static {
      stateOf = (handle) => (handle as HandleWrap).#state;
    }
    close(callback?: unknown): void {
      const state = this.#state;
      if (state.life !== Life.open) return;
      state.life = Life.closing;
      state.loopHandle.active = false;
      const holder = this as unknown as Record<symbol, unknown>;
      if (typeof callback === 'function') holder[onclose] = callback;
      loop.enqueueClose(() => {
        state.life = Life.closed;
        loop.removeHandle(state.loopHandle);
        if (typeof holder[onclose] === 'function') asyncCalls.makeCallback(this, holder[onclose]);
        state.life = Life.gone;
        asyncCalls.destroy(this);
      });
      // What is cancelled by it is told before that: it is enqueued after it.
      state.release?.();
    }
    hasRef(): boolean | undefined {
      const { life, loopHandle } = this.#state;
      if (life === Life.gone) return undefined;
      return (life === Life.open || life === Life.closing) && loopHandle.referenced;
    }
    ref(): void {
      if (isAlive(this.#state)) this.#state.loopHandle.referenced = true;
    }
    unref(): void {
      if (isAlive(this.#state)) this.#state.loopHandle.referenced = false;
    }
  }

  return {
    HandleWrap,
    AsyncWrap: asyncCalls.AsyncWrap,
    isAlive: (handle) => isAlive(stateOf(handle)),
    isClosing: (handle) => stateOf(handle).life >= Life.closing,
    setActive(handle, active) {
      const state = stateOf(handle);
      if (state.life === Life.open) state.loopHandle.active = active;
    },
    markOpen(handle) {
      const state = stateOf(handle);
      if (state.life !== Life.unopened) return;
      state.life = Life.open;
      loop.addHandle(state.loopHandle);
    },
    markClosed(handle) {
      const state = stateOf(handle);
      if (state.life === Life.open) loop.removeHandle(state.loopHandle);
      state.life = Life.closed;
    },
    onClose(handle, release) {
      stateOf(handle).release = release;
    },
    onClosing(handle, before) {
      const state = stateOf(handle);
      const { release } = state;
      state.release = () => {
        before();
        release?.();
      };
    },
  };
}

function isAlive(state: HandleState): boolean {
  return state.life === Life.open || state.life === Life.closing;
}
