/** The way to each container's kernel. Lost when the browser stops the service worker; the pages are asked again then. */
import { PREVIEW_HANDSHAKE_MS } from '../base/limits.ts';
import type { PreviewCall, PreviewRouted, PreviewWanted } from '../protocol/preview.ts';

declare const self: ServiceWorkerGlobalScope;

export class Routes {
  readonly #ports = new Map<string, MessagePort>();
  readonly #waiting = new Map<
    string,
    { promise: Promise<MessagePort | undefined>; found(port: MessagePort): void }
  >();

  add(container: string, port: MessagePort, page: Client | ServiceWorker | MessagePort | null): void {
    this.#ports.get(container)?.close();
    this.#ports.set(container, port);
    // The kernel is gone, with its tab or by a crash.
    port.addEventListener('close', () => {
      if (this.#ports.get(container) === port) this.#ports.delete(container);
    });
    port.start();
    this.#waiting.get(container)?.found(port);
    page?.postMessage({ type: 'preview-routed', container } satisfies PreviewRouted);
  }

  remove(container: string): void {
    this.#ports.get(container)?.close();
    this.#ports.delete(container);
  }

  /** undefined when no page runs this container. */
  find(container: string): Promise<MessagePort | undefined> {
    const known = this.#ports.get(container);
    if (known) return Promise.resolve(known);
    const waiting = this.#waiting.get(container);
    if (waiting) return waiting.promise;
    const { promise, resolve } = Promise.withResolvers<MessagePort | undefined>();
    const timer = setTimeout(() => resolve(undefined), PREVIEW_HANDSHAKE_MS);
    this.#waiting.set(container, { promise, found: resolve });
    void promise.then(() => {
      clearTimeout(timer);
      this.#waiting.delete(container);
    });
    void this.#ask(container);
    return promise;
  }

  /** → false when no page runs this container. */
  async send(container: string, call: PreviewCall, transfer: Transferable[]): Promise<boolean> {
    const route = await this.find(container);
    route?.postMessage(call, transfer);
    return route !== undefined;
  }

  async #ask(container: string): Promise<void> {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    for (const page of pages) page.postMessage({ type: 'preview-wanted', container } satisfies PreviewWanted);
  }
}
