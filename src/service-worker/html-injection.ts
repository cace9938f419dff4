/**
 * Puts markup at the start of an HTML document's head, in its stream: after <head> where there is one, else before the
 * first element that is not <html>, so that it runs before any script of the document. Only ASCII is looked at, which
 * every encoding but UTF-16 shares.
 */
import { PREVIEW_HTML_HEAD_BYTES } from '../base/limits.ts';

/** What may stand before the first element of the head. */
const TAGS = ['<!doctype', '<?xml', '<html', '<head'];
const BLANK = /[\t\n\f\r ]/y;

/** Where the markup goes in what has come so far; undefined when that cannot be said yet. */
export function placeInHead(text: string): number | undefined {
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  /** After the last tag that the markup must follow. */
  let place = at;
  for (;;) {
    at = skipBlanks(text, at);
    if (at >= text.length) return undefined;
    if (text[at] !== '<') return place;
    const rest = text.slice(at, at + 16).toLowerCase();
    if (isCut(rest, '<!--')) return undefined;
    if (rest.startsWith('<!--')) {
      const end = text.indexOf('-->', at + 4);
      if (end < 0) return undefined;
      at = end + 3;
      continue;
    }
    if (TAGS.some((tag) => isCut(rest, `${tag} `))) return undefined;
    const known = /^<(!doctype|\?xml|html|head)(?=[\t\n\f\r />])/.exec(rest);
    if (!known) return place;
    const end = tagEnd(text, at + known[0].length);
    if (end === undefined) return undefined;
    at = place = end;
    if (known[1] === 'head') return place;
  }
}

/** The text so far might still become `whole`. */
function isCut(text: string, whole: string): boolean {
  return text.length < whole.length && whole.startsWith(text);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  for (BLANK.lastIndex = at; BLANK.test(text); BLANK.lastIndex = at) at++;
  return at;
}

/** After the tag's `>`, which may also stand in a quoted attribute. */
function tagEnd(text: string, from: number): number | undefined {
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return undefined;
}

/**
 * A document that does not show its head in so many bytes gets the markup at its start, after a BOM. What follows the
 * markup waits for `read`.
 */
export function injecting(
  markup: string,
  read: () => Promise<void> = () => Promise.resolve(),
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let held: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
  const bytes = new TextEncoder().encode(markup);
  return new TransformStream({
    async transform(chunk, controller) {
      if (held === undefined) {
        controller.enqueue(chunk);
        return;
      }
      const so = new Uint8Array(held.length + chunk.length);
      so.set(held);
      so.set(chunk, held.length);
      const place = placeInHead(latin1(so)) ?? (so.length > PREVIEW_HTML_HEAD_BYTES ? 0 : undefined);
      if (place === undefined) {
        held = so;
        return;
      }
      held = undefined;
      controller.enqueue(so.slice(0, place));
      controller.enqueue(bytes);
      await read();
      controller.enqueue(so.slice(place));
    },
    flush(controller) {
      if (held === undefined) return;
      controller.enqueue(bytes);
      controller.enqueue(held);
    },
  });
}

/** One character a byte: positions are those of the bytes. */
function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
