import {
  transformVmScript,
  type VmScript,
  type VmScriptHost,
  type VmTarget,
} from '../transform/vm_script.ts';
import type { CompilerTools } from './compile.ts';
import { indirectEval } from './indirect_eval.ts';
import { checkLimits, deadlineAfter, isLimited, withDeadline, type Deadline } from './deadlines.ts';
import { dynamicImport } from './dynamic_import.ts';
import { withInterrupt } from './interrupts.ts';
import { registerSource } from './sources.ts';
import { describeSyntaxError } from './syntax_errors.ts';
import { evaluateText, type LexicalRecord, type VmContext } from './vm_contexts.ts';

export interface ScriptSource {
  readonly code: string;
  readonly filename: string;
  readonly lineOffset: number;
  readonly columnOffset: number;
  readonly referrer: symbol;
}

const mainGlobal = globalThis as unknown as Record<PropertyKey, unknown>;

/** Finds the early errors of a script without running it: what follows a `throw` in a direct eval is only compiled. */
const checkSyntax = indirectEval('(function(eval,__vm$code){eval(__vm$code)})') as (
  evaluate: typeof eval,
  code: string,
) => void;

export function checkScript(tools: CompilerTools, source: ScriptSource): void {
  const strict = /^(?:\s|\/\*[^]*?\*\/|\/\/.*\n)*(['"])use strict\1/.test(source.code);
  try {
    checkSyntax(indirectEval, `${strict ? "'use strict';" : ''}throw 0;${source.code.replace(/^#!/, '//')}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) return;
    const { code, filename, lineOffset } = source;
    describeSyntaxError(tools.context, error, { code, kind: 'script', filename, lineOffset }, 'stack');
    throw error;
  }
}

/** Runs a script in the main context (`target` undefined) or a vm context. `timeoutMs` < 0: none. */
export function runScript(
  tools: CompilerTools,
  source: ScriptSource,
  target: VmContext | undefined,
  timeoutMs: number,
  breakOnSigint = false,
): unknown {
  const limited = timeoutMs >= 0 || breakOnSigint || isLimited();
  const { script, text } = readyScript(source, target ? 'context' : 'main', limited);
  const host = new ScriptHost(tools, source, script, target, timeoutMs);
  try {
    if (target) declareGlobals(script, target);
    const run = (): unknown =>
      target === undefined
        ? host.runInMain(text)
        : evaluateText(target, text, host, script.strict ? [] : script.assigned, script.strict);
    const inTime = (): unknown => withDeadline(timeoutMs, run, host.deadline);
    return breakOnSigint ? withInterrupt(tools.context, inTime) : inTime();
  } finally {
    host.end();
  }
}

function readyScript(
  { code, filename, lineOffset, columnOffset }: ScriptSource,
  target: VmTarget,
  limited: boolean,
): { script: VmScript; text: string } {
  const script = transformVmScript(code.replace(/^#!/, '//'), target, limited);
  const { columns } = script;
  const url = registerSource({ filename, lineOffset, columnOffset, prefix: 0, columns });
  return { script, text: `${script.code}\n//# sourceURL=${url}` };
}

/** GlobalDeclarationInstantiation, for what `eval` inside `with` would not declare on the global. */
function declareGlobals(script: VmScript, target: VmContext): void {
  const global = target.global as Record<string, unknown>;
  for (const name of [...script.lexicals, ...script.vars, ...script.functions]) {
    if (name in target.lexicals) throw new SyntaxError(`Identifier '${name}' has already been declared`);
  }
  if (!script.strict) {
    for (const name of script.vars) {
      if (!(name in global) && !script.functions.includes(name)) global[name] = undefined;
    }
  }
}

class ScriptHost implements VmScriptHost {
  readonly #tools: CompilerTools;
  readonly #source: ScriptSource;
  readonly #script: VmScript;
  readonly #target: VmContext | undefined;
  readonly deadline: Deadline;
  #variables: Record<string, () => unknown> = {};

  constructor(
    tools: CompilerTools,
    source: ScriptSource,
    script: VmScript,
    target: VmContext | undefined,
    timeoutMs: number,
  ) {
    this.#tools = tools;
    this.#source = source;
    this.#script = script;
    this.#target = target;
    this.deadline = deadlineAfter(timeoutMs);
  }

  /** An indirect eval sees only globals: the host is one until the script's first statement has taken it. */
  runInMain(text: string): unknown {
    const name = this.#script.host;
    if (name === undefined) return indirectEval(text);
    Object.defineProperty(mainGlobal, name, { value: this, configurable: true });
    try {
      return indirectEval(text);
    } finally {
      delete mainGlobal[name];
    }
  }

  quiet(): void {
    if (this.#target) this.#target.quiet = true;
  }

  begin(
    getters: Record<string, () => unknown>,
    setters: Record<string, (value: unknown) => unknown>,
    functions: Record<string, unknown>,
    variables: Record<string, () => unknown>,
  ): Record<'i' | 'a' | 'c' | 't', unknown> {
    const target = this.#target;
    this.#variables = variables;
    if (target) target.quiet = false;
    this.#publishValues(functions);
    if (target) {
      for (const name of Object.keys(getters)) publishLexical(target.lexicals, name, getters, setters);
    } else {
      for (const name of Object.keys(getters)) publishOnMain(name, getters, setters);
    }
    const { context, awaits } = this.#tools;
    const { referrer, filename } = this.#source;
    return {
      i: (specifier: unknown, options?: unknown) =>
        dynamicImport(context, referrer, filename, specifier, options),
      a: awaits,
      c: () => checkLimits(context, this.deadline),
      t: (value: unknown) =>
        target && (value === mainGlobal || target.scopes.has(value as object)) ? target.global : value,
    };
  }

  /** The script is over, by whatever way. */
  end(): void {
    if (this.#target) this.#target.quiet = false;
    const values: Record<string, unknown> = {};
    for (const name of Object.keys(this.#variables)) values[name] = this.#variables[name]?.();
    this.#publishValues(values);
  }

  #publishValues(values: Record<string, unknown>): void {
    const global = (this.#target?.global ?? mainGlobal) as Record<string, unknown>;
    for (const name of Object.keys(values)) global[name] = values[name];
  }
}

function publishLexical(
  into: LexicalRecord,
  name: string,
  getters: Record<string, () => unknown>,
  setters: Record<string, (value: unknown) => unknown>,
): void {
  const get = getters[name];
  if (get) into[name] = { get, set: setters[name] };
}

/** The realm's own declarative record cannot be reached by eval: later scripts see accessors of the global instead. */
function publishOnMain(
  name: string,
  getters: Record<string, () => unknown>,
  setters: Record<string, (value: unknown) => unknown>,
): void {
  const existing = Object.getOwnPropertyDescriptor(mainGlobal, name);
  const get = getters[name];
  if (!get || (existing && !publishedGetters.has(existing.get ?? get))) return;
  publishedGetters.add(get);
  const set =
    setters[name] ??
    ((): never => {
      throw new TypeError('Assignment to constant variable.');
    });
  Object.defineProperty(mainGlobal, name, { get, set, enumerable: false, configurable: true });
}

const publishedGetters = new WeakSet<() => unknown>();
