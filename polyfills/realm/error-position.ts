import type { NodeContext } from '../context.ts';

export interface ErrorPosition {
  file: string;
  line: number;
  /** From 1. */
  column: number;
  sourceLine: string;
}

/** The first frame of a stack that names a file: `(/a/b.js:1:2)`, `at file:///a/b.mjs:1:2`, `at node:fs:1:2`. */
const FRAME = /^ {4}at (?:.* )?\(?((?:file:\/\/|\/|node:)[^\n]*?):(\d+):(\d+)\)?$/m;
/** A SyntaxError's own position precedes its message: `/a/b.js:3`. */
const utf8 = new TextDecoder();

/** Where an error was made, with the text of that line, as far as its stack and the file still tell. */
export function errorPosition(error: unknown, context: NodeContext): ErrorPosition | undefined {
  let stack: unknown;
  try {
    stack = (error as { stack?: unknown }).stack;
  } catch {
    return undefined;
  }
  if (typeof stack !== 'string') return undefined;
  const match = FRAME.exec(stack);
  if (match === null) return undefined;
  const [, file = '', line = '0', column = '0'] = match;
  const sourceLine = readLine(file, Number(line), context);
  if (sourceLine === undefined) return undefined;
  return { file, line: Number(line), column: Number(column), sourceLine };
}

function readLine(file: string, line: number, { system }: NodeContext): string | undefined {
  if (file.startsWith('node:')) return undefined;
  const path = file.startsWith('file://') ? decodeURIComponent(file.slice('file://'.length)) : file;
  const contents = system.files.readFile(path);
  if (typeof contents === 'number') return undefined;
  return utf8.decode(contents).split(/\r?\n/)[line - 1];
}
