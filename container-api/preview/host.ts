/** Where previews are hosted: who registers the service worker, and how it learns the way to the kernel. */
import {
  type PageToServiceWorker,
  PREVIEW_PROTOCOL_VERSION,
  PREVIEW_SEGMENT,
  previewLock,
  type PreviewRouted,
  type PreviewWanted,
} from '../../src/protocol/preview.ts';

/** Gives the kernel one end of a new channel; the other is for a service worker. */
export type NewRoute = () => MessagePort;

export interface PreviewHost {
  /** The address of a server in the browser, with a slash at its end. After `reach`. */
  url(port: number): string;
  /** Resolves when a frame with that address will be answered. Rejects with the reason why none will be. */
  reach(port: number): Promise<void>;
  close(): void;
}

interface HostOptions {
  container: string;
  /** Folder of the service worker's script. */
  assets: URL;
  newRoute: NewRoute;
}

const SCRIPT = 'service-worker.js';
const FRAME = 'preview-host.html';
/** A frame of another site has no service workers where the browser blocks third-party storage. */
const OTHER_SITE_ADVICE =
  '(Choose a previewHost of the same site as this page, or let the browser allow third-party storage.)';

/** `/__preview/<container>/<port>/` on the page's own origin: works wherever the page works. */
export class PathHost implements PreviewHost {
  readonly #options: HostOptions;
  readonly #registration: Promise<ServiceWorkerRegistration>;
  readonly #onMessage = ({ data }: MessageEvent<PreviewWanted | PreviewRouted>): void => this.#receive(data);
  #scope: URL | undefined;
  #routed: Promise<void> | undefined;
  #confirm: (() => void) | undefined;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#registration = register(options.assets);
    this.#registration.catch(() => undefined);
  }

  url(port: number): string {
    return new URL(`${this.#options.container}/${port}/`, this.#scope ?? rootScope()).href;
  }

  reach(): Promise<void> {
    this.#routed ??= this.#route();
    return this.#routed;
  }

  close(): void {
    this.#ended.resolve();
    const unroute = { type: 'preview-unroute', container: this.#options.container } as const;
    // Without a registration there is no route to take back.
    this.#registration.then(
      ({ active }) => active?.postMessage(unroute satisfies PageToServiceWorker),
      () => undefined,
    );
    navigator.serviceWorker?.removeEventListener('message', this.#onMessage);
  }

  async #route(): Promise<void> {
    const registration = await this.#registration;
    this.#scope = new URL(registration.scope);
    navigator.serviceWorker.addEventListener('message', this.#onMessage);
    navigator.serviceWorker.startMessages();
    const confirmed = new Promise<void>((resolve) => (this.#confirm = resolve));
    const worker = await activated(registration);
    await this.#hold();
    this.#offer(worker);
    await confirmed;
  }

  #hold(): Promise<void> {
    return new Promise((resolve, reject) => {
      const granted = (): Promise<void> => {
        resolve();
        return this.#ended.promise;
      };
      navigator.locks.request(previewLock(this.#options.container), granted).catch(reject);
    });
  }

  #receive(message: PreviewWanted | PreviewRouted): void {
    if (message.container !== this.#options.container) return;
    if (message.type === 'preview-routed') this.#confirm?.();
    else if (message.type === 'preview-wanted') {
      void this.#registration.then(({ active }) => active && this.#offer(active));
    }
  }

  #offer(worker: ServiceWorker): void {
    const port = this.#options.newRoute();
    const { container } = this.#options;
    const message = { type: 'preview-route', version: PREVIEW_PROTOCOL_VERSION, container, port } as const;
    worker.postMessage(message satisfies PageToServiceWorker, [port]);
  }
}

/** `<port>--<container>.<host>`: an origin for each server. `host` must serve the assets, on every such name. */
export class OriginHost implements PreviewHost {
  readonly #options: HostOptions;
  readonly #host: string;
  readonly #frames = new Map<number, { frame: HTMLIFrameElement; ready: Promise<void> }>();

  constructor(host: string, options: HostOptions) {
    this.#host = host;
    this.#options = options;
  }

  url(port: number): string {
    return `${location.protocol}//${port}--${this.#options.container}.${this.#host}/`;
  }

  reach(port: number): Promise<void> {
    const known = this.#frames.get(port);
    if (known) return known.ready;
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.src = new URL(this.#options.assets.pathname + FRAME, this.url(port)).href;
    const ready = this.#connect(frame, new URL(this.url(port)).origin);
    this.#frames.set(port, { frame, ready });
    document.body.append(frame);
    return ready;
  }

  close(): void {
    for (const { frame } of this.#frames.values()) frame.remove();
    this.#frames.clear();
  }

  #connect(frame: HTMLIFrameElement, origin: string): Promise<void> {
    const { container, newRoute } = this.#options;
    return new Promise((resolve, reject) => {
      const offer = (): void => {
        const port = newRoute();
        const message = {
          type: 'preview-route',
          version: PREVIEW_PROTOCOL_VERSION,
          container,
          port,
        } as const;
        frame.contentWindow?.postMessage(message satisfies PageToServiceWorker, origin, [port]);
      };
      const listen = ({ source, data }: MessageEvent<{ type?: string; message?: string }>): void => {
        if (!frame.isConnected) removeEventListener('message', listen);
        if (source === null || source !== frame.contentWindow) return;
        if (data.type === 'preview-host-ready' || data.type === 'preview-wanted') offer();
        else if (data.type === 'preview-routed') resolve();
        else if (data.type === 'preview-host-failed') {
          reject(new Error(`${data.message ?? ''} ${OTHER_SITE_ADVICE}`));
        }
      };
      addEventListener('message', listen);
      frame.addEventListener('error', () => reject(new Error(`${origin} does not answer`)));
    });
  }
}

function rootScope(): URL {
  return new URL(`/${PREVIEW_SEGMENT}/`, location.href);
}

/**
 * For `/__preview/` where the host sends `Service-Worker-Allowed: /` with the script; else below the script's own folder,
 * which every host allows.
 */
async function register(assets: URL): Promise<ServiceWorkerRegistration> {
  if (!('serviceWorker' in navigator)) throw new Error('this page has no service workers');
  const script = new URL(SCRIPT, assets);
  const scopes = [rootScope(), new URL(`${PREVIEW_SEGMENT}/`, assets)];
  let reason: unknown;
  for (const { href } of scopes) {
    try {
      return await navigator.serviceWorker.register(script, { scope: href, updateViaCache: 'none' });
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

function activated(registration: ServiceWorkerRegistration): Promise<ServiceWorker> {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (worker === null) return Promise.reject(new Error('the service worker is not there'));
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (worker.state === 'activated') resolve(worker);
      else if (worker.state === 'redundant') reject(new Error('the service worker could not be installed'));
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
