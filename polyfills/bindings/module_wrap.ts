import type { NodeContext } from '../context.ts';
import { evaluate } from '../modules/evaluate.ts';
import { isGraphAsync, link } from '../modules/link.ts';
import { namespaceOf } from '../modules/namespace.ts';
import { SyntheticRecord, type ModuleRecord } from '../modules/record.ts';
import { stalledAwaits } from '../modules/stalled.ts';
import { LinkError, SourceError, SourceTextRecord } from '../modules/source_text.ts';
import { arrowMessage, placeOf } from '../transform/syntax_error.ts';
import { acceptsCodeCache, codeCache } from './code_cache.ts';
import { compileModule } from './compile_module.ts';
import { compilerTools } from './compiler_tools.ts';
import { EVALUATION_PHASE, SOURCE_PHASE, setImportCallback, type ImportCallback } from './dynamic_import.ts';
import { withDeadline } from './deadlines.ts';
import { withInterrupt } from './interrupts.ts';
import { createRequiredModuleFacade } from './module_facade.ts';

/** v8::Module::Status. */
const STATUS = {
  kUninstantiated: 0,
  kInstantiating: 1,
  kInstantiated: 2,
  kEvaluating: 3,
  kEvaluated: 4,
  kErrored: 5,
} as const;

interface Wrap {
  readonly url: string;
  readonly sourceMapURL: string | undefined;
}

type MetaCallback = (referrer: symbol, meta: object, wrap: object) => void;

/** The `module_wrap` binding (module_wrap.cc): module records under the control of Node's loader. */
export function createModuleWrap(context: NodeContext): object {
  const tools = compilerTools(context);
  const { coded } = context.errors;
  const { Promise } = globalThis;
  const settled = { resolve: Promise.resolve.bind(Promise), reject: Promise.reject.bind(Promise) };
  let initializeMeta: MetaCallback | undefined;

  class ModuleWrap implements Wrap {
    declare readonly url: string;
    declare readonly synthetic: boolean;
    declare readonly sourceMapURL: string | undefined;
    readonly #record: ModuleRecord;
    /** In what asked for it first: Node's loader awaits between an `import()` and the evaluation, and loses it. */
    readonly #asAsked = context.async.keep();
    #linked: boolean;
    #hasAsyncGraph: boolean | undefined;

    constructor(
      url: string,
      vmContext: object | undefined,
      source: string | readonly string[],
      lineOffsetOrSteps: number | (() => void),
      columnOffsetOrCjs?: unknown,
      idOrCachedData?: unknown,
    ) {
      if (typeof source === 'string') {
        const referrer = typeof idOrCachedData === 'symbol' ? idOrCachedData : Symbol(url);
        if (ArrayBuffer.isView(idOrCachedData) && !acceptsCodeCache(source, idOrCachedData)) {
          throw coded(Error, 'ERR_VM_MODULE_CACHED_DATA_REJECTED', 'cachedData buffer was rejected');
        }
        setPrivate(this, 'host_defined_option_symbol', referrer);
        const compiled = compileModule(tools, {
          url,
          source,
          lineOffset: Number(lineOffsetOrSteps),
          columnOffset: Number(columnOffsetOrCjs),
          referrer,
          vmContext,
          timed: referrer !== context.realm.symbols['source_text_module_default_hdo'],
          initializeMeta: (meta) => initializeMeta?.(referrer, meta, this),
        });
        this.#record = compiled.record;
        this.#linked = false;
        setOwn(this, 'sourceMapURL', compiled.sourceMapURL);
        setOwn(this, 'hasTopLevelAwait', compiled.record.transform.hasTopLevelAwait);
      } else {
        const steps = lineOffsetOrSteps as () => void;
        this.#record = new SyntheticRecord(source, () => void Reflect.apply(steps, this, []));
        this.#linked = true;
      }
      setOwn(this, 'synthetic', typeof source !== 'string');
      setOwn(this, 'url', url);
      const imported = context.realm.symbols['imported_cjs_symbol'];
      if (typeof source !== 'string' && typeof columnOffsetOrCjs === 'object' && imported) {
        setOwn(this, imported, columnOffsetOrCjs);
      }
      records.set(this, this.#record);
      urls.set(this.#record, url);
      Object.defineProperty(this, 'hasAsyncGraph', {
        configurable: true,
        get: () => {
          this.#requireInstantiated();
          return (this.#hasAsyncGraph ??= isGraphAsync(this.#record));
        },
      });
    }

    getModuleRequests(): object[] {
      if (!(this.#record instanceof SourceTextRecord)) return [];
      return this.#record.transform.requests.map(({ specifier, attributes, phase }) =>
        Object.freeze({
          __proto__: null,
          specifier,
          attributes: Object.freeze(Object.assign(Object.create(null) as object, attributes)),
          phase: phase === 'source' ? SOURCE_PHASE : EVALUATION_PHASE,
        }),
      );
    }

    link(wraps: ArrayLike<object>): void {
      if (this.#record instanceof SourceTextRecord) {
        this.#record.linked = this.#linkedRecords(this.#record, wraps);
      }
      this.#linked = true;
    }

    instantiate(): void {
      if (!this.#linked) throw coded(Error, 'ERR_VM_MODULE_LINK_FAILURE', 'module is not linked');
      try {
        this.#checkLinks(this.#record, new Set());
        link(this.#record);
      } catch (error) {
        if (error instanceof SourceError) throw noSource(urls.get(error.requested) ?? '');
        throw error instanceof LinkError ? this.#syntaxError(error) : error;
      }
    }

    evaluate(timeout: number, breakOnSigint: boolean): Promise<undefined> {
      const run = (): Promise<undefined> => {
        const evaluated = withDeadline(timeout, () => evaluate(this.#record, context.async.frame));
        if (breakOnSigint) markHandled(evaluated);
        return evaluated;
      };
      const promise = this.#asAsked(() => (breakOnSigint ? withInterrupt(context, run) : run()));
      const { failure, status } = this.#evaluated();
      if (status !== 'evaluated') return promise;
      // Settled already: a promise whose state this layer knows, for `util.inspect`.
      if (failure === undefined) return settled.resolve(undefined);
      markHandled(promise);
      return settled.reject(failure.error);
    }

    evaluateSync(): object {
      const promise = evaluate(this.#record, context.async.frame);
      const { failure } = this.#evaluated();
      if (failure) {
        markHandled(promise);
        throw failure.error;
      }
      return namespaceOf(this.#record);
    }

    getNamespace(): object {
      this.#requireInstantiated();
      return namespaceOf(this.#record);
    }

    getStatus(): number {
      if (this.#record.failure) return STATUS.kErrored;
      switch (this.#record.status) {
        case 'unlinked':
          return STATUS.kUninstantiated;
        case 'linking':
          return STATUS.kInstantiating;
        case 'linked':
          return STATUS.kInstantiated;
        case 'evaluating':
          return STATUS.kEvaluating;
        case 'evaluating-async':
        case 'evaluated':
          return STATUS.kEvaluated;
      }
    }

    getError(): unknown {
      return this.#record.failure?.error;
    }

    setExport(name: string, value: unknown): void {
      if (this.#record instanceof SyntheticRecord) this.#record.setExport(name, value);
    }

    setModuleSourceObject(source: object): void {
      this.#record.sourceObject = source;
    }

    getModuleSourceObject(): object {
      if (this.#record.sourceObject !== undefined) return this.#record.sourceObject;
      throw noSource(this.url);
    }

    createCachedData(): object {
      return codeCache(context, this.#record instanceof SourceTextRecord ? this.#record.source : '');
    }

    #linkedRecords(record: SourceTextRecord, wraps: ArrayLike<object>): ModuleRecord[] {
      const linked: ModuleRecord[] = [];
      const first = new Map<string, number>();
      record.transform.requests.forEach(({ specifier, attributes }, index) => {
        const module = records.get(wraps[index] ?? this);
        if (module === undefined) throw new TypeError('Illegal invocation');
        linked.push(module);
        const pairs = Object.entries(attributes).map(([key, value]) => `${key}: ${value}`);
        const key = `ModuleCacheKey("${specifier}"${pairs.length > 0 ? `, {${pairs.join()}}` : ''})`;
        const same = first.get(key) ?? index;
        first.set(key, same);
        if (linked[same] === module) return;
        throw coded(
          Error,
          'ERR_MODULE_LINK_MISMATCH',
          `Module request '${key}' at index ${index} must be linked to the same module requested at index ${same}`,
        );
      });
      return linked;
    }

    #evaluated(): ModuleRecord {
      const record = this.#record;
      return record instanceof SourceTextRecord && record.cycleRoot && !record.failure
        ? record.cycleRoot
        : record;
    }

    #requireInstantiated(): void {
      const { status } = this.#record;
      if (status === 'unlinked' || status === 'linking') {
        throw coded(Error, 'ERR_MODULE_NOT_INSTANTIATED', 'Module is not instantiated');
      }
    }

    #checkLinks(record: ModuleRecord, seen: Set<ModuleRecord>): void {
      if (seen.has(record) || !(record instanceof SourceTextRecord) || record.status !== 'unlinked') return;
      seen.add(record);
      const { requests } = record.transform;
      if (record.linked.length < requests.length) {
        const specifier = requests[record.linked.length]?.specifier ?? '';
        const message = `request for '${specifier}' can not be resolved on module '${record.url}' that is not linked`;
        throw coded(Error, 'ERR_VM_MODULE_LINK_FAILURE', message);
      }
      for (const requested of record.evaluated) this.#checkLinks(requested, seen);
    }

    #syntaxError(error: LinkError): SyntaxError {
      const result = new SyntaxError(error.message);
      const source = error.module.source;
      const place = placeOf(source, error.span.start, error.span.end);
      setPrivate(result, 'arrow_message_private_symbol', arrowMessage(error.module.url, place, 0));
      return result;
    }
  }

  const records = new WeakMap<object, ModuleRecord>();
  const urls = new WeakMap<ModuleRecord, string>();

  function noSource(url: string): Error {
    return coded(
      SyntaxError as unknown as ErrorConstructor,
      'ERR_SOURCE_PHASE_NOT_DEFINED',
      `Source phase import object is not defined for module '${url}'`,
    );
  }

  context.hooks.unsettledAwaits = (wrap) => stalledAwaits(records.get(wrap));

  function setPrivate(target: object, name: string, value: unknown): void {
    const symbol = context.realm.privateSymbols[name];
    if (symbol !== undefined) (target as Record<symbol, unknown>)[symbol] = value;
  }

  function throwIfPromiseRejected(promise: object): void {
    const util = context.realm.internalBinding('util') as {
      getPromiseDetails(promise: object): [state: number, result: unknown] | undefined;
      constants: { kRejected: number };
    };
    const details = util.getPromiseDetails(promise);
    if (details?.[0] !== util.constants.kRejected) return;
    markHandled(promise);
    throw details[1];
  }

  return {
    ModuleWrap,
    setImportModuleDynamicallyCallback: (callback: ImportCallback) => setImportCallback(context, callback),
    setInitializeImportMetaObjectCallback: (callback: MetaCallback) => void (initializeMeta = callback),
    createRequiredModuleFacade: (wrap: object) => createRequiredModuleFacade(records.get(wrap)),
    throwIfPromiseRejected,
    ...STATUS,
    kEvaluationPhase: EVALUATION_PHASE,
    kSourcePhase: SOURCE_PHASE,
  };
}

const { apply } = Reflect;
const nativeThen = Promise.prototype.then;

function markHandled(promise: object): void {
  apply(nativeThen, promise, [undefined, () => undefined]);
}

function setOwn(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
