import type { NodeContext } from '../context.ts';
import { placeOfStack, withSourceLine } from '../realm/error-position.ts';

const { apply } = Reflect;
const errorToString = Error.prototype.toString;
const symbolToString = Symbol.prototype.toString;

/** V8's Object::NoSideEffectsToString: never runs user code that could throw out of it. */
function noSideEffectsToString(value: unknown): string {
  try {
    if (typeof value === 'symbol') return apply(symbolToString, value, []);
    if (typeof value === 'function') return Function.prototype.toString.call(value);
    if (typeof value !== 'object' || value === null) return `${value as string}`;
    if (value instanceof Error) return apply(errorToString, value, []);
    const constructor: unknown = value.constructor;
    const name = typeof constructor === 'function' ? constructor.name : '';
    return `#<${name || 'Object'}>`;
  } catch {
    return '[object]';
  }
}

/** node_errors.cc. */
export function createErrorsBinding(context: NodeContext): object {
  const { hooks, realm, facts } = context;
  return {
    ...facts.bindings['errors']?.constants(),
    // The browser calls Error.prepareStackTrace itself: the patched library does this callback's work there.
    setPrepareStackTraceCallback() {},
    nameImports,
    mapStackTrace: (trace: Parameters<typeof realm.stackTraces.map>[0]) => realm.stackTraces.map(trace),
    setGetSourceMapErrorSource(callback: typeof hooks.sourceMapErrorSource) {
      hooks.sourceMapErrorSource = callback;
    },
    setSourceMapsEnabled(enabled: boolean) {
      hooks.sourceMapsEnabled = enabled;
    },
    setMaybeCacheGeneratedSourceMap() {},
    setEnhanceStackForFatalException(
      before: typeof hooks.enhanceStackBefore,
      after: typeof hooks.enhanceStackAfter,
    ) {
      hooks.enhanceStackBefore = before;
      hooks.enhanceStackAfter = after;
    },
    noSideEffectsToString,
    triggerUncaughtException: (error: unknown, fromPromise: boolean) =>
      realm.triggerUncaught(error, fromPromise),
    getErrorSourcePositions(error: object) {
      const made = placeOfStack(error);
      const place = made && withSourceLine(made, context);
      return place
        ? {
            __proto__: null,
            sourceLine: place.sourceLine,
            scriptResourceName: place.file,
            lineNumber: place.line,
            startColumn: place.column - 1,
          }
        : // Code without a file, such as that of eval: the message shows no expression.
          { __proto__: null, sourceLine: '', scriptResourceName: '', lineNumber: 0, startColumn: 0 };
    },
  };
}

const IMPORTED = /\(0 ?, ?__imports\$\.([\w$]+)\)/g;
const { replace } = String.prototype;
const { defineProperty, getOwnPropertyDescriptor } = Reflect;

/** Engine's messages quote a call as it stands in the generated code: an imported name shows as it was written. */
function nameImports(error: object): void {
  const message = getOwnPropertyDescriptor(error, 'message');
  if (message === undefined || typeof message.value !== 'string' || !message.value.includes('__imports$'))
    return;
  defineProperty(error, 'message', {
    ...message,
    value: apply(replace, message.value, [IMPORTED, '$1']) as string,
  });
}
