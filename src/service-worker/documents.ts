/**
 * Documents that have begun: the rest of one is held until it asks for the client script, by when what stands before that
 * script has run. A browser that had the rest would have looked ahead in it and loaded by the address of before.
 */
import { PREVIEW_DOCUMENT_HELD_MS } from '../base/limits.ts';

const begun = new Map<string, () => void>();

/** Resolves when the document has asked for the client script, or does not seem to. */
export function asksForScript(client: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  begun.set(client, resolve);
  const timer = setTimeout(resolve, PREVIEW_DOCUMENT_HELD_MS);
  return promise.finally(() => {
    clearTimeout(timer);
    begun.delete(client);
  });
}

export function scriptAsked(client: string): void {
  begun.get(client)?.();
}
