import { EVALUATOR_URL, locate as locateSource } from '../bindings/sources.ts';
import { type CallSite, type Locate, MappedSite } from './call-site.ts';
import type { Place } from './source-positions.ts';

export interface Frame {
  functionName: string;
  file: string;
  line: number;
  column: number;
}

const { apply } = Reflect;
const endsWith = (text: string, tail: string) => apply(String.prototype.endsWith, text, [tail]) as boolean;

/** What this layer loads on demand (polyfills/cryptography), beside its own script. */
const LIBRARY_SCRIPT = 'cryptography.js';

/** Frames of this layer above the library's, at most: made room for when an error is captured here. */
export const HIDDEN_FRAMES_MAX = 8;

export class StackTraces {
  readonly #library: Locate;
  readonly #ownScript: string;
  readonly #ownLibrary: string;

  /** `library` places positions in the bundles; frames of `ownScript` are what is C++ in Node: they are not shown. */
  constructor(library: Locate, ownScript: string) {
    this.#library = library;
    this.#ownScript = ownScript;
    const folder = ownScript.slice(0, ownScript.lastIndexOf('/') + 1);
    this.#ownLibrary = `${folder}${LIBRARY_SCRIPT}`;
  }

  /** The call sites as Node would have them. */
  map(trace: readonly CallSite[]): CallSite[] {
    const mapped: CallSite[] = [];
    let afterLibrary = false;
    let hidden = 0;
    for (let i = 0; i < trace.length; i++) {
      const site = trace[i];
      if (site === undefined) continue;
      const script = site.getScriptNameOrSourceURL();
      if (this.#isHidden(script)) {
        hidden++;
        continue;
      }
      // `eval` or a generator's `next`, called by this layer.
      if (!script && this.#isHidden(trace[i + 1]?.getScriptNameOrSourceURL())) continue;
      // The library's generators are resumed by `next`, a frame that Node does not have.
      if (!script && afterLibrary && endsWith(site.getFunctionName() ?? '', 'next')) continue;
      const line = site.getLineNumber() ?? 1;
      const column = site.getColumnNumber() ?? 1;
      const inLibrary = script ? this.#library(script, line, column) : undefined;
      afterLibrary = inLibrary !== undefined;
      const place = inLibrary ?? (script ? userPlace(script, line, column) : undefined);
      const locate = inLibrary ? this.#library : userPlace;
      mapped[mapped.length] = place === undefined ? site : new MappedSite(site, place, locate);
    }
    const { stackTraceLimit } = Error as unknown as { stackTraceLimit: unknown };
    if (hidden > 0 && typeof stackTraceLimit === 'number' && mapped.length > stackTraceLimit) {
      mapped.length = Math.max(0, Math.floor(stackTraceLimit));
    }
    return mapped;
  }

  #isHidden(script: string | null | undefined): boolean {
    return script === this.#ownScript || script === EVALUATOR_URL || script === this.#ownLibrary;
  }

  /** A position that the browser reports → where Node would say it is; undefined within this layer's own script. */
  place(script: string, line: number, column: number): Place | undefined {
    if (script === this.#ownScript || script === this.#ownLibrary) return undefined;
    return (
      this.#library(script, line, column) ?? userPlace(script, line, column) ?? { file: script, line, column }
    );
  }

  /** The stack above the library function that asks, innermost first; at most `limit` frames. */
  capture(limit: number): Frame[] {
    return this.#raw(limit + HIDDEN_FRAMES_MAX)
      .slice(0, limit)
      .map((site) => ({
        functionName: site.getFunctionName() ?? '',
        file: site.getScriptNameOrSourceURL() ?? '',
        line: site.getLineNumber() ?? 0,
        column: site.getColumnNumber() ?? 0,
      }));
  }

  /** Whether `prepare` is what this layer takes a stack with: it wants the call sites as they are. */
  isOwn(prepare: unknown): boolean {
    return prepare === this.#take;
  }

  #taken: CallSite[] = [];
  readonly #take = (_error: unknown, trace: CallSite[]): string => {
    this.#taken = trace;
    return '';
  };

  #raw(limit: number): CallSite[] {
    const constructor = Error as unknown as { stackTraceLimit: unknown; prepareStackTrace: unknown };
    const { stackTraceLimit, prepareStackTrace } = constructor;
    this.#taken = [];
    try {
      constructor.stackTraceLimit = limit;
      constructor.prepareStackTrace = this.#take;
      void new Error().stack;
      // While the limit holds: the program's own is no bound of this.
      return this.map(this.#taken);
    } finally {
      constructor.stackTraceLimit = stackTraceLimit;
      constructor.prepareStackTrace = prepareStackTrace;
    }
  }
}

function userPlace(script: string, line: number, column: number): Place | undefined {
  const place = locateSource(script, line, column);
  return place && { file: place.filename, line: place.line, column: place.column };
}
