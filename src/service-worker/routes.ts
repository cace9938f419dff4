/** The way to each container's kernel. Lost when the browser stops the service worker; the pages are asked again then. */
import { PREVIEW_HANDSHAKE_MS, PREVIEW_TRUSTED_MS } from '../base/limits.ts';
import type { PreviewCall, PreviewRouted, PreviewWanted } from '../protocol/preview.ts';

declare const self: ServiceWorkerGlobalScope;

interface Route {
  readonly port: MessagePort;
  /** Id of the client that runs the container: its page, or the frame of that page which hosts previews. */
  readonly page: string | undefined;
  /** Until then it counts as there without being looked for. */
  trustedUntil: number;
}

export class Routes {
  readonly #routes = new Map<string, Route>();
  readonly #waiting = new Map<
    string,
    { promise: Promise<MessagePort | undefined>; found(port: MessagePort): void }
  >();

  add(container: string, port: MessagePort, page: Client | ServiceWorker | MessagePort | null): void {
    this.remove(container);
    const id = page !== null && 'id' in page ? page.id : undefined;
    const route: Route = { port, page: id, trustedUntil: performance.now() + PREVIEW_TRUSTED_MS };
    this.#routes.set(container, route);
    // The kernel is gone, by a crash. A tab that is closed does not always tell.
    port.addEventListener('close', () => this.#drop(container, route));
    port.start();
    this.#waiting.get(container)?.found(port);
    page?.postMessage({ type: 'preview-routed', container } satisfies PreviewRouted);
  }

  remove(container: string): void {
    this.#routes.get(container)?.port.close();
    this.#routes.delete(container);
  }

  /** False once the page that ran the container is closed; its port takes messages still, and answers nothing. */
  async isAlive(container: string): Promise<boolean> {
    const route = this.#routes.get(container);
    if (route === undefined) return false;
    if (route.page === undefined || performance.now() < route.trustedUntil) return true;
    if ((await self.clients.get(route.page)) === undefined) {
      this.#drop(container, route);
      return this.#routes.has(container);
    }
    route.trustedUntil = performance.now() + PREVIEW_TRUSTED_MS;
    return true;
  }

  /** undefined when no page runs this container. */
  async find(container: string): Promise<MessagePort | undefined> {
    if (await this.isAlive(container)) return this.#routes.get(container)?.port;
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

  #drop(container: string, route: Route): void {
    if (this.#routes.get(container) === route) this.#routes.delete(container);
  }

  async #ask(container: string): Promise<void> {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    for (const page of pages) page.postMessage({ type: 'preview-wanted', container } satisfies PreviewWanted);
  }
}
