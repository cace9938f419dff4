import { indirectEval } from './indirect_eval.ts';
import { EVALUATOR_URL } from './sources.ts';

/**
 * vm contexts. A worker has one realm, so a context is a global object of its own over the realm's intrinsics: code
 * runs inside `with (scope)`, where `scope` answers for every global name. What cannot be had that way: separate
 * intrinsics (`Array` of a context is the main one), and a ReferenceError for names that only the main global has
 * (they read as undefined).
 */
export interface VmContext {
  readonly sandbox: object;
  /** What code in the context sees as its global object. */
  readonly global: object;
  /** The `with` objects of its scripts: what a call of a global function passes as `this`. */
  readonly scopes: WeakSet<object>;
  readonly lexicals: LexicalRecord;
  /** Names resolve to a script's own functions (see VmScriptHost). */
  quiet: boolean;
  /** The evaluator is about to look `eval` up. */
  entering: boolean;
  readonly codeGeneration: { strings: boolean };
}

/** Declarations of scripts that ran before: `let`, `const`, `class`. */
export type LexicalRecord = Record<string, LexicalBinding | undefined>;
export interface LexicalBinding {
  readonly get: () => unknown;
  readonly set: ((value: unknown) => unknown) | undefined;
}

const contexts = new WeakMap<object, VmContext>();
const NativeProxy = Proxy;
const mainGlobal = globalThis as unknown as Record<PropertyKey, unknown>;

/** The names of a new V8 context's global object. */
const BUILTINS = (
  'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp ' +
  'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math ' +
  'Intl ArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array ' +
  'Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set Iterator WeakMap ' +
  'WeakSet WeakRef Proxy Reflect FinalizationRegistry DisposableStack AsyncDisposableStack decodeURI ' +
  'decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN console SharedArrayBuffer ' +
  'WebAssembly'
).split(' ');

export function vmContextOf(sandbox: object): VmContext {
  const context = contexts.get(sandbox);
  if (context === undefined) throw new TypeError('Illegal invocation');
  return context;
}

/** `sandbox` undefined: an ordinary global object that is its own sandbox (vm.constants.DONT_CONTEXTIFY). */
export function createVmContext(
  sandbox: object | undefined,
  strings: boolean,
  createFunction: (context: VmContext) => object,
): VmContext {
  const inner = Object.create(Object.prototype) as Record<PropertyKey, unknown>;
  for (const name of BUILTINS) {
    const descriptor = Object.getOwnPropertyDescriptor(mainGlobal, name);
    if (descriptor) Object.defineProperty(inner, name, { ...descriptor, configurable: true });
  }
  const vanilla = sandbox === undefined;
  const target = (sandbox ?? inner) as Record<PropertyKey, unknown>;
  const global = vanilla ? inner : createGlobal(target, inner);
  define(inner, 'globalThis', global);
  const kind = vanilla ? undefined : (target.constructor as { name?: unknown } | undefined)?.name;
  if (typeof kind === 'string' && kind !== 'Object') define(inner, Symbol.toStringTag, kind);
  const context: VmContext = {
    sandbox: target,
    global,
    scopes: new WeakSet(),
    lexicals: Object.create(null) as LexicalRecord,
    quiet: false,
    entering: false,
    codeGeneration: { strings },
  };
  if (strings) define(inner, 'Function', createFunction(context));
  else for (const name of ['Function', 'eval']) define(inner, name, refuseCode);
  contexts.set(target, context);
  if (!vanilla) contexts.set(global, context);
  return context;
}

/** `eval` and `Function` of a context made with `codeGeneration: { strings: false }`. */
function refuseCode(): never {
  throw new EvalError('Code generation from strings disallowed for this context');
}

function define(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
}

/** Reads, writes and definitions go to the sandbox first (the interceptors of node_contextify.cc). */
function createGlobal(sandbox: Record<PropertyKey, unknown>, inner: Record<PropertyKey, unknown>): object {
  const global: object = new NativeProxy(inner, {
    get(_inner, key) {
      const value = key in sandbox ? sandbox[key] : inner[key];
      return value === sandbox ? global : value;
    },
    has: (_inner, key) => key in sandbox || key in inner,
    set(_inner, key, value) {
      const own =
        Reflect.getOwnPropertyDescriptor(sandbox, key) ?? Reflect.getOwnPropertyDescriptor(inner, key);
      if (own && own.writable === false) return false;
      return Reflect.set(sandbox, key, value);
    },
    deleteProperty: (_inner, key) =>
      Reflect.deleteProperty(sandbox, key) && Reflect.deleteProperty(inner, key),
    ownKeys: () => [...new Set([...Reflect.ownKeys(sandbox), ...Reflect.ownKeys(inner)])],
    getOwnPropertyDescriptor(_inner, key) {
      const own = Reflect.getOwnPropertyDescriptor(sandbox, key);
      if (own === undefined) return Reflect.getOwnPropertyDescriptor(inner, key);
      // A proxy may only report what its target could have.
      if (own.configurable === false) Reflect.defineProperty(inner, key, own);
      return own;
    },
    defineProperty(_inner, key, descriptor) {
      const fixed = Reflect.getOwnPropertyDescriptor(inner, key);
      if (fixed && fixed.configurable === false && fixed.writable === false) {
        throw new TypeError(`Cannot redefine property: ${String(key)}`);
      }
      Object.defineProperty(sandbox, key, descriptor);
      if (descriptor.configurable !== true) {
        const own = Reflect.getOwnPropertyDescriptor(sandbox, key);
        if (own?.configurable === false) Reflect.defineProperty(inner, key, own);
      }
      return true;
    },
  });
  return global;
}

/**
 * The `with` object of a script: which global names exist, and where they are. The names that the script assigns to count
 * as existing, since an assignment is the one way to make a global that asks here first.
 */
function createScope(context: VmContext, assigned: readonly string[], strict: boolean): object {
  const { lexicals } = context;
  const global = context.global as Record<PropertyKey, unknown>;
  const assignable = Object.create(null) as Record<string, true>;
  for (const name of assigned) assignable[name] = true;
  const scope = new NativeProxy(Object.create(null) as object, {
    has(_target, key) {
      if (typeof key !== 'string' || context.quiet || key.startsWith('__vm$')) return false;
      if (key in lexicals) return true;
      if (key === 'eval') {
        // Stays the real one where it may, so that a direct eval is one; the evaluator itself always may.
        const { entering } = context;
        context.entering = false;
        return !entering && !context.codeGeneration.strings;
      }
      return key in global || key in assignable || key in mainGlobal || key === 'arguments';
    },
    get(_target, key) {
      if (typeof key !== 'string') return undefined;
      const binding = lexicals[key];
      return binding ? binding.get() : global[key];
    },
    set(_target, key, value) {
      const binding = typeof key === 'string' ? lexicals[key] : undefined;
      if (binding === undefined) {
        const done = Reflect.set(global, key, value);
        if (!done && strict) {
          throw new TypeError(`Cannot assign to read only property '${String(key)}' of object '#<Object>'`);
        }
        return done;
      }
      if (binding.set === undefined) throw new TypeError('Assignment to constant variable.');
      binding.set(value);
      return true;
    },
    deleteProperty: (_target, key) => Reflect.deleteProperty(global, key),
  });
  context.scopes.add(scope);
  return scope;
}

type Evaluator = (this: unknown, code: string, host: unknown) => unknown;

/**
 * A direct eval inside the context's scope; `__vm$…` names are the evaluator's own. `with` is innermost: `var x = 1` then
 * assigns to the context's `x`, not to the function's variable.
 */
const makeEvaluator = indirectEval(
  '(function(__vm$scope){return function(__vm$code,__vm$host){with(__vm$scope)return eval(__vm$code)}})\n//# sourceURL=' +
    EVALUATOR_URL,
) as (scope: object) => Evaluator;

/** For scripts that assign no names, and for strict ones. */
const evaluators = new WeakMap<VmContext, Evaluator>();
const strictEvaluators = new WeakMap<VmContext, Evaluator>();

/** Evaluates `text` in the scope of a context, `this` its global. `text` may use `__vm$host`. */
export function evaluateText(
  context: VmContext,
  text: string,
  host?: unknown,
  assigned: readonly string[] = NO_NAMES,
  strict = false,
): unknown {
  const known = strict ? strictEvaluators : evaluators;
  let evaluator = assigned.length > 0 ? undefined : known.get(context);
  if (evaluator === undefined) {
    evaluator = makeEvaluator(createScope(context, assigned, strict));
    if (assigned.length === 0) known.set(context, evaluator);
  }
  context.entering = true;
  return Reflect.apply(evaluator, context.global, [text, host]);
}

const NO_NAMES: readonly string[] = [];

export function evaluateInContext(sandbox: object, text: string): unknown {
  return evaluateText(vmContextOf(sandbox), text);
}
