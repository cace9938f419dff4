import { SourceTextRecord, type ModuleFactory } from '../modules/source_text.ts';
import { transformModule } from '../transform/module.ts';
import type { ModuleTransform } from '../transform/module_types.ts';
import { magicComment } from '../transform/scan.ts';
import type { CompilerTools } from './compile.ts';
import { indirectEval } from './indirect_eval.ts';
import { checkLimits } from './deadlines.ts';
import { SOURCE_PHASE, dynamicImport } from './dynamic_import.ts';
import { registerSource } from './sources.ts';
import { describeSyntaxError } from './syntax_errors.ts';
import { evaluateInContext } from './vm_contexts.ts';

export interface ModuleSource {
  readonly url: string;
  readonly source: string;
  readonly lineOffset: number;
  readonly columnOffset: number;
  readonly referrer: symbol;
  /** The contextified object of a vm context; undefined for the main context. */
  readonly vmContext: object | undefined;
  /** A vm module: it may be evaluated with a timeout or `breakOnSigint`. */
  readonly timed: boolean;
  initializeMeta(meta: object): void;
}

/** V8's CompileSourceTextModule. A SyntaxError carries its place as arrow message. */
export function compileModule(
  tools: CompilerTools,
  given: ModuleSource,
): { record: SourceTextRecord; sourceMapURL: string | undefined } {
  const { url, source, lineOffset } = given;
  const parse = (): ModuleTransform => parseOrThrow(tools, given);
  const transform = given.timed ? parse() : tools.cache.module(source, parse);
  const registered = registerSource({
    filename: magicComment(source, 'sourceURL') ?? url,
    lineOffset,
    columnOffset: given.columnOffset,
    prefix: transform.prefix,
    columns: transform.columns,
  });
  const text = `${transform.code}\n//# sourceURL=${registered}`;
  let factory: ModuleFactory;
  try {
    factory = (
      given.vmContext === undefined ? indirectEval(text) : evaluateInContext(given.vmContext, text)
    ) as ModuleFactory;
  } catch (error) {
    describeSyntaxError(
      tools.context,
      error,
      { code: source, kind: 'module', filename: url, lineOffset },
      'arrow only',
    );
    throw error;
  }
  let meta: object | undefined;
  const host = {
    get meta(): object {
      if (meta === undefined) {
        meta = Object.create(null) as object;
        given.initializeMeta(meta);
      }
      return meta;
    },
    check: () => checkLimits(tools.context),
    import: (specifier: unknown, options?: unknown) =>
      dynamicImport(tools.context, given.referrer, url, specifier, options),
    source: (specifier: unknown, options?: unknown) =>
      dynamicImport(tools.context, given.referrer, url, specifier, options, SOURCE_PHASE),
  };
  const record = new SourceTextRecord(url, source, transform, factory, host, tools.awaits);
  return { record, sourceMapURL: magicComment(source, 'sourceMappingURL') };
}

function parseOrThrow(tools: CompilerTools, given: ModuleSource): ModuleTransform {
  try {
    return transformModule(given.source, given.timed);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const text = {
      code: given.source,
      kind: 'module',
      filename: given.url,
      lineOffset: given.lineOffset,
    } as const;
    const described = new SyntaxError(moduleMessage(given.source, error));
    describeSyntaxError(tools.context, described, text, 'arrow only');
    throw described;
  }
}

/** V8's wording of an early error. V8 itself is asked where it can be: with the module syntax taken out of the way. */
function moduleMessage(source: string, error: SyntaxError): string {
  const { pos } = error as SyntaxError & { pos?: number };
  const words = error.message.replace(/ \(\d+:\d+\)$/, '');
  const duplicate = /^Duplicate export '(.+)'$/.exec(words);
  if (duplicate) return `Duplicate export of '${duplicate[1] ?? ''}'`;
  const missing = /^Export '(.+)' is not defined$/.exec(words);
  if (missing) return `Export '${missing[1] ?? ''}' is not defined in module`;
  if (pos === undefined) return words;
  const asked = askV8(source, pos);
  return asked ?? words;
}

/** Compiles the text up to and with the offending token as the body of an async generator, so that V8 words its error. */
function askV8(source: string, pos: number): string | undefined {
  const plain = source.replace(
    /^([ \t]*)(import\b(?!\s*[.(])[^'"]*(?:'[^']*'|"[^"]*")|export\b(?:\s+default\b)?)/gm,
    (all) => all.replace(/[^\n]/g, ' '),
  );
  if (plain.slice(pos).trim() === '') return 'Unexpected end of input';
  try {
    indirectEval(`(async function*(){'use strict';${plain}\n})`);
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
  }
  return undefined;
}
