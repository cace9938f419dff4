/**
 * Which server a URL means. Two forms:
 *
 *   path    https://host/__preview/<container>/<port>/…      scope https://host/__preview/
 *   origin  https://<port>--<container>.host/…               scope /, an origin for each port
 *
 * In the path form a frame asks for `/assets/x.js` as well: its own address says which server is meant then.
 */
import type { PreviewServer } from '../protocol/preview.ts';

const HOST_LABEL = /^(\d{1,5})--([0-9a-z-]+)\./;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '0.0.0.0', '[::1]'];

export interface Address extends PreviewServer {
  /** Path and query, as the server sees them. */
  target: string;
}

export class Addresses {
  readonly #scope: URL;
  readonly #own: PreviewServer | undefined;

  /** `scope`: the service worker's. */
  constructor(scope: string) {
    this.#scope = new URL(scope);
    const [, port, container] = HOST_LABEL.exec(this.#scope.hostname) ?? [];
    if (port !== undefined && container !== undefined) this.#own = { container, port: Number(port) };
  }

  /** Where frames find the client script. */
  get clientPath(): string {
    return this.#own ? '/__preview/client.js' : `${this.#scope.pathname}client.js`;
  }

  /** What a server's paths begin with, as the browser sees them. */
  prefix({ container, port }: PreviewServer): string {
    return this.#own ? '' : `${this.#scope.pathname}${container}/${port}`;
  }

  /** The server that the URL itself names. */
  named(text: string): Address | undefined {
    const url = urlOf(text);
    if (url === undefined || url.origin !== this.#scope.origin) return undefined;
    if (this.#own) return { ...this.#own, target: url.pathname + url.search };
    if (!url.pathname.startsWith(this.#scope.pathname)) return undefined;
    const [container, port, ...rest] = url.pathname.slice(this.#scope.pathname.length).split('/');
    if (!container || port === undefined || !/^\d{1,5}$/.test(port)) return undefined;
    return { container, port: Number(port), target: `/${rest.join('/')}${url.search}` };
  }

  /** What a URL means that a frame of `from` asks for; undefined when it leaves the container. */
  within(text: string, from: PreviewServer): Address | undefined {
    const named = this.named(text);
    if (named) return named;
    const url = urlOf(text);
    if (url === undefined) return undefined;
    const target = url.pathname + url.search;
    if (url.origin === this.#scope.origin) return { ...from, target };
    const port = this.#localPort(url);
    return port === undefined ? undefined : { container: from.container, port, target };
  }

  /** True for what a frame may ask of the container: its own origin, and this machine as the frame's program sees it. */
  mayBeWithin(text: string): boolean {
    const url = urlOf(text);
    return url !== undefined && (url.origin === this.#scope.origin || this.#localPort(url) !== undefined);
  }

  /** The address of a server's path in the browser. */
  publicUrl({ container, port, target }: Address): string {
    if (!this.#own) return `${this.#scope.origin}${this.prefix({ container, port })}${target}`;
    const { protocol, host } = this.#scope;
    return `${protocol}//${port}--${container}.${host.slice(host.indexOf('.') + 1)}${target}`;
  }

  /** A Location as the server gave it, as an address of the browser. */
  redirect(location: string, from: Address): string {
    const base = `http://localhost:${from.port}${from.target}`;
    const url = urlOf(location, base);
    if (url === undefined) return location;
    const port = this.#localPort(url);
    if (port === undefined) return this.named(url.href) ? url.href : location;
    const to = { container: from.container, port, target: url.pathname + url.search };
    return this.publicUrl(to) + url.hash;
  }

  /** The URL that the server knows one of the browser by: for Referer. */
  privateUrl(text: string, from: PreviewServer): string {
    const to = this.within(text, from);
    return to ? `http://localhost:${to.port}${to.target}` : '';
  }

  #localPort(url: URL): number | undefined {
    if (!LOCAL_HOSTS.includes(url.hostname) || !['http:', 'https:'].includes(url.protocol)) return undefined;
    return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  }
}

function urlOf(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
