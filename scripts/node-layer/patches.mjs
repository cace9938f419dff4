// The only places where the library that runs differs from the library that Node ships. Each patch is a named
// function; a missing anchor fails the build, so that a new Node version cannot silently run unpatched.

/** Replaces `anchor`, which must occur exactly `count` times. */
function replace(source, anchor, replacement, count = 1) {
  const parts = source.split(anchor);
  if (parts.length - 1 !== count) {
    throw new Error(`anchor occurs ${parts.length - 1} times, wanted ${count}: ${JSON.stringify(anchor)}`);
  }
  return parts.join(replacement);
}

/**
 * JavaScript cannot ask for a synchronous microtask checkpoint. Whatever runs one becomes a generator that yields
 * there; the event loop lets one macrotask pass (which empties the microtask queue) and resumes it.
 */
function tickQueueYieldsForMicrotasks(source) {
  source = replace(source, 'function runNextTicks() {', 'function* runNextTicks() {');
  source = replace(
    source,
    'function processTicksAndRejections() {',
    'function* processTicksAndRejections() {',
  );
  source = replace(source, 'runMicrotasks();', 'yield;', 2);
  return replace(source, '\n  processTicksAndRejections();\n', '\n  yield* processTicksAndRejections();\n');
}

/** As above: the tick queue runs between timers and between immediates. */
function timersYieldForMicrotasks(source) {
  source = replace(source, 'function processImmediate() {', 'function* processImmediate() {');
  source = replace(source, 'function processTimers(now) {', 'function* processTimers(now) {');
  source = replace(source, 'function listOnTimeout(list, now) {', 'function* listOnTimeout(list, now) {');
  source = replace(source, 'runNextTicks();', 'yield* runNextTicks();', 3);
  // In the place of the indentation: the call keeps its column, which stack traces show.
  return replace(source, '\n      listOnTimeout(list, now);\n', '\nyield*listOnTimeout(list, now);\n');
}

/**
 * A browser calls `Error.prepareStackTrace` where V8 in Node calls an embedder's callback first. So the default
 * function does that callback's part: positions in bundles become positions in sources, overrides come first.
 */
function stackTracesAreMapped(source) {
  return replace(
    source,
    'function ErrorPrepareStackTrace(error, trace) {\n',
    // On one line: what follows keeps its line numbers.
    'function ErrorPrepareStackTrace(error, trace) { ' +
      "internalBinding('errors').nameImports(error); " +
      "trace = internalBinding('errors').mapStackTrace(trace); " +
      'if (overrideStackTrace.has(error)) { ' +
      'const f = overrideStackTrace.get(error); overrideStackTrace.delete(error); return f(error, trace); }\n',
  );
}

/** Builtin id → its patches. */
export const PATCHES = {
  'internal/process/task_queues': [tickQueueYieldsForMicrotasks],
  'internal/timers': [timersYieldForMicrotasks],
  'internal/errors': [stackTracesAreMapped],
};

/** @param {Record<string, string>} natives builtin id → source */
export function applyPatches(natives) {
  const patched = { ...natives };
  for (const [id, patches] of Object.entries(PATCHES)) {
    if (!(id in patched)) throw new Error(`node-layer patch: there is no builtin ${id}`);
    for (const patch of patches) {
      try {
        patched[id] = patch(patched[id]);
      } catch (error) {
        throw new Error(`node-layer patch ${patch.name} of ${id}: ${error.message}`);
      }
    }
  }
  return patched;
}
