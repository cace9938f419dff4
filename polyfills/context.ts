import type { Variables } from './process/variables.ts';
import type { PromiseHooks } from './realm/promise-hooks.ts';
import type { StackTraces } from './realm/stack-trace.ts';
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
  readonly hooks: LibraryHooks;
}

/**
 * What Node's library hands to its host while it boots: the callbacks that C++ would call, and the arrays that both
 * sides read. The bindings fill it; the event loop and the realm use it.
 */
export interface LibraryHooks {
  /** [has a tick scheduled, has a rejection to warn of] */
  readonly tickInfo: Uint8Array;
  /** [immediates, referenced immediates, has outstanding] */
  readonly immediateInfo: Uint32Array;
  /** [referenced timers] */
  readonly timeoutInfo: Int32Array;
  /** Each `yield` asks for one microtask checkpoint. */
  runTicks: () => Iterator<undefined>;
  processImmediate: () => Iterator<undefined>;
  /** Returns the next expiry, negative when nothing referenced waits for it, 0 for none. */
  processTimers: (now: number) => Iterator<undefined, number>;
  promiseRejected: (event: number, promise: object, reason: unknown) => void;
  /** Adds arrow messages and colours to `error.stack` before it is printed. */
  enhanceStackBefore: (error: unknown) => unknown;
  enhanceStackAfter: (error: unknown) => unknown;
  sourceMapsEnabled: boolean;
  /** The top-level awaits for which a module waits, each as Node prints the place of an error. */
  unsettledAwaits: (moduleWrap: object) => string[];
  emitWarningSync: ((...parameters: unknown[]) => void) | undefined;
  /** How many PerformanceObservers want each type of entry that C++ makes. */
  readonly performanceObservers: Uint32Array;
  performanceEntry:
    ((name: string, type: string, startMs: number, durationMs: number, details: object) => void) | undefined;
  /** Source line of an error by its source map, where there is one. */
  sourceMapErrorSource: ((error: unknown, file: string, line: number, column: number) => unknown) | undefined;
}

export type BindingFactory = (context: NodeContext) => object;

/** How the process was started. Values may be replaced once, when a booted spare is given its program. */
export interface ProcessOptions {
  argv: string[];
  execArgv: string[];
  execPath: string;
  /** The environment as it is now. */
  readonly env: Readonly<Record<string, string>>;
  readonly variables: Variables;
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
  /** As enqueue, but in the closing phase (uv_close callbacks), where the last to come is the first to run. */
  enqueueClose(callback: () => void): void;
  /** As enqueue, without keeping the loop alive. */
  enqueueUnref(callback: () => void): void;
  /** As enqueueUnref, but right after the poll phase that is under way, else before the next (uv__io_feed). */
  enqueuePending(callback: () => void): void;
  /** Runs `callback` in the next check phase, before the program's immediates (env->SetImmediate). */
  setImmediate(callback: () => void): void;
  /** Runs `callback` right after the current one and what follows it, before others that wait. */
  continueWith(callback: () => void): void;
  /** A request in flight (uv_req): the loop lives while any is open. Returns the function that ends it. */
  beginRequest(name: string, owner?: object): () => void;
  /** A handle (uv_handle): active and referenced handles keep the loop alive. */
  addHandle(handle: LoopHandle): void;
  removeHandle(handle: LoopHandle): void;
  /** For the timers binding. */
  scheduleTimer(milliseconds: number): void;
  toggleTimerRef(on: boolean): void;
  toggleImmediateRef(on: boolean): void;
  handles(): Iterable<LoopHandle>;
  /** The requests in flight: what process.getActiveResourcesInfo() and process._getActiveRequests() show. */
  requests(): Iterable<{ readonly name: string; readonly owner: object }>;
  /** Milliseconds spent waiting in the poll phase. */
  idleTime(): number;
  /** Called once, when the loop begins to turn. */
  onStart(callback: () => void): void;
  /** Called before and after each wait, with what `idleTime` gives. */
  watchIdle(callback: (idle: boolean, idleMs: number) => void): void;
  /** Called once, when nothing keeps it turning any more. */
  onExit(callback: () => void): void;
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
  readonly options: OptionFacts;
  /** `process.config` as JSON. */
  readonly config: string;
  /** Own property names of the real node's globalThis. */
  readonly globals: readonly string[];
}

export interface OptionFacts {
  /** Name (`--stack-trace-limit`) → kind and default. */
  readonly table: Readonly<Record<string, OptionFact>>;
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  readonly embedder: unknown;
  /** Sections of a configuration file beside nodeOptions → options that each may set. */
  readonly namespaces: Readonly<Record<string, readonly string[]>>;
  /** V8's own options: name without dashes and type. */
  readonly v8Options: readonly (readonly [string, string])[];
}

export interface OptionFact {
  /** 0 no-op, 1 V8, 2 boolean, 3 integer, 4 unsigned, 5 string, 6 host:port, 7 list of strings */
  readonly type: number;
  /** Allowed in NODE_OPTIONS. */
  readonly env: boolean;
  readonly defaultIsTrue: boolean;
  readonly value?: unknown;
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
  queueMicrotask(callback: () => void): void;
  /** The browser's own timers, outside of the event loop: what they call must enqueue. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  /** The browser's `navigator.hardwareConcurrency`. */
  readonly hardwareConcurrency: number;
  /** Such as 'en-US'. */
  readonly defaultLocale: string;
  /** Blocks the thread. */
  sleep(milliseconds: number): void;
  /** The unpatched constructors. */
  readonly Proxy: ProxyConstructor;
  readonly Promise: PromiseConstructor;
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
  /** The library's bootstrap is over: what runs now is its main script, and the program. */
  readonly booted: boolean;
  triggerUncaught(error: unknown, fromPromise: boolean): void;
  /** What was recorded about proxies, promises and iterators before user code could run. */
  readonly introspection: Introspection;
  readonly stackTraces: StackTraces;
  /** The text behind a name in a stack trace: `/a/b.js`, `file:///a/b.mjs`, `node:fs`, `[eval]`. */
  sourceText(file: string): string | undefined;
  /** `node --help`: option → text. */
  helpTexts(): Record<string, string>;
  /** One of this layer's own libraries that load on demand. */
  library(name: string): unknown;
  /** A module of WebAssembly beside the workers' scripts, compiled: such as compression/brotli.wasm. */
  webAssembly(file: string): WebAssembly.Module;
  /** The authorities that the pinned node trusts, as PEM, one behind the other. */
  rootCertificates(): string;
  /** What the per-context scripts exported: domexception and messageport. */
  readonly perContextExports: Record<string, unknown>;
}

/** What V8 tells C++ about objects and JavaScript cannot see; kept by patches installed before everything else. */
export interface Introspection {
  /** [target, handler] (nulls once revoked), undefined when `value` is no proxy. */
  proxyDetails(value: unknown): readonly [object | null, object | null] | undefined;
  /** [state, result]: 0 pending, 1 fulfilled, 2 rejected; pending when the state was never seen. */
  promiseDetails(promise: object): readonly [number, unknown];
  /** Entries that a Map or Set iterator would still yield, and whether they are key, value pairs. */
  iteratorEntries(iterator: object): readonly [unknown[], boolean] | undefined;
  /** The class of an object from which its prototype was taken. */
  lostClassName(object: object): string | undefined;
}

export interface AsyncCalls {
  /** Base class of every wrap: getAsyncId, asyncReset, getProviderType. */
  readonly AsyncWrap: AsyncWrapConstructor;
  newAsyncId(): number;
  /** Gives `wrap` its async ids and context frame and emits `init` of the hooks for `resource`, or for itself. `type` is a provider name such as 'FSREQCALLBACK'. */
  init(wrap: object, type: string, resource?: object): void;
  /** DefaultTriggerAsyncIdScope: what `make` creates was triggered by `parent`. */
  triggeredBy<Made>(parent: object, make: () => Made): Made;
  /** MakeCallback: calls `callback` as `resource`'s continuation. Errors propagate to the loop. */
  makeCallback(resource: object, callback: unknown, ...parameters: unknown[]): unknown;
  destroy(resource: object): void;
  /** Keeps the frame and, where hooks are set, the async ids of now: what it gives runs an action in them. */
  keep(): <Result>(action: () => Result) => Result;
  readonly frame: ContextFrame;
}

/** The current AsyncContextFrame: what AsyncLocalStorage reads. */
export interface ContextFrame {
  current: unknown;
  /** False until a frame was ever set: as long, nothing needs to be carried along. */
  used: boolean;
  readonly promises: PromiseHooks;
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
  /**
   * UVException: `errno` negative; message, code, errno, syscall, path, dest as Node's C++ sets them. `because` stands
   * for libuv's own words.
   */
  uvException(errno: number, syscall: string, path?: string, dest?: string, because?: string): Error;
  /** An Error of `constructor` with `code`, as THROW_ERR_* of node_errors.h makes. */
  coded(constructor: ErrorConstructor, code: string, message: string): Error;
}
