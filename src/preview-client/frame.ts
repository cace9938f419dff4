/** What the client script knows of the frame that it runs in. */
import type { FrameToServiceWorker, PreviewServer } from '../protocol/preview.ts';

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '0.0.0.0', '[::1]'];

export interface Frame {
  readonly server: PreviewServer;
  /** What the server's paths begin with in this frame; '' on an origin of the preview's own. */
  readonly prefix: string;
  send(message: FrameToServiceWorker, transfer?: Transferable[]): boolean;
}

export function frameOf({ container = '', port = '', prefix = '' }: DOMStringMap): Frame {
  const { serviceWorker } = navigator;
  return {
    server: { container, port: Number(port) },
    prefix,
    send(message, transfer = []) {
      // A forced reload gives a page that no service worker controls; the registration still has one.
      const { controller } = serviceWorker;
      if (controller) controller.postMessage(message, transfer);
      else void serviceWorker.ready.then(({ active }) => active?.postMessage(message, transfer));
      return true;
    },
  };
}

/** The port of the container that a URL names; undefined when it leads outside. */
export function portOf(url: URL, { server }: Frame): number | undefined {
  if (url.host === location.host) return server.port;
  const own = new RegExp(`^(\\d{1,5})--${server.container}\\.`).exec(url.hostname);
  if (own) return Number(own[1]);
  if (!LOCAL_HOSTS.includes(url.hostname)) return undefined;
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'wss:' || url.protocol === 'https:' ? 443 : 80;
}

/** The URL's path as the server knows it. */
export function targetOf(url: URL, { prefix }: Frame): string {
  const path = url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : url.pathname;
  return path + url.search;
}
