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
      const [input, baseOrOptions, options] = parameters;
      if (input !== undefined && input !== null && !isInput(input)) {
        throw invalid('Input must be an object or a string');
      }
      if (baseOrOptions !== undefined && baseOrOptions !== null && !isInput(baseOrOptions)) {
        throw invalid('second argument must be a string or object');
      }
      if (options !== undefined && typeof baseOrOptions !== 'string') {
        throw invalid('second argument must be a string');
      }
      const given = parameters.filter((value) => value !== undefined && value !== null);
      try {
        if (Platform === undefined) throw new TypeError('The host has no URLPattern');
        this.#pattern = new Platform(...given);
      } catch {
        throw coded('ERR_INVALID_URL_PATTERN', 'Failed to construct URLPattern');
      }
    }

    static component(pattern: URLPattern, name: Component | 'hasRegExpGroups'): unknown {
      return pattern.#pattern[name];
    }

    exec(input?: unknown, base?: unknown): object | null {
      const match = this.#pattern.exec(...checkMatch(input, base));
      if (match === null) return null;
      const result: Record<string, unknown> = { __proto__: null };
      for (const name of Object.keys(match).sort()) result[name] = match[name];
      return result;
    }

    test(input?: unknown, base?: unknown): boolean {
      return this.#pattern.test(...checkMatch(input, base));
    }
  }

  function checkMatch(input: unknown, base: unknown): [unknown?, string?] {
    if (input === undefined) return [{}];
    if (!isInput(input)) throw invalid('URLPattern input needs to be a string or an object');
    if (base === undefined) return [input];
    if (typeof base !== 'string') throw invalid('baseURL must be a string');
    return [input, base];
  }

  defineAccessors(URLPattern.prototype, (pattern, name) => URLPattern.component(pattern as URLPattern, name));
  return { URLPattern: nativeClass(URLPattern, 'URLPattern', notNew) };
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
