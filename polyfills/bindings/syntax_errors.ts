import type { NodeContext } from '../context.ts';
import { arrowMessage, locateSyntaxError } from '../transform/syntax_error.ts';
import type { SourceKind } from '../transform/syntax.ts';

/** How the code that failed was given to the compiler. */
export interface CompiledText {
  readonly code: string;
  readonly kind: SourceKind;
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
  const place = locateSyntaxError(text.code, text.kind, error.message);
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
  const place = locateSyntaxError(text.code, text.kind, 'Unexpected token');
  const unfinished = place.start === place.end && place.line === text.code.split('\n').length - 1;
  return unfinished && !message.startsWith('missing') ? 'Unexpected end of input' : message;
}

function framesOf(error: Error): string {
  const stack = error.stack ?? '';
  const at = stack.indexOf('\n    at ');
  return at < 0 ? '' : stack.slice(at);
}
