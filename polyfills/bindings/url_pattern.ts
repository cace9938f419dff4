import type { NodeContext } from '../context.ts';
import { nativeClass } from '../native-class.ts';

type Component = 'protocol' | 'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search' | 'hash';
const COMPONENTS: readonly Component[] = [
  'protocol',
  'username',
  'password',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
];

interface PlatformPattern extends Readonly<Record<Component, string>> {
  readonly hasRegExpGroups: boolean;
  exec(input?: unknown, base?: string): Record<string, unknown> | null;
  test(input?: unknown, base?: string): boolean;
}
interface PatternOptions {
  readonly ignoreCase?: unknown;
}
type PlatformPatternClass = new (...parameters: unknown[]) => PlatformPattern;

/** The host's own, captured before the globals that Node replaces are taken away. */
const Platform = (globalThis as { URLPattern?: PlatformPatternClass }).URLPattern;

/** `internalBinding('url_pattern')` over the host's URLPattern, with Node's checks and errors (src/node_url_pattern.cc). */
export function createUrlPattern(context: NodeContext): object {
  const coded = (code: string, message: string): Error => context.errors.coded(TypeError, code, message);
  const invalid = (message: string): Error => coded('ERR_INVALID_ARG_TYPE', message);
  const notNew = (): Error => coded('ERR_CONSTRUCT_CALL_REQUIRED', 'Cannot call constructor without `new`');
  const isInput = (value: unknown): boolean =>
    typeof value === 'string' || (typeof value === 'object' && value !== null);

  class URLPattern {
    readonly #pattern: PlatformPattern;

    constructor(...parameters: unknown[]) {
      const [input, second, options] = parameters;
      if (!isMissing(input) && !isInput(input)) throw invalid('Input must be an object or a string');
      if (!isMissing(second) && !isInput(second)) throw invalid('second argument must be a string or object');
      if (!isMissing(options) && typeof options !== 'object') throw invalid('options must be an object');
      // With three arguments the second is the base URL, whatever it is.
      if (parameters.length > 2 && typeof second === 'object' && second !== null) {
        throw invalid('second argument must be a string');
      }
      const baseOrOptions = parameters.length > 2 ? String(second) : second;
      // What the program's accessors throw is its own; what the host throws of plain data is an invalid pattern.
      const given: unknown[] = [isMissing(input) ? {} : plainInput(input)];
      if (typeof baseOrOptions === 'string') given.push(baseOrOptions);
      const settings = typeof baseOrOptions === 'string' ? options : baseOrOptions;
      if (!isMissing(settings)) given.push({ ignoreCase: Boolean((settings as PatternOptions).ignoreCase) });
      try {
        if (Platform === undefined) throw new TypeError('The host has no URLPattern');
        this.#pattern = new Platform(...given);
      } catch {
        throw coded('ERR_INVALID_URL_PATTERN', 'Failed to construct URLPattern');
      }
    }

    static is(value: unknown): boolean {
      return typeof value === 'object' && value !== null && #pattern in value;
    }

    static component(pattern: URLPattern, name: Component | 'hasRegExpGroups'): unknown {
      return pattern.#pattern[name];
    }

    exec(input?: unknown, base?: unknown): object | null {
      checkThis(this);
      const parameters = checkMatch(input, base);
      const match = attempt('exec', () => this.#pattern.exec(...parameters));
      if (match === null) return null;
      const result: Record<string, unknown> = { __proto__: null };
      for (const name of Object.keys(match).sort()) result[name] = match[name];
      return result;
    }

    test(input?: unknown, base?: unknown): boolean {
      checkThis(this);
      const parameters = checkMatch(input, base);
      return attempt('test', () => this.#pattern.test(...parameters));
    }
  }

  function checkThis(value: unknown): void {
    if (!URLPattern.is(value)) throw new TypeError('Illegal invocation');
  }

  function checkMatch(input: unknown, base: unknown): [unknown?, string?] {
    const given = isMissing(input) ? {} : input;
    if (!isInput(given)) throw invalid('URLPattern input needs to be a string or an object');
    if (base === undefined) return [plainInput(given)];
    if (base !== null && typeof base !== 'string') throw invalid('baseURL must be a string');
    return [plainInput(given), String(base)];
  }

  function attempt<T>(operation: string, call: () => T): T {
    try {
      return call();
    } catch {
      throw coded('ERR_OPERATION_FAILED', `Failed to ${operation} URLPattern`);
    }
  }

  defineAccessors(URLPattern.prototype, (pattern, name) => URLPattern.component(pattern as URLPattern, name));
  return { URLPattern: nativeClass(URLPattern, 'URLPattern', notNew) };
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** A copy of a URLPatternInit, its members read once, in the order of the interface definition. */
function plainInput(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const init: Record<string, unknown> = {};
  for (const name of [...COMPONENTS, 'baseURL'].sort()) {
    const value = (input as Record<string, unknown>)[name];
    if (value !== undefined) init[name] = String(value);
  }
  return init;
}

function defineAccessors(
  prototype: object,
  read: (pattern: unknown, name: Component | 'hasRegExpGroups') => unknown,
): void {
  for (const name of [...COMPONENTS, 'hasRegExpGroups'] as const) {
    Object.defineProperty(prototype, name, {
      get(this: unknown) {
        try {
          return read(this, name);
        } catch {
          throw new TypeError('Illegal invocation');
        }
      },
      enumerable: true,
      configurable: false,
    });
  }
  for (const name of ['exec', 'test']) Object.defineProperty(prototype, name, { enumerable: true });
}
