import type { NodeContext } from '../context.ts';
import { arrowMessage, locateSyntaxError, type SyntaxErrorPlace } from '../transform/syntax_error.ts';
import type { SourceKind } from '../transform/syntax.ts';

/** How the code that failed was given to the compiler. */
export interface CompiledText {
  readonly code: string;
  readonly kind?: SourceKind;
  readonly filename: string;
  readonly lineOffset?: number;
}

/**
 * What Node does with a compile error (node_errors.cc): `AppendExceptionLine` keeps `file:line`, the source line and
 * the carets as the error's arrow message; `DecorateErrorStack` also puts it above the stack.
 */
export function describeSyntaxError(
  context: NodeContext,
  error: unknown,
  text: CompiledText,
  decorate: 'stack' | 'arrow only',
): void {
  if (!(error instanceof SyntaxError)) return;
  const symbols = context.realm.privateSymbols;
  const target = error as unknown as Record<symbol, unknown>;
  const arrowSymbol = symbols['arrow_message_private_symbol'];
  const decoratedSymbol = symbols['decorated_private_symbol'];
  if (arrowSymbol === undefined || decoratedSymbol === undefined) return;
  if (target[arrowSymbol] !== undefined) return;
  error.message = asV8Says(error.message, text);
  const place = locateSyntaxError(text.code, text.kind ?? 'script', error.message);
  const arrow = arrowMessage(text.filename, place, text.lineOffset ?? 0);
  target[arrowSymbol] = arrow;
  const stack = `${error.name}: ${error.message}${framesOf(error)}`;
  if (decorate === 'stack') {
    error.stack = `${arrow}\n${stack}`;
    target[decoratedSymbol] = true;
  } else {
    error.stack = stack;
  }
}

/** The wrapper's own closing tokens must not show: an unfinished program ends in the end of input. */
function asV8Says(message: string, text: CompiledText): string {
  const closing = /^Unexpected token '[)}]'$/.test(message) || message === 'missing ) after argument list';
  if (!closing) return message;
  const place = locateSyntaxError(text.code, text.kind ?? 'script', 'Unexpected token');
  const unfinished = place.start === place.end && place.line === text.code.split('\n').length - 1;
  return unfinished && !message.startsWith('missing') ? 'Unexpected end of input' : message;
}

function framesOf(error: Error): string {
  const stack = error.stack ?? '';
  const at = stack.indexOf('\n    at ');
  return at < 0 ? '' : stack.slice(at);
}

/** An error that a script threw: its place in the script goes above its stack, if the innermost frame is in the script. */
export function describeThrown(context: NodeContext, error: unknown, script: CompiledText): void {
  if (!(error instanceof Error)) return;
  const symbols = context.realm.privateSymbols;
  const target = error as unknown as Record<symbol, unknown>;
  const arrowSymbol = symbols['arrow_message_private_symbol'] ?? Symbol('arrow');
  const decoratedSymbol = symbols['decorated_private_symbol'] ?? Symbol('decorated');
  if (target[arrowSymbol] !== undefined || typeof error.stack !== 'string') return;
  const place = placeInScript(error.stack, script);
  if (place === undefined) return;
  const arrow = arrowMessage(script.filename, place, script.lineOffset ?? 0);
  target[arrowSymbol] = arrow;
  error.stack = `${arrow}\n${error.stack}`;
  target[decoratedSymbol] = true;
}

function placeInScript(stack: string, script: CompiledText): SyntaxErrorPlace | undefined {
  // A DOMException takes its stack in its constructor, which throws nothing.
  const frame = /^ {4}at (?!new DOMException ).*/m.exec(stack)?.[0] ?? '';
  const position = /:(\d+):(\d+)\)?$/.exec(frame);
  if (!position || !frame.includes(`${script.filename}:${position[1]}:`)) return undefined;
  const line = Number(position[1]) - 1 - (script.lineOffset ?? 0);
  const sourceLine = script.code.split('\n')[line];
  if (sourceLine === undefined) return undefined;
  const column = Number(position[2]) - 1;
  // V8 points at the statement that throws; the frame at the error's construction in it.
  const thrown = /\bthrow\s+$/.exec(sourceLine.slice(0, column));
  const start = thrown ? thrown.index : column;
  return { line, start, end: start + 1, sourceLine };
}
