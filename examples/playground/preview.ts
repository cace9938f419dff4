import { type OpenAgentsContainer, reloadPreview } from '../../container-api/index.ts';

const LOCAL = new Set(['localhost', '127.0.0.1', '0.0.0.0', '[::1]', '[::]']);

/** The preview pane: it opens when a program listens on a port, and shows the newest server. */
export class PreviewPane {
  readonly #pane: HTMLElement;
  readonly #frame: HTMLIFrameElement;
  readonly #ports: HTMLSelectElement;
  readonly #changed: (isShown: boolean) => void;
  readonly #urls = new Map<number, string>();
  /** Where a server is to be shown once it is there. */
  #awaited: { port: number; path: string } | undefined;

  /** `changed` is told when a server is shown, and when there is none any more. */
  constructor(pane: HTMLElement, container: OpenAgentsContainer, changed: (isShown: boolean) => void) {
    this.#pane = pane;
    this.#changed = changed;
    this.#ports = document.createElement('select');
    this.#ports.ariaLabel = 'Server';
    this.#ports.addEventListener('change', () => this.#show(Number(this.#ports.value)));
    const reload = document.createElement('button');
    reload.textContent = 'Reload';
    reload.addEventListener('click', () => void reloadPreview(this.#frame));
    this.#frame = document.createElement('iframe');
    this.#frame.title = 'Preview';
    const bar = document.createElement('div');
    bar.className = 'bar';
    bar.append(this.#ports, reload);
    pane.append(bar, this.#frame);
    container.on('server-ready', (port, url) => this.#opened(port, url));
    container.on('port', (port, type) => {
      if (type === 'close') this.#closed(port);
    });
  }

  /** Shows a server of the container by the address that its program prints. `waits`: a program asks for
   * it, perhaps before its server is known. → whether there is one */
  showAddress(address: string, waits = false): boolean {
    const { hostname, port, protocol, pathname, search, hash } = new URL(address);
    const number = Number(port || (protocol === 'https:' ? 443 : 80));
    if (!LOCAL.has(hostname)) return false;
    const path = pathname.slice(1) + search + hash;
    if (this.#urls.has(number)) this.#show(number, path);
    else if (waits) this.#awaited = { port: number, path };
    return waits || this.#urls.has(number);
  }

  #opened(port: number, url: string): void {
    this.#urls.set(port, url);
    this.#list();
    const { path } = this.#awaited?.port === port ? this.#awaited : { path: '' };
    this.#awaited = undefined;
    this.#show(port, path);
  }

  #closed(port: number): void {
    this.#urls.delete(port);
    this.#list();
    const [next] = this.#urls.keys();
    if (next !== undefined) this.#show(next);
    else {
      this.#pane.hidden = true;
      this.#changed(false);
      this.#frame.removeAttribute('src');
    }
  }

  #show(port: number, path = ''): void {
    const url = this.#urls.get(port);
    if (url === undefined) return;
    this.#pane.hidden = false;
    this.#changed(true);
    this.#ports.value = String(port);
    this.#frame.src = url + path;
  }

  #list(): void {
    this.#ports.replaceChildren(
      ...[...this.#urls.keys()].map((port) => new Option(`localhost:${port}`, String(port))),
    );
  }
}
