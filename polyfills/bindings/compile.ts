import type { NodeContext } from '../context.ts';
import { magicComment, withoutHashbang } from '../transform/scan.ts';
import { transformEvaluated, transformScript, type ScriptTransform } from '../transform/script.ts';
import { createAwaitSupport, type AwaitSupport } from './async_frames.ts';
import { dynamicImport } from './dynamic_import.ts';
import { registerSource } from './sources.ts';
import type { TransformCache } from './transform_cache.ts';
import { indirectEval } from './indirect_eval.ts';
import { evaluateText, type VmContext } from './vm_contexts.ts';

export interface FunctionSource {
  readonly code: string;
  readonly filename: string;
  readonly parameters: readonly string[];
  readonly lineOffset: number;
  readonly columnOffset: number;
  /** Identifies the referrer of `import()` in the code. */
  readonly hostDefinedOption: symbol;
  /** The body begins on a line of its own, as V8 prints a function that it compiled from parts. */
  readonly ownLine?: boolean;
}

export interface CompiledFunction {
  readonly function: (...parameters: unknown[]) => unknown;
  readonly sourceURL: string;
  readonly sourceMapURL: string | undefined;
}

/** What compiled code may need around it, made once a process. */
export interface CompilerTools {
  readonly context: NodeContext;
  readonly awaits: AwaitSupport;
  readonly cache: TransformCache;
}

export function createCompilerTools(context: NodeContext, cache: TransformCache): CompilerTools {
  return { context, awaits: createAwaitSupport(context.async.frame), cache };
}

/** V8's `ScriptCompiler::CompileFunction`. Throws V8's SyntaxError, undecorated. */
export function compileFunction(tools: CompilerTools, source: FunctionSource): CompiledFunction {
  const code = withoutHashbang(source.code);
  const transformed = rewritten(tools, code, 'commonjs');
  const wrapper = wrapperFor(transformed, source);
  const sourceURL = magicComment(code, 'sourceURL') ?? source.filename;
  const url = registerSource({
    filename: sourceURL,
    lineOffset: source.lineOffset,
    columnOffset: source.columnOffset,
    linesBefore: source.ownLine ? 1 : 0,
    prefix: source.ownLine ? 0 : wrapper.before.length,
    columns: transformed.columns,
  });
  const text = `${wrapper.before}${transformed.code}${wrapper.after}\n//# sourceURL=${url}`;
  const evaluated = indirectEval(text) as (...parameters: unknown[]) => unknown;
  const compiled = wrapper.outer
    ? (evaluated(...hostValues(tools, transformed, source)) as CompiledFunction['function'])
    : evaluated;
  return { function: compiled, sourceURL, sourceMapURL: magicComment(code, 'sourceMappingURL') };
}

export function rewritten(tools: CompilerTools, code: string, kind: 'commonjs' | 'script'): ScriptTransform {
  return tools.cache.script(kind, code, () => transformScript(code, kind));
}

/** compileFunction in the scope of a vm context (undefined: the main one) and of extension objects. */
export function compileFunctionInContext(
  tools: CompilerTools,
  source: FunctionSource,
  target: VmContext | undefined,
  extensions: readonly object[],
): CompiledFunction {
  const transformed = transformScript(withoutHashbang(source.code), 'commonjs');
  const names = ['__vm$extensions', ...hostNames(transformed)];
  const scopes = extensions.map((_, index) => `with(__vm$extensions[${index}])`).join('');
  const before = `(function(${names.join()}){${scopes}return function (${source.parameters.join(', ')}) {`;
  const url = registerSource({
    filename: source.filename,
    lineOffset: source.lineOffset,
    columnOffset: source.columnOffset,
    prefix: before.length,
    columns: transformed.columns,
  });
  const text = `${before}${transformed.code}\n}})\n//# sourceURL=${url}`;
  const outer = (target ? evaluateText(target, text) : indirectEval(text)) as (
    ...values: unknown[]
  ) => unknown;
  return {
    function: outer(extensions, ...hostValues(tools, transformed, source)) as CompiledFunction['function'],
    sourceURL: magicComment(source.code, 'sourceURL') ?? source.filename,
    sourceMapURL: magicComment(source.code, 'sourceMappingURL'),
  };
}

function wrapperFor(
  transformed: ScriptTransform,
  { parameters, ownLine }: FunctionSource,
): { before: string; after: string; outer: boolean } {
  const inner = `function (${parameters.join(ownLine ? ',' : ', ')}) {${ownLine ? '\n' : ''}`;
  const names = hostNames(transformed);
  if (names.length === 0) return { before: `(${inner}`, after: '\n})', outer: false };
  // Behind a parenthesis V8 compiles the whole at once: else it reads it to its end first, and again when it is called.
  return { before: `(function(${names.join()}){return (${inner}`, after: '\n})})', outer: true };
}

export function hostNames(transformed: ScriptTransform): string[] {
  return [transformed.importName, transformed.awaitName, transformed.evalName].filter(
    (name) => name !== undefined,
  );
}

/** In the order of `hostNames`. */
export function hostValues(
  tools: CompilerTools,
  transformed: ScriptTransform,
  source: { filename: string; hostDefinedOption: symbol },
): unknown[] {
  const values: unknown[] = [];
  if (transformed.importName !== undefined) {
    values.push((specifier: unknown, options?: unknown) =>
      dynamicImport(tools.context, source.hostDefinedOption, source.filename, specifier, options),
    );
  }
  if (transformed.awaitName !== undefined) values.push(tools.awaits);
  const { importName, awaitName, evalName } = transformed;
  if (importName !== undefined && awaitName !== undefined && evalName !== undefined) {
    values.push((text: unknown) => transformEvaluated(text, { importName, awaitName, evalName }));
  }
  return values;
}
