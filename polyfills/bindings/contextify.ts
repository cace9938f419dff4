import type { NodeContext } from '../context.ts';
import { magicComment, withoutHashbang } from '../transform/scan.ts';
import { parseModule } from '../transform/module_syntax.ts';
import { acceptsCodeCache, codeCache } from './code_cache.ts';
import { compileFunction, compileFunctionInContext } from './compile.ts';
import { compilerTools } from './compiler_tools.ts';
import { createContextFunction, installFunctionConstructors } from './function_constructors.ts';
import { hasSigint, unwatchSigint, watchSigint } from './interrupts.ts';
import { describeSyntaxError, describeThrown } from './syntax_errors.ts';
import { createVmContext, vmContextOf } from './vm_contexts.ts';
import { checkScript, runScript, type ScriptSource } from './vm_scripts.ts';

const CJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** Messages of V8 that say: this CommonJS source is an ES module (node_contextify.cc). */
const ONLY_IN_MODULES = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
];
const MAYBE_MODULE = [
  ...CJS_PARAMETERS.map((name) => `Identifier '${name}' has already been declared`),
  'await is only valid in async functions and the top level bodies of modules',
  'missing ) after argument list',
  'Unexpected',
];

/** The `contextify` binding: compiling and running scripts. */
export function createContextify(context: NodeContext): object {
  const tools = compilerTools(context);
  installFunctionConstructors(tools);
  const privateSymbol = (name: string): symbol => context.realm.privateSymbols[name] ?? Symbol(name);
  let warnedAboutRequire = false;

  function setPrivate(target: object, name: string, value: unknown): void {
    (target as Record<symbol, unknown>)[privateSymbol(name)] = value;
  }

  function compileCjs(code: string, filename: string, parameters: readonly string[]) {
    return compileFunction(tools, {
      code,
      filename,
      parameters,
      lineOffset: 0,
      columnOffset: 0,
      hostDefinedOption: context.realm.symbols['vm_dynamic_import_default_internal'] ?? Symbol(filename),
    });
  }

  function compileFunctionForCJSLoader(
    code: string,
    filename: string,
    _isSea: boolean,
    detectModule: boolean,
  ): object {
    try {
      const { function: compiled, sourceMapURL, sourceURL } = compileCjs(code, filename, CJS_PARAMETERS);
      return {
        __proto__: null,
        cachedDataRejected: false,
        sourceMapURL,
        sourceURL,
        function: compiled,
        canParseAsESM: false,
      };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      describeSyntaxError(context, error, { code, kind: 'commonjs', filename }, 'stack');
      if (!looksLikeModule(error.message, code)) throw error;
      if (!detectModule) {
        warnAboutRequire(filename);
        throw error;
      }
      return {
        __proto__: null,
        cachedDataRejected: false,
        sourceMapURL: undefined,
        sourceURL: undefined,
        function: undefined,
        canParseAsESM: true,
      };
    }
  }

  function warnAboutRequire(filename: string): void {
    if (warnedAboutRequire) return;
    warnedAboutRequire = true;
    const { emitWarningSync } = context.realm.require('internal/process/warning') as {
      emitWarningSync(warning: string): void;
    };
    emitWarningSync(
      `Failed to load the ES module: ${filename}. Make sure to set "type": "module" in the nearest package.json ` +
        'file or use the .mjs extension.',
    );
  }

  function containsModuleSyntax(code: string, filename: string, _url?: string, noCjsScope?: string): boolean {
    try {
      compileCjs(code, filename, typeof noCjsScope === 'string' ? [] : CJS_PARAMETERS);
      return false;
    } catch (error) {
      return error instanceof SyntaxError && looksLikeModule(error.message, code);
    }
  }

  class ContextifyScript {
    readonly #source: ScriptSource;

    constructor(
      code: string,
      filename: string,
      lineOffset = 0,
      columnOffset = 0,
      cachedData?: unknown,
      produceCachedData?: boolean,
      _parsingContext?: object,
      referrer: symbol = Symbol(filename),
    ) {
      this.#source = { code, filename, lineOffset, columnOffset, referrer };
      checkScript(tools, this.#source);
      setPrivate(this, 'host_defined_option_symbol', referrer);
      const result = this as unknown as Record<string, unknown>;
      Object.assign(result, cacheFields(context, code, cachedData, produceCachedData));
      result['sourceURL'] = magicComment(code, 'sourceURL');
      result['sourceMapURL'] = magicComment(code, 'sourceMappingURL');
    }

    runInContext(
      sandbox: object | null,
      timeout: number,
      displayErrors: boolean,
      breakOnSigint: boolean,
    ): unknown {
      if (!(#source in this)) {
        throw context.errors.coded(
          TypeError,
          'ERR_INVALID_THIS',
          'Script methods can only be called on script instances.',
        );
      }
      try {
        const target = sandbox === null ? undefined : vmContextOf(sandbox);
        return runScript(tools, this.#source, target, timeout, breakOnSigint);
      } catch (error) {
        if (displayErrors) describeThrown(context, error, this.#source);
        throw error;
      }
    }

    createCachedData(): object {
      return codeCache(context, this.#source.code);
    }
  }

  return {
    ...context.facts.bindings['contextify']?.constants(),
    ContextifyScript,
    compileFunctionForCJSLoader,
    containsModuleSyntax,
    compileFunction(
      code: string,
      filename: string,
      lineOffset: number,
      columnOffset: number,
      cachedData: unknown,
      produceCachedData: boolean,
      parsingContext: object | undefined,
      extensions: readonly object[] | undefined,
      parameters: readonly string[] | undefined,
      referrer: symbol,
    ): object {
      const source = {
        code,
        filename,
        parameters: parameters ?? [],
        lineOffset,
        columnOffset,
        hostDefinedOption: referrer,
        ownLine: true,
      };
      try {
        // A body that closes the wrapper early is an error; `Function` parses the body by itself.
        if (code.includes('}')) checkBody(source.parameters, code);
        const compiled =
          parsingContext === undefined && !extensions?.length
            ? compileFunction(tools, source)
            : compileFunctionInContext(
                tools,
                source,
                parsingContext && vmContextOf(parsingContext),
                extensions ?? [],
              );
        setPrivate(compiled.function, 'host_defined_option_symbol', referrer);
        return { __proto__: null, ...compiled, ...cacheFields(context, code, cachedData, produceCachedData) };
      } catch (error) {
        describeSyntaxError(context, error, { code, kind: 'commonjs', filename, lineOffset }, 'stack');
        throw error;
      }
    },
    makeContext(
      sandbox: object | symbol,
      _name: string,
      _origin: string | undefined,
      strings: boolean,
      _wasm: boolean,
      _ownMicrotaskQueue: boolean,
      referrer: symbol,
    ): object {
      const made = createVmContext(typeof sandbox === 'symbol' ? undefined : sandbox, strings, (vmContext) =>
        createContextFunction(tools, (code) =>
          runScript(tools, { code, filename: '', lineOffset: 0, columnOffset: 0, referrer }, vmContext, -1),
        ),
      );
      setPrivate(made.sandbox, 'contextify_context_private_symbol', made);
      setPrivate(made.sandbox, 'host_defined_option_symbol', referrer);
      return made.sandbox;
    },
    startSigintWatchdog() {
      watchSigint(context);
      return true;
    },
    stopSigintWatchdog: unwatchSigint,
    watchdogHasPendingSigint: hasSigint,
    measureMemory(): Promise<never> {
      return Promise.reject(
        context.errors.coded(
          Error,
          'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
          'vm.measureMemory() is not available here: a browser does not tell the memory of a context',
        ),
      );
    },
  };
}

const NativeFunction = Function;

function checkBody(parameters: readonly string[], code: string): void {
  try {
    new NativeFunction(...parameters, withoutHashbang(code));
  } catch (error) {
    const early = error instanceof SyntaxError && error.message === 'Single function literal required';
    throw early ? new SyntaxError("Unexpected token '}'") : error;
  }
}

/** ShouldRetryAsESM of node_contextify.cc. */
function looksLikeModule(message: string, code: string): boolean {
  if (ONLY_IN_MODULES.some((text) => message.includes(text))) return true;
  if (!MAYBE_MODULE.some((text) => message.includes(text))) return false;
  try {
    parseModule(code);
    return true;
  } catch {
    return false;
  }
}

/** The fields that tell what became of a code cache that was given or asked for. */
function cacheFields(
  context: NodeContext,
  code: string,
  given: unknown,
  produce: boolean | undefined,
): object {
  return {
    ...(ArrayBuffer.isView(given) && { cachedDataRejected: !acceptsCodeCache(code, given) }),
    ...(produce && { cachedDataProduced: true, cachedData: codeCache(context, code) }),
  };
}
