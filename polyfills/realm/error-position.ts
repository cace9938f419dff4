import type { NodeContext } from '../context.ts';

/** Where something was thrown. Lines and columns count from 1. */
export interface ErrorPlace {
  file: string;
  line: number;
  column: number;
}
export interface ErrorPosition extends ErrorPlace {
  sourceLine: string;
}

/**
 * The first frame of a stack that names a file: `(/a/b.js:1:2)`, `at file:///a/b.mjs:1:2`, `at node:fs:1:2`. A DOMException
 * takes its stack in its constructor, which throws nothing.
 */
const FRAME =
  /^ {4}at (?!new DOMException )(?:.* )?\(?((?:file:\/\/|\/|node:|\[eval)[^\n]*?):(\d+):(\d+)\)?$/m;

/** Where an error was made, as its stack tells. */
export function placeOfStack(error: unknown): ErrorPlace | undefined {
  let stack: unknown;
  try {
    stack = (error as { stack?: unknown } | undefined)?.stack;
  } catch {
    return undefined;
  }
  if (typeof stack !== 'string') return undefined;
  const match = FRAME.exec(stack);
  if (match === null) return undefined;
  const [, file = '', line = '0', column = '0'] = match;
  return { file, line: Number(line), column: Number(column) };
}

/** The place with the text of its line, as far as the file still tells. */
export function withSourceLine(place: ErrorPlace, context: NodeContext): ErrorPosition | undefined {
  const sourceLine = context.realm.sourceText(place.file)?.split(/\r?\n/)[place.line - 1];
  return sourceLine === undefined ? undefined : { ...place, sourceLine };
}
