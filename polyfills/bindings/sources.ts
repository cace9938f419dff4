import { sourceColumn, type ColumnMap } from '../transform/edits.ts';

/**
 * Where evaluated code came from. User code is compiled by `eval` inside a wrapper, so a stack frame names the
 * `sourceURL` that it was given and a position in the generated text; `locate` gives the file and position that Node
 * would show. Lines never move by rewriting, only columns (../transform/edits.ts).
 */
export interface SourceOrigin {
  readonly filename: string;
  readonly lineOffset: number;
  readonly columnOffset: number;
  /** Lines that the wrapper puts before the source; none when absent. */
  readonly linesBefore?: number;
  /** Characters that the wrapper puts before the source's first line. */
  readonly prefix: number;
  readonly columns: ColumnMap;
}

export interface SourceLocation {
  readonly filename: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The `sourceURL` of this layer's own evaluated code: its frames are not shown. */
export const EVALUATOR_URL = 'internal:evaluator';

// No Map: programs may patch its prototype, and this is read while an error is being printed.
const origins = Object.create(null) as Record<string, SourceOrigin | undefined>;
let unnamed = 0;

/** Remembers a source and returns the `sourceURL` to compile it under (a magic comment can hold neither spaces nor quotes). */
export function registerSource(origin: SourceOrigin): string {
  const url = /^[^\s'"]+$/.test(origin.filename) ? origin.filename : `source:${++unnamed}`;
  origins[url] = origin;
  return url;
}

/** The source position of a frame of evaluated code; undefined when `url` was not registered. */
export function locate(url: string, line: number, column: number): SourceLocation | undefined {
  const origin = origins[url];
  if (origin === undefined) return undefined;
  const sourceLine = Math.max(1, line - (origin.linesBefore ?? 0));
  const inner = sourceLine === 1 ? Math.max(0, column - 1 - origin.prefix) : column - 1;
  const source = origin.columns.length > 0 ? sourceColumn(origin.columns, sourceLine - 1, inner) : inner;
  return {
    filename: origin.filename || '<anonymous>',
    line: sourceLine + origin.lineOffset,
    column: source + 1 + (sourceLine === 1 ? origin.columnOffset : 0),
  };
}
