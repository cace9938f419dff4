import type { LoopHandle, NodeContext } from '../context.ts';
import { thisThread } from '../messaging/link.ts';
import { PortData, SiblingGroup } from '../messaging/port-data.ts';
import { transferablesOfEnd, type WireEnd } from '../messaging/wire.ts';
import { nativeClass } from '../native-class.ts';
import { workerOptions } from '../options/worker-options.ts';
import type { ThreadRole } from '../realm/realm.ts';
import { LoopFigures } from '../perf/loop-figures.ts';
import { portsOf } from './messaging.ts';
import { HRTIME_BASE_MS } from './process_methods.ts';

/** What a thread is started with: cloned to it whole. */
export interface ThreadInit {
  threadId: number;
  name: string;
  isInternal: boolean;
  /** Variables of its own, or those it shares (see Variables). */
  env: Record<string, string> | SharedArrayBuffer;
  cli: Record<string, unknown>;
  argv0: string;
  execArgv: string[];
  execPath: string;
  resourceLimits: Float64Array;
  /** Its end of the channel to its starter. */
  port: WireEnd;
  /** Of the process: see SharedWord. */
  shared: SharedArrayBuffer;
  /** Where it notes how its loop spends its time (see LoopFigures). */
  figures: SharedArrayBuffer;
}

/** Int32 words that all threads of a process share. */
const SharedWord = { lastThreadId: 0 } as const;
const SHARED_BYTES = 8;

/** ExitCode::kGenericUserError: of a thread that was stopped. */
const STOPPED = 1;
/** How often, and for how long, the last messages of an ended thread are waited for. */
const ARRIVAL_POLL_MS = 4;
const ARRIVAL_TRIES = 250;

/** What V8 gives an isolate that is not told otherwise, in MB: young, old, code range, stack. A browser keeps its own. */
const DEFAULT_LIMITS = [48, 4144, 0, 4];

/** `internalBinding('worker')` (src/node_worker.cc): threads are workers of the kernel's that share this process's number. */
export function createWorker(context: NodeContext, role: ThreadRole): object {
  const { facts, system, errors } = context;
  // A spare thread has booted before it knows what it is to be.
  const own = (): ThreadInit | undefined => system.threads.self?.init as ThreadInit | undefined;
  let shared: Int32Array | undefined;
  const sharedWords = (): Int32Array =>
    (shared ??= new Int32Array(own()?.shared ?? new SharedArrayBuffer(SHARED_BYTES)));
  let port: object | undefined;
  const notNew = (): Error =>
    errors.coded(TypeError, 'ERR_CONSTRUCT_CALL_REQUIRED', 'Cannot call constructor without `new`');
  const binding = {
    ...facts.bindings['worker']?.constants(),
    Worker: nativeClass(createWorkerClass(context, sharedWords), 'Worker', notNew),
    getEnvMessagePort() {
      const init = own();
      if (init === undefined) return undefined;
      thisThread.id = init.threadId;
      return (port ??= portsOf(context).attach(PortData.fromWire(init.port)));
    },
    isMainThread: role === 'main',
    ownsProcessState: role === 'main',
  };
  const computed = {
    isInternalThread: () => own()?.isInternal ?? false,
    threadId: () => own()?.threadId ?? 0,
    threadName: () => own()?.name ?? '',
    resourceLimits: () => own()?.resourceLimits ?? new Float64Array(DEFAULT_LIMITS.length),
  };
  for (const [name, get] of Object.entries(computed)) {
    Object.defineProperty(binding, name, { get, enumerable: true, configurable: true });
  }
  return binding;
}

function createWorkerClass(context: NodeContext, sharedWords: () => Int32Array) {
  const { errors, options, system, loop, async: asyncCalls } = context;
  const unavailable = (name: string): never => {
    const message = `Worker.${name} is not available in this container: the browser does not tell`;
    throw errors.coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
  };

  class CpuUsageTaker extends asyncCalls.AsyncWrap {
    declare ondone: unknown;
  }

  return class Worker extends asyncCalls.AsyncWrap {
    onexit: unknown;
    messagePort: object | undefined;
    threadId = 0;
    threadName = '';
    invalidExecArgv?: string[];
    invalidNodeOptions?: string[];
    #handle: number | undefined;
    #gone = false;
    #end: PortData | undefined;
    #init: Omit<ThreadInit, 'port'> | undefined;
    readonly #figures = new LoopFigures();
    #limits = new Float64Array(DEFAULT_LIMITS.length);
    readonly #loopHandle: LoopHandle & { active: boolean; referenced: boolean } = {
      resourceName: 'Worker',
      active: false,
      referenced: true,
    };

    constructor(
      _url: unknown,
      env: Record<string, string> | null | undefined,
      execArgv: string[] | undefined,
      limits: Float64Array,
      _tracksDescriptors: boolean,
      isInternal: boolean,
      name: string,
    ) {
      super('WORKER');
      const parsed = workerOptions(context, env, execArgv);
      if ('invalidExecArgv' in parsed) this.invalidExecArgv = parsed.invalidExecArgv;
      if ('invalidNodeOptions' in parsed) this.invalidNodeOptions = parsed.invalidNodeOptions;
      if (!('cli' in parsed)) return;
      const words = sharedWords();
      this.threadId = Atomics.add(words, SharedWord.lastThreadId, 1) + 1;
      this.threadName = name;
      this.#limits = limits.map((limit, index) => (limit > 0 ? limit : (DEFAULT_LIMITS[index] ?? 0)));
      this.#init = {
        threadId: this.threadId,
        name,
        isInternal,
        ...parsed,
        argv0: options.argv[0] ?? 'node',
        execPath: options.execPath,
        resourceLimits: this.#limits,
        shared: words.buffer as SharedArrayBuffer,
        figures: this.#figures.memory,
      };
      const group = new SiblingGroup(false);
      this.messagePort = portsOf(context).create(group);
      this.#end = new PortData();
      group.add(this.#end);
    }

    startThread(): void {
      const port = this.#end?.toWire();
      if (port === undefined || this.#init === undefined) return;
      const init: ThreadInit = { ...this.#init, port };
      const handle = system.threads.start(init, transferablesOfEnd(port), ({ code, signal }) =>
        this.#ended(signal === 0 ? code : STOPPED, ARRIVAL_TRIES),
      );
      if (handle < 0) {
        const message = `Worker initialization failure: ${errors.uvException(handle, 'spawn').message}`;
        throw errors.coded(Error, 'ERR_WORKER_INIT_FAILED', message);
      }
      this.#handle = handle;
      this.#loopHandle.active = true;
      loop.addHandle(this.#loopHandle);
    }

    stopThread(): void {
      if (this.#handle !== undefined) system.threads.stop(this.#handle);
    }

    /** What it sent before its end is delivered first. */
    #ended(code: number, tries: number): void {
      if (tries > 0 && portsOf(context).awaitsArrival()) {
        context.intrinsics.setTimeout(
          () => loop.enqueueUnref(() => this.#ended(code, tries - 1)),
          ARRIVAL_POLL_MS,
        );
        return;
      }
      this.#handle = undefined;
      portsOf(context).threadEnded(this.threadId);
      this.#loopHandle.active = false;
      loop.removeHandle(this.#loopHandle);
      if (typeof this.onexit === 'function') asyncCalls.makeCallback(this, this.onexit, code, null, null);
      this.#gone = true;
      asyncCalls.destroy(this);
    }

    ref(): void {
      this.#loopHandle.referenced = true;
    }
    unref(): void {
      this.#loopHandle.referenced = false;
    }
    hasRef(): boolean | undefined {
      return this.#gone ? undefined : this.#loopHandle.referenced;
    }
    getResourceLimits(): Float64Array {
      return this.#limits;
    }
    /** On this thread's process.hrtime: each thread's clock begins when the thread does. */
    loopStartTime(): number {
      const start = this.#handle === undefined ? undefined : this.#figures.loopStart;
      return start === undefined ? -1 : start - system.clock.timeOrigin + HRTIME_BASE_MS;
    }
    loopIdleTime(): number {
      if (this.#handle === undefined) return -1;
      return this.#figures.idleTime(system.clock.timeOrigin + system.clock.now());
    }
    takeHeapSnapshot(): never {
      return unavailable('getHeapSnapshot');
    }
    getHeapStatistics(): never {
      return unavailable('getHeapStatistics');
    }
    cpuUsage(): object | undefined {
      if (this.#handle === undefined) return undefined;
      const taker = new CpuUsageTaker('WORKERCPUUSAGE');
      const usage = system.threads.cpuTime(this.#handle);
      loop.enqueue(() => {
        asyncCalls.makeCallback(taker, taker.ondone, null, usage);
        asyncCalls.destroy(taker);
      });
      return taker;
    }
    startCpuProfile(): never {
      return unavailable('startCpuProfile');
    }
    startHeapProfile(): never {
      return unavailable('startHeapProfile');
    }
  };
}
