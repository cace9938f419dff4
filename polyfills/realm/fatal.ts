import type { NodeContext } from '../context.ts';
import { type ErrorPlace, placeOfStack, withSourceLine } from './error-position.ts';

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
const isError = (value: unknown): boolean => value instanceof Error;

/** `file:line`, the source line and a caret beneath the place (GetErrorSource in node_errors.cc). */
function sourceArrow(error: unknown, place: ErrorPlace, context: NodeContext): string | undefined {
  const { hooks } = context;
  const position = withSourceLine(place, context);
  if (position === undefined || position.sourceLine.includes('node-do-not-add-exception-line'))
    return undefined;
  const { file, line, column, sourceLine } = position;
  if (hooks.sourceMapsEnabled && isObject(error)) {
    const mapped = hooks.sourceMapErrorSource?.(error, file, line, column);
    if (typeof mapped === 'string') return mapped;
  }
  const indent = sourceLine.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${file}:${line}\n${sourceLine}\n${indent}^\n`;
}

function toText(value: unknown): string {
  try {
    return typeof value === 'symbol' ? value.toString() : `${value as string}`;
  } catch {
    return '<toString() threw exception>';
  }
}

/** A property of what was thrown; undefined when reading it throws in its turn. */
function readable(error: Record<PropertyKey, unknown>, name: string): unknown {
  try {
    return error[name];
  } catch {
    return undefined;
  }
}

/** The stack as it is to be printed, after the library has coloured and completed it. */
function stackOf(error: Record<PropertyKey, unknown>, { hooks }: NodeContext, enhance: boolean): unknown {
  let stack: unknown;
  try {
    stack = error['stack'];
    if (enhance) {
      stack = hooks.enhanceStackBefore(error);
      stack = hooks.enhanceStackAfter(error);
    }
  } catch {
    // The error's own accessors threw: what could be read so far is printed.
  }
  return stack;
}

/** What Node prints where it gives up (FormatErrorMessage in node_errors.cc, and the stack that its abort adds). */
export function describeAbort(error: Error, reason: string, context: NodeContext): string {
  const place = placeOfStack(error);
  const source = place && sourceArrow(error, place, context);
  const frames = (error.stack ?? '').split('\n').flatMap((line) => {
    const [, name, named, alone] =
      /^ {4}at (?:(?:.*[. ])?(\S+?)(?: \[as .*\])? \((.*)\)|(.*))$/.exec(line) ?? [];
    // V8 names a frame by its function alone here.
    return name === undefined || name === '<anonymous>' ? (named ?? alone ?? []) : `${name} (${named})`;
  });
  const numbered = frames.map((frame, index) => `${index + 1}: ${frame}\n`).join('');
  return `${source ?? ''}\n${reason}\n\n----- JavaScript stack trace -----\n\n${numbered}\n`;
}

/**
 * What Node prints of an error that ends the process (ReportFatalException in node_errors.cc). `thrownAt` is where it was
 * thrown, where that is known; otherwise its stack tells where it was made.
 */
export function describeFatal(
  error: unknown,
  thrownAt: ErrorPlace | undefined,
  context: NodeContext,
  enhance: boolean,
): string {
  const { realm, options, facts } = context;
  const arrowSymbol = realm.privateSymbols['arrow_message_private_symbol'] ?? Symbol();
  const decoratedSymbol = realm.privateSymbols['decorated_private_symbol'] ?? Symbol();
  let text = '';
  let arrow = isObject(error) ? error[arrowSymbol] : undefined;
  if (arrow === undefined) {
    const place = thrownAt ?? placeOfStack(error);
    const source = place && sourceArrow(error, place, context);
    if (source !== undefined) {
      if (isError(error)) arrow = (error as Record<PropertyKey, unknown>)[arrowSymbol] = source;
      else text += `\n${source}`;
    }
  }
  const stack = isObject(error) ? stackOf(error, context, enhance) : undefined;
  if (isObject(error) && error[decoratedSymbol] === true) arrow = undefined;
  const lead = typeof arrow === 'string' ? `${arrow}\n` : '';
  if (stack !== undefined && toText(stack) !== '') {
    text += `${lead}${toText(stack)}\n`;
  } else {
    const name = isObject(error) ? readable(error, 'name') : undefined;
    const message = isObject(error) ? readable(error, 'message') : undefined;
    text +=
      name === undefined || message === undefined
        ? `${toText(error)}\n`
        : `${lead}${toText(name)}: ${toText(message)}\n`;
    if (!options.cli['--trace-uncaught']) {
      const program = (options.argv[0] ?? 'node').replace(/^.*\//, '').replace(/\.[^.]*$/, '');
      text += `(Use \`${program} --trace-uncaught ...\` to show where the exception was thrown)\n`;
    }
  }
  if (options.cli['--extra-info-on-fatal-exception'] === false) return text;
  return `${text}\nNode.js ${facts.version}\n`;
}
