import { mayAwait, mayImportDynamically } from '../transform/scan.ts';
import { transformScript } from '../transform/script.ts';
import { hostNames, hostValues, type CompilerTools } from './compile.ts';
import { indirectEval } from './indirect_eval.ts';

/**
 * `new Function('x', 'return import(x)')` is how CommonJS programs hide an import() from their compilers. The browser's
 * own constructor would make a function that imports by the browser, so the four constructors rewrite bodies that import
 * or await; any other body goes to the native constructor. The referrer is the file that made the function, as in Node.
 */
type Constructor = new (...parameters: string[]) => object;
type Evaluate = (text: string) => unknown;

const NativeProxy = Proxy;
const { construct, apply } = Reflect;

/** Source heads by kind, in the order of `nativeConstructors`. */
const HEADS = ['function', 'async function', 'function*', 'async function*'];
const nativeConstructors = [function () {}, async function () {}, function* () {}, async function* () {}].map(
  (example) => Object.getPrototypeOf(example).constructor as Constructor,
);

export function installFunctionConstructors(tools: CompilerTools): void {
  nativeConstructors.forEach((native, index) => {
    const made = createConstructor(tools, native, HEADS[index] ?? '');
    Object.defineProperty(native.prototype, 'constructor', {
      ...Object.getOwnPropertyDescriptor(native.prototype, 'constructor'),
      value: made,
    });
    if (index === 0) {
      Object.defineProperty(globalThis, 'Function', { value: made, writable: true, configurable: true });
    }
  });
}

/** The `Function` of a vm context: its functions see the context's globals. */
export function createContextFunction(tools: CompilerTools, evaluate: Evaluate): object {
  return createConstructor(tools, nativeConstructors[0] ?? Object, HEADS[0] ?? '', evaluate);
}

function createConstructor(
  tools: CompilerTools,
  native: Constructor,
  head: string,
  evaluate?: Evaluate,
): Constructor {
  const create = (parameters: unknown[], newTarget: object): object => {
    const texts = parameters.map((parameter) => `${parameter as string}`);
    const body = texts.at(-1) ?? '';
    const plain = evaluate === undefined && !mayImportDynamically(body) && !mayAwait(`${head} ${body}`);
    // Made in any case: it finds a body that closes the braces around it.
    const result = construct(native, texts, newTarget as Constructor);
    if (plain) return result;
    const text = `(${head} anonymous(${texts.slice(0, -1).join()}\n) {\n${body}\n})`;
    const made = (evaluate ? evaluate(text) : evaluateFunction(tools, text)) as object;
    const prototype: unknown = Object.getPrototypeOf(result);
    if (Object.getPrototypeOf(made) !== prototype) Object.setPrototypeOf(made, prototype as object);
    return made;
  };
  return new NativeProxy(native, {
    apply: (target, _receiver, parameters: unknown[]) => create(parameters, target),
    construct: (_target, parameters: unknown[], newTarget) => create(parameters, newTarget),
  });
}

function evaluateFunction(tools: CompilerTools, text: string): object {
  const transformed = transformScript(text, 'script');
  const names = hostNames(transformed);
  if (names.length === 0) return indirectEval(text) as object;
  const { context } = tools;
  const caller = context.realm.stackTraces
    .capture(CALLERS_MAX)
    .find(({ file }) => file && !file.startsWith('node:'));
  const outer = indirectEval(`(function(${names.join()}){return ${transformed.code}})`) as (
    ...values: unknown[]
  ) => object;
  const hostDefinedOption = context.realm.symbols['vm_dynamic_import_default_internal'] ?? Symbol('default');
  const values = hostValues(tools, transformed, { filename: caller?.file ?? '', hostDefinedOption });
  return apply(outer, undefined, values) as object;
}

/** Frames looked at for the file that makes a function. */
const CALLERS_MAX = 10;
