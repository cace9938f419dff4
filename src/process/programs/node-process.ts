import type { LibraryHooks, NodeContext, ProcessOptions } from '../../../polyfills/context.ts';
import { createFacts, type EncodedFacts } from '../../../polyfills/facts.ts';
import type { ThreadInit } from '../../../polyfills/bindings/worker.ts';
import { Variables } from '../../../polyfills/process/variables.ts';
import { type BuiltinHost, Builtins } from '../../../polyfills/realm/builtins.ts';
import { installEarlyPatches } from '../../../polyfills/realm/early-patches.ts';
import type { ErrorPlace } from '../../../polyfills/realm/error-position.ts';
import { describeFatal } from '../../../polyfills/realm/fatal.ts';
import { createRealm, type NodeRealm, type ThreadRole } from '../../../polyfills/realm/realm.ts';
import { traceSyncCalls } from '../../../polyfills/options/effects.ts';
import { traceEnvironment } from '../../../polyfills/options/traces.ts';
import { parseOptions } from '../../../polyfills/options/parser.ts';
import { ProcessGone, type System } from '../../../polyfills/system.ts';
import { promiseThen } from '../../base/intrinsics.ts';
import { catchGlobalErrors, type Thrown } from '../loop/guard.ts';
import { intrinsics } from '../intrinsics.ts';
import { EventLoop, type LoopWaiting } from '../loop/loop.ts';
import { type Program, prepareProgram, prepareThread, type Start } from './startup.ts';

/** ExitCode in node_exit_code.h. */
const ExitCode = {
  ok: 0,
  genericUserError: 1,
  fatalHandlerPatched: 6,
  fatalHandlerThrew: 7,
  unsettledAwait: 13,
};
/** Fields of process[exit_info]: util.constants.kExiting, kExitCode, kHasExitCode. */
const Exit = { exiting: 0, code: 1, hasCode: 2 } as const;
const STDOUT = 1;
const STDERR = 2;
const utf8 = new TextEncoder();
const notBooted = (): never => {
  throw new Error('the library was not booted');
};

export interface NodeProcessOptions {
  system: System;
  waiting: LoopWaiting;
  /** True once the process has exited or was killed. */
  isOver(): boolean;
  host: BuiltinHost;
  facts: EncodedFacts;
  ownScript: string;
  role: ThreadRole;
}

/** One process: Node's library, booted, and then one program in it. */
export class NodeProcess {
  readonly loop: EventLoop;
  readonly #system: System;
  readonly #isOver: () => boolean;
  readonly #realm: NodeRealm;
  readonly #context: NodeContext;
  readonly #options: ProcessOptions;
  readonly #hooks: LibraryHooks;

  constructor({ system, waiting, isOver, host, facts, ownScript, role }: NodeProcessOptions) {
    this.#system = system;
    this.#isOver = isOver;
    const variables = new Variables();
    this.#options = {
      variables,
      get env() {
        return variables.all;
      },
      argv: ['node'],
      execArgv: [],
      execPath: '/usr/local/bin/node',
      cli: {},
      title: 'node',
    };
    this.#hooks = {
      tickInfo: new Uint8Array(2),
      immediateInfo: new Uint32Array(3),
      timeoutInfo: new Int32Array(1),
      runTicks: notBooted,
      processImmediate: notBooted,
      processTimers: notBooted,
      promiseRejected: notBooted,
      enhanceStackBefore: (error) => (error as Error).stack,
      enhanceStackAfter: (error) => (error as Error).stack,
      sourceMapErrorSource: undefined,
      sourceMapsEnabled: false,
      unsettledAwaits: () => [],
      emitWarningSync: undefined,
      performanceObservers: new Uint32Array(8),
      performanceEntry: undefined,
    };
    this.loop = new EventLoop(this.#hooks, waiting);
    this.loop.onUncaught = (thrown) => this.#uncaught(thrown);
    const { introspection, frame } = installEarlyPatches();
    const builtins = new Builtins(host);
    this.#realm = createRealm({
      system,
      loop: this.loop,
      facts: createFacts(facts, builtins.config),
      intrinsics,
      options: this.#options,
      hooks: this.#hooks,
      builtins,
      introspection,
      frame,
      ownScript,
      role,
      triggerUncaught: (error, fromPromise) => this.#trigger(error, fromPromise, undefined),
      isExiting: () => this.#over(),
    });
    this.#context = this.#realm.context;
  }

  /** Up to just before a main script, and a rehearsal of it: what a spare does before it has a program. */
  async boot(): Promise<void> {
    catchGlobalErrors((thrown) => {
      this.#uncaught(thrown);
      this.loop.enqueueUnref(() => {});
    });
    this.#watchRejections();
    this.#realm.boot();
    this.loop.process = this.#context.realm.process;
    await this.#rehearse();
  }

  /** What the system refuses (a container without its files) leaves the process cold, no more. */
  async #rehearse(): Promise<void> {
    let failure: unknown;
    await this.loop.call(() => {
      failure = this.#attempt(() => {
        parseOptions(this.#context.facts.options, ['--eval', '0'], undefined);
        this.#realm.rehearse();
      })?.error;
    });
    if (failure !== undefined && (failure as { code?: unknown }).code === undefined) throw failure;
  }

  /** Runs the program to its end. Resolves when nothing of it runs any more. */
  async run(program: Program): Promise<void> {
    this.loop.start();
    try {
      const start = this.#prepare(program);
      if ('main' in start) {
        traceEnvironment(this.#context, (text) => this.#print(STDERR, text));
        await this.#main(start.main);
        await this.#live();
      } else {
        this.#print(STDOUT, start.stdout ?? '');
        this.#print(STDERR, start.stderr ?? '');
        this.#exit(start.exitCode);
      }
    } catch (error) {
      if (!this.#isEnd(error)) throw error;
    } finally {
      this.loop.stopped = true;
    }
  }

  /** A thread's options come with it; the program's are read from its command line. */
  #prepare(program: Program): Start {
    const { self } = this.#system.threads;
    if (self === undefined) {
      return prepareProgram(program, this.#context.facts, this.#options, this.#system);
    }
    return prepareThread(self.init as ThreadInit, this.#options);
  }

  async #main(script: string): Promise<void> {
    const { asyncState } = this.#realm;
    await this.loop.call(() => {
      asyncState.push(1, 0, {});
      this.#realm.runMain(script);
      asyncState.pop();
    });
  }

  /** SpinEventLoop in api/embed_helpers.cc. */
  async #live(): Promise<void> {
    const { loop } = this;
    if (this.#options.cli['--trace-sync-io'] === true)
      traceSyncCalls(this.#context, (text) => this.#print(STDERR, text));
    const { process } = this.#context.realm;
    const emit = (event: string, code: number) =>
      (process['emit'] as (event: string, code: number) => boolean)(event, code);
    for (;;) {
      await loop.run();
      if (this.#over()) return;
      await loop.settle();
      if (this.#over()) return;
      if (loop.alive()) continue;
      if (process['_exiting']) break;
      await loop.call(() => emit('beforeExit', this.#exitCode(ExitCode.ok)));
      if (this.#over()) return;
      await loop.settle();
      if (!loop.alive()) break;
    }
    if (this.#over()) return;
    const unsettled = (await this.#awaitsForever()) && this.#exitCode(ExitCode.ok) === ExitCode.ok;
    if (unsettled) this.#warnOfAwaits();
    loop.exits();
    process['_exiting'] = true;
    const thrown = this.#attempt(() => emit('exit', this.#exitCode(ExitCode.ok)));
    if (thrown) this.#uncaught(thrown);
    this.#exit(this.#exitCode(ExitCode.ok));
  }

  #attempt(callback: () => void): Thrown | undefined {
    try {
      callback();
      return undefined;
    } catch (error) {
      return { error, place: undefined };
    }
  }

  /** The entry module waits in a top-level await that nothing will settle. */
  async #awaitsForever(): Promise<boolean> {
    const symbol = this.#context.realm.privateSymbols['entry_point_promise_private_symbol'];
    const entry =
      symbol && ((globalThis as Record<PropertyKey, unknown>)[symbol] as Promise<unknown> | undefined);
    if (entry === undefined) return false;
    const settled = { settled: false };
    const note = () => {
      settled.settled = true;
    };
    promiseThen(entry, note, note);
    await this.loop.settle();
    return !settled.settled;
  }

  /** ModuleWrap::CheckUnsettledTopLevelAwait: says where the program waits for ever, and sets its exit code. */
  #warnOfAwaits(): void {
    const info = this.#exitInfo();
    info[Exit.hasCode] = 1;
    info[Exit.code] = ExitCode.unsettledAwait;
    const symbol = this.#context.realm.privateSymbols['entry_point_module_private_symbol'];
    const wrap = symbol && (globalThis as Record<PropertyKey, unknown>)[symbol];
    if (typeof wrap !== 'object' || wrap === null || this.#options.cli['--warnings'] === false) return;
    for (const place of this.#hooks.unsettledAwaits(wrap)) {
      this.#print(STDERR, `Warning: Detected unsettled top-level await at ${place}\n\n\n`);
    }
  }

  #watchRejections(): void {
    const { addEventListener } = intrinsicsOfGlobal;
    addEventListener('unhandledrejection', (event) => {
      event.preventDefault();
      if (this.#over() || ProcessGone.is(event.reason)) return;
      this.#hooks.promiseRejected(0, event.promise, event.reason);
      this.loop.enqueueUnref(() => {});
    });
    addEventListener('rejectionhandled', (event) => {
      if (this.#over()) return;
      this.#hooks.promiseRejected(1, event.promise, undefined);
      this.loop.enqueueUnref(() => {});
    });
  }

  #over(): boolean {
    if (!this.loop.stopped && this.#isOver()) this.loop.stopped = true;
    return this.loop.stopped;
  }

  #isEnd(error: unknown): boolean {
    if (ProcessGone.is(error)) this.loop.stopped = true;
    return ProcessGone.is(error) || this.#over();
  }

  #uncaught({ error, place }: Thrown): void {
    if (this.#isEnd(error)) return;
    let at: ErrorPlace | undefined;
    if (place) at = this.#context.realm.stackTraces.place(place.script, place.line, place.column);
    try {
      this.#trigger(error, false, at);
    } catch (inner) {
      if (!this.#isEnd(inner)) throw inner;
    }
  }

  /** TriggerUncaughtException in node_errors.cc. */
  #trigger(error: unknown, fromPromise: boolean, at: ErrorPlace | undefined): void {
    if (this.#isEnd(error)) return;
    const { process } = this.#context.realm;
    const handler = process['_fatalException'];
    if (typeof handler !== 'function') {
      this.#print(STDERR, describeFatal(error, at, this.#context, false));
      this.#exit(ExitCode.fatalHandlerPatched);
    }
    let handled: unknown;
    try {
      handled = Reflect.apply(handler as () => unknown, process, [error, fromPromise]);
    } catch (inner) {
      if (this.#isEnd(inner)) throw inner;
      this.#print(STDERR, describeFatal(inner, undefined, this.#context, true));
      this.#exit(ExitCode.fatalHandlerThrew);
    }
    if (handled !== false) return;
    this.#print(STDERR, describeFatal(error, at, this.#context, true));
    this.#exit(this.#exitCode(ExitCode.genericUserError));
  }

  #exitInfo(): Int32Array {
    const symbol = this.#context.realm.privateSymbols['exit_info_private_symbol'] ?? '';
    return this.#context.realm.process[symbol] as Int32Array;
  }

  #exitCode(otherwise: number): number {
    const info = this.#exitInfo();
    return info[Exit.hasCode] ? (info[Exit.code] ?? 0) : otherwise;
  }

  #print(fd: number, text: string): void {
    const bytes = utf8.encode(text);
    for (let at = 0; at < bytes.length;) {
      const written = this.#system.files.write(fd, bytes.subarray(at), null);
      if (written < 0) return;
      at += written;
    }
  }

  #exit(code: number): never {
    this.loop.stopped = true;
    return this.#system.process.exit(code);
  }
}

const intrinsicsOfGlobal = { addEventListener: globalThis.addEventListener.bind(globalThis) };
