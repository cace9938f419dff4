import type { System } from './system.ts';

/**
 * What every binding is made from. A binding is one file `bindings/<name>.ts` that exports
 * `create<Name>(context: NodeContext): object`; `bindings/registry.ts` lists them. `internalBinding(name)` makes each at
 * its first use and keeps it.
 */
export interface NodeContext {
  readonly system: System;
  readonly loop: EventLoopCalls;
  readonly facts: NodeFacts;
  readonly intrinsics: Intrinsics;
  readonly realm: Realm;
  readonly async: AsyncCalls;
  readonly errors: ErrorCalls;
  readonly options: ProcessOptions;
}

export type BindingFactory = (context: NodeContext) => object;

/** How the process was started. Values may be replaced once, when a booted spare is given its program. */
export interface ProcessOptions {
  argv: string[];
  execArgv: string[];
  execPath: string;
  env: Record<string, string>;
  /** Parsed command-line options that differ from Node's defaults, by name (`--expose-internals` → true). */
  cli: Record<string, unknown>;
  title: string;
}

/** The event loop as libuv offers it to bindings. Callbacks passed here run with their own tick and microtask drain. */
export interface EventLoopCalls {
  /** Milliseconds of the loop's cached clock (uv_now). */
  now(): number;
  updateTime(): number;
  /** Runs `callback` in the next poll phase. Keeps the loop alive until it has run. Uncaught errors are handled there. */
  enqueue(callback: () => void): void;
  /** As enqueue, but in the closing phase (uv_close callbacks). */
  enqueueClose(callback: () => void): void;
  /** As enqueue, without keeping the loop alive. */
  enqueueUnref(callback: () => void): void;
  /** A request in flight (uv_req): the loop lives while any is open. Returns the function that ends it. */
  beginRequest(name: string): () => void;
  /** A handle (uv_handle): active and referenced handles keep the loop alive. */
  addHandle(handle: LoopHandle): void;
  removeHandle(handle: LoopHandle): void;
  /** For the timers binding. */
  scheduleTimer(milliseconds: number): void;
  toggleTimerRef(on: boolean): void;
  toggleImmediateRef(on: boolean): void;
}

export interface LoopHandle {
  /** Name for process.getActiveResourcesInfo(), such as 'TTYWrap'. */
  readonly resourceName: string;
  readonly active: boolean;
  readonly referenced: boolean;
  /** What process._getActiveHandles() shows, where there is one. */
  readonly owner?: object;
}

/** Facts read from the pinned node by the build (never from memory): see scripts/node-layer. */
export interface NodeFacts {
  readonly version: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly release: Readonly<Record<string, string>>;
  readonly builtinIds: readonly string[];
  /** name → [errno, message] of uv.getErrorMap(), Linux numbers negative. */
  readonly uvErrors: ReadonlyMap<number, readonly [string, string]>;
  /** `internalBinding(name)` of the real node: plain data of each export, functions and classes by name only. */
  readonly bindings: Readonly<Record<string, BindingShape>>;
  readonly optionTables: Readonly<Record<string, unknown>>;
  /** Own property names of the real node's globalThis. */
  readonly globals: readonly string[];
}

export interface BindingShape {
  /** Exports that are data: numbers, strings, booleans, nested plain objects, arrays. A fresh copy at each call. */
  constants(): Record<string, unknown>;
  readonly functions: readonly string[];
  readonly classes: Readonly<Record<string, { methods: readonly string[]; statics: readonly string[] }>>;
}

/**
 * The browser's own functions, captured before user code can run and before the globals that Node lacks are removed.
 * Bindings take what they need from here, never from `globalThis`.
 */
export interface Intrinsics {
  readonly [name: string]: unknown;
}

export interface Realm {
  internalBinding(name: string): Record<string, unknown>;
  /** Node's internal require: any builtin id. */
  require(id: string): unknown;
  readonly primordials: Record<string, unknown>;
  readonly process: Record<PropertyKey, unknown>;
  /** util.privateSymbols by name. */
  readonly privateSymbols: Readonly<Record<string, symbol>>;
  /** symbols binding (per-isolate symbols) by name, e.g. `owner_symbol`, `async_id_symbol`, `fs_use_promises_symbol`. */
  readonly symbols: Readonly<Record<string, symbol>>;
  compileBuiltin(id: string): (...parameters: unknown[]) => unknown;
  /** True once the process is exiting: no more callbacks are made. */
  readonly exiting: boolean;
  triggerUncaught(error: unknown, fromPromise: boolean): void;
}

export interface AsyncCalls {
  /** Base class of every wrap: getAsyncId, asyncReset, getProviderType. */
  readonly AsyncWrap: AsyncWrapConstructor;
  newAsyncId(): number;
  /** Gives `resource` its async ids and context frame and emits `init` of the hooks. `type` is a provider name such as 'FSREQCALLBACK'. */
  init(resource: object, type: string): void;
  /** MakeCallback: calls `callback` as `resource`'s continuation. Errors propagate to the loop. */
  makeCallback(resource: object, callback: unknown, ...parameters: unknown[]): unknown;
  destroy(resource: object): void;
  /** The current AsyncContextFrame (AsyncLocalStorage). */
  frame: unknown;
}

export interface AsyncWrapConstructor {
  new (type?: string): AsyncWrapInstance;
  readonly prototype: AsyncWrapInstance;
}
export interface AsyncWrapInstance {
  getAsyncId(): number;
  asyncReset(): void;
  getProviderType(): number;
}

export interface ErrorCalls {
  /** UVException: `errno` negative; message, code, errno, syscall, path, dest as Node's C++ sets them. */
  uvException(errno: number, syscall: string, path?: string, dest?: string): Error;
  /** An Error of `constructor` with `code`, as THROW_ERR_* of node_errors.h makes. */
  coded(constructor: ErrorConstructor, code: string, message: string): Error;
}
