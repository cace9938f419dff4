import type { ContextFrame } from '../context.ts';
import { SyntheticRecord, type ModuleRecord } from './record.ts';
import { SourceTextRecord } from './source_text.ts';

// Programs may replace these.
const NativePromise = Promise;
const { apply } = Reflect;
const nativeThen = Promise.prototype.then;
const nativeResolve = Promise.resolve;

function withResolvers<T>(): PromiseWithResolvers<T> {
  const capability = {} as { -readonly [Key in keyof PromiseWithResolvers<T>]: PromiseWithResolvers<T>[Key] };
  capability.promise = new NativePromise<T>((resolve, reject) => {
    capability.resolve = resolve;
    capability.reject = reject;
  });
  return capability;
}

function then(
  promise: unknown,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): void {
  apply(nativeThen, promise, [fulfilled, rejected]);
}

let asyncEvaluationCount = 0;

/**
 * Evaluate() of cyclic module records (ECMA-262 sec. 16.2.1.6.1.3). The returned promise is settled when this returns,
 * unless the graph has a top-level await; `failure` of the record then tells how.
 */
export function evaluate(root: ModuleRecord, frame: ContextFrame): Promise<undefined> {
  if (!(root instanceof SourceTextRecord)) return evaluateSynthetic(root);
  let module = root;
  if (module.status === 'evaluating-async' || module.status === 'evaluated')
    module = module.cycleRoot ?? module;
  if (module.topLevel) return module.topLevel.promise;
  const stack: SourceTextRecord[] = [];
  const capability = withResolvers<undefined>();
  module.topLevel = capability;
  try {
    innerEvaluate(module, stack, 0, frame);
    if (module.asyncEvaluationOrder === 'unset' || module.asyncEvaluationOrder === 'done') {
      capability.resolve(undefined);
    }
  } catch (error) {
    for (const begun of stack) {
      begun.status = 'evaluated';
      begun.failure = { error };
      begun.cycleRoot ??= begun;
    }
    capability.reject(error);
  }
  return capability.promise;
}

function evaluateSynthetic(module: ModuleRecord): Promise<undefined> {
  const capability = withResolvers<undefined>();
  try {
    if (module instanceof SyntheticRecord) module.evaluate();
    capability.resolve(undefined);
  } catch (error) {
    capability.reject(error);
  }
  return capability.promise;
}

function innerEvaluate(
  module: ModuleRecord,
  stack: SourceTextRecord[],
  startIndex: number,
  frame: ContextFrame,
): number {
  if (!(module instanceof SourceTextRecord)) {
    if (module instanceof SyntheticRecord) module.evaluate();
    return startIndex;
  }
  if (module.status === 'evaluating-async' || module.status === 'evaluated') {
    if (module.failure) throw module.failure.error;
    return startIndex;
  }
  if (module.status === 'evaluating') return startIndex;
  module.status = 'evaluating';
  module.dfsIndex = module.dfsAncestorIndex = startIndex;
  module.pendingAsyncDependencies = 0;
  let index = startIndex + 1;
  stack.push(module);
  for (const requested of module.evaluated) {
    index = innerEvaluate(requested, stack, index, frame);
    if (requested instanceof SourceTextRecord) waitFor(module, requested);
  }
  if (module.pendingAsyncDependencies > 0 || module.transform.hasTopLevelAwait) {
    module.asyncEvaluationOrder = asyncEvaluationCount++;
    if (module.pendingAsyncDependencies === 0) executeAsync(module, frame);
  } else {
    executeSync(module);
  }
  if (module.dfsAncestorIndex === module.dfsIndex) {
    for (let done = stack.pop(); done !== undefined; done = done === module ? undefined : stack.pop()) {
      done.status = done.asyncEvaluationOrder === 'unset' ? 'evaluated' : 'evaluating-async';
      done.cycleRoot = module;
    }
  }
  return index;
}

function waitFor(module: SourceTextRecord, requested: SourceTextRecord): void {
  let required = requested;
  if (required.status === 'evaluating') {
    module.dfsAncestorIndex = Math.min(module.dfsAncestorIndex, required.dfsAncestorIndex);
  } else {
    required = required.cycleRoot ?? required;
    if (required.failure) throw required.failure.error;
  }
  if (typeof required.asyncEvaluationOrder === 'number') {
    module.pendingAsyncDependencies++;
    required.asyncParents.push(module);
  }
}

function executeSync(module: SourceTextRecord): void {
  module.body?.next();
}

function executeAsync(module: SourceTextRecord, frame: ContextFrame): void {
  const kept = frame.current;
  const fulfilled = (): void => {
    // Of who began the evaluation: modules that waited for this one go on in it.
    frame.current = kept;
    asyncFulfilled(module, frame);
  };
  const rejected = (error: unknown): void => asyncRejected(module, error);
  const capability = withResolvers<unknown>();
  then(capability.promise, fulfilled, rejected);
  const { body } = module;
  if (body === undefined) return capability.resolve(undefined);
  if (module.transform.asyncGenerator) return capability.resolve(body.next());
  run(body as Generator<unknown, void, unknown>, capability, frame);
}

/** Runs a module's body from one top-level await to the next, as an async function would go. */
function run(
  body: Generator<unknown, void, unknown>,
  capability: PromiseWithResolvers<unknown>,
  frame: ContextFrame,
): void {
  const advance = (step: () => IteratorResult<unknown, void>): void => {
    let awaited: unknown;
    try {
      const result = step();
      if (result.done) return capability.resolve(undefined);
      awaited = result.value;
    } catch (error) {
      return capability.reject(error);
    }
    const kept = frame.current;
    let promise: unknown;
    try {
      promise = apply(nativeResolve, NativePromise, [awaited]);
    } catch (error) {
      return advance(() => body.throw(error));
    }
    const resume = (step: () => IteratorResult<unknown, void>): void => {
      frame.current = kept;
      advance(step);
    };
    then(
      promise,
      (value) => resume(() => body.next(value)),
      (error) => resume(() => body.throw(error)),
    );
  };
  advance(() => body.next());
}

function asyncFulfilled(module: SourceTextRecord, frame: ContextFrame): void {
  if (module.status === 'evaluated') return; // it failed meanwhile
  module.asyncEvaluationOrder = 'done';
  module.status = 'evaluated';
  module.topLevel?.resolve(undefined);
  const ready: SourceTextRecord[] = [];
  gatherAvailableAncestors(module, ready);
  const order = (record: SourceTextRecord): number => Number(record.asyncEvaluationOrder);
  ready.sort((a, b) => order(a) - order(b));
  for (const parent of ready) {
    if (parent.status === 'evaluated') continue; // it failed meanwhile
    if (parent.transform.hasTopLevelAwait) executeAsync(parent, frame);
    else {
      try {
        executeSync(parent);
      } catch (error) {
        asyncRejected(parent, error);
        continue;
      }
      parent.asyncEvaluationOrder = 'done';
      parent.status = 'evaluated';
      parent.topLevel?.resolve(undefined);
    }
  }
}

function gatherAvailableAncestors(module: SourceTextRecord, into: SourceTextRecord[]): void {
  for (const parent of module.asyncParents) {
    if (into.includes(parent) || parent.cycleRoot?.failure) continue;
    if (--parent.pendingAsyncDependencies > 0) continue;
    into.push(parent);
    if (!parent.transform.hasTopLevelAwait) gatherAvailableAncestors(parent, into);
  }
}

function asyncRejected(module: SourceTextRecord, error: unknown): void {
  if (module.status === 'evaluated') return;
  module.failure = { error };
  module.status = 'evaluated';
  module.asyncEvaluationOrder = 'done';
  module.topLevel?.reject(error);
  for (const parent of module.asyncParents) asyncRejected(parent, error);
}
