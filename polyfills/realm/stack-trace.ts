import type { Place } from './source-positions.ts';

/** V8's CallSite, as far as it is used here (v8.dev/docs/stack-trace-api). */
export interface CallSite {
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  getFunctionName(): string | null;
  getScriptNameOrSourceURL(): string | null | undefined;
  toString(): string;
  [method: string]: unknown;
}

export interface Frame {
  functionName: string;
  file: string;
  line: number;
  column: number;
}

const { apply } = Reflect;
const stringReplace = String.prototype.replace;
const stringEndsWith = String.prototype.endsWith;

/** A call site inside Node's library, shown where Node would show it. */
class LibrarySite {
  readonly #site: CallSite;
  readonly #place: Place;
  constructor(site: CallSite, place: Place) {
    this.#site = site;
    this.#place = place;
  }
  static {
    const forwarded = [
      'getThis',
      'getTypeName',
      'getFunction',
      'getMethodName',
      'getEvalOrigin',
      'isToplevel',
      'isEval',
      'isNative',
      'isConstructor',
      'isAsync',
      'isPromiseAll',
      'getPromiseIndex',
      'getPosition',
      'getEnclosingLineNumber',
      'getEnclosingColumnNumber',
      'getScriptHash',
    ];
    for (const name of forwarded) {
      Object.defineProperty(LibrarySite.prototype, name, {
        configurable: true,
        writable: true,
        value(this: LibrarySite) {
          return (this.#site[name] as (() => unknown) | undefined)?.();
        },
      });
    }
  }
  getFunctionName(): string | null {
    return this.#site.getFunctionName();
  }
  getFileName() {
    return this.#place.file;
  }
  getScriptNameOrSourceURL() {
    return this.#place.file;
  }
  getLineNumber() {
    return this.#place.line;
  }
  getColumnNumber() {
    return this.#place.column;
  }
  toString() {
    const site = this.#site;
    const { file, line, column } = this.#place;
    const location = `${site.getScriptNameOrSourceURL()}:${site.getLineNumber()}:${site.getColumnNumber()}`;
    return apply(stringReplace, site.toString(), [location, () => `${file}:${line}:${column}`]) as string;
  }
}

export class StackTraces {
  readonly #locate: (script: string, line: number, column: number) => Place | undefined;
  readonly #ownScript: string;

  /** Frames of `ownScript` are what is C++ in Node: they are not shown. */
  constructor(
    locate: (script: string, line: number, column: number) => Place | undefined,
    ownScript: string,
  ) {
    this.#locate = locate;
    this.#ownScript = ownScript;
  }

  /** The call sites as Node would have them. */
  map(trace: readonly CallSite[]): (CallSite | LibrarySite)[] {
    const mapped: (CallSite | LibrarySite)[] = [];
    let afterLibrary = false;
    for (let i = 0; i < trace.length; i++) {
      const site = trace[i];
      if (site === undefined) continue;
      const script = site.getScriptNameOrSourceURL();
      if (script === this.#ownScript) continue;
      if (!script && afterLibrary && isGeneratorStep(site)) continue;
      const place = script
        ? this.#locate(script, site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1)
        : undefined;
      afterLibrary = place !== undefined;
      mapped[mapped.length] = place === undefined ? site : new LibrarySite(site, place);
    }
    return mapped;
  }

  /** A position that the browser reports → where Node would say it is; undefined within this layer's own script. */
  place(script: string, line: number, column: number): Place | undefined {
    if (script === this.#ownScript) return undefined;
    return this.#locate(script, line, column) ?? { file: script, line, column };
  }

  /** The stack above the library function that asks, innermost first; at most `limit` frames. */
  capture(limit: number): Frame[] {
    return this.#raw(limit + OWN_FRAMES_MAX)
      .slice(0, limit)
      .map((site) => ({
        functionName: site.getFunctionName() ?? '',
        file: site.getScriptNameOrSourceURL() ?? '',
        line: site.getLineNumber() ?? 0,
        column: site.getColumnNumber() ?? 0,
      }));
  }

  #raw(limit: number): (CallSite | LibrarySite)[] {
    const constructor = Error as unknown as { stackTraceLimit: unknown; prepareStackTrace: unknown };
    const { stackTraceLimit, prepareStackTrace } = constructor;
    let sites: CallSite[] = [];
    try {
      constructor.stackTraceLimit = limit;
      constructor.prepareStackTrace = (_error: unknown, trace: CallSite[]) => {
        sites = trace;
        return '';
      };
      void new Error().stack;
    } finally {
      constructor.stackTraceLimit = stackTraceLimit;
      constructor.prepareStackTrace = prepareStackTrace;
    }
    return this.map(sites);
  }
}

/** Frames of this layer between the library and the capture, at most. */
const OWN_FRAMES_MAX = 8;

/** The library's generators are resumed by `next`, a frame that Node does not have. */
function isGeneratorStep(site: CallSite): boolean {
  const name = site.getFunctionName();
  return name !== null && apply(stringEndsWith, name, ['next']) === true;
}
