/** The page's side of previews: the hosts, the events in their order, and how the frames are. */
import type { ErrorForwarding, PreviewScript, PreviewSettings } from '../../src/protocol/preview.ts';
import type { BootOptions } from '../options.ts';
import type { NewRoute, PreviewHost } from './host.ts';
import { OriginHost, PathHost } from './host.ts';

export interface PreviewScriptOptions {
  type?: 'module' | 'importmap';
  async?: boolean;
  defer?: boolean;
}

export interface PreviewEvents {
  port(port: number, type: 'open' | 'close', url: string): void;
  ready(port: number, url: string): void;
  failed(message: string): void;
}

interface PreviewOptions extends Pick<BootOptions, 'coep' | 'forwardPreviewErrors' | 'previewHost'> {
  container: string;
  assets: URL;
  newRoute: NewRoute;
  configure(settings: PreviewSettings): Promise<void>;
  events: PreviewEvents;
}

export class Previews {
  readonly #options: PreviewOptions;
  #host: PreviewHost | undefined;
  #script: PreviewScript | null = null;
  readonly #open = new Set<number>();
  /** Events leave in the order in which the ports changed, however long a host takes. */
  #told: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(options: PreviewOptions) {
    this.#options = options;
  }

  configure(): Promise<void> {
    const { coep = 'require-corp', forwardPreviewErrors = false } = this.#options;
    return this.#options.configure({
      script: this.#script,
      errors: forwarding(forwardPreviewErrors),
      embedderPolicy: coep,
    });
  }

  async setScript(
    source: string,
    { type, async = false, defer = false }: PreviewScriptOptions,
  ): Promise<void> {
    this.#script = source === '' ? null : { source, type: type ?? 'classic', async, defer };
    await this.configure();
  }

  changed(port: number, open: boolean): void {
    if (open) this.#open.add(port);
    else this.#open.delete(port);
    this.#told = this.#told.then(() => this.#tell(port, open));
  }

  /** The address of a port's server; it answers after `server-ready`. */
  async url(port: number): Promise<string> {
    await this.#reach(port);
    return this.#urlOf(port);
  }

  close(): void {
    this.#host?.close();
    this.#host = undefined;
  }

  async #tell(port: number, open: boolean): Promise<void> {
    const { events } = this.#options;
    if (open) await this.#reach(port);
    events.port(port, open ? 'open' : 'close', this.#urlOf(port));
    // A server that has gone meanwhile is not ready.
    if (open && this.#open.has(port)) events.ready(port, this.#urlOf(port));
  }

  #urlOf(port: number): string {
    return this.#failed || !this.#host ? `http://localhost:${port}/` : this.#host.url(port);
  }

  /** A page that cannot have previews still learns of its servers. */
  async #reach(port: number): Promise<void> {
    const { previewHost, container, assets, newRoute, events } = this.#options;
    const options = { container, assets, newRoute };
    this.#host ??= previewHost === undefined ? new PathHost(options) : new OriginHost(previewHost, options);
    try {
      await this.#host.reach(port);
    } catch (error) {
      if (!this.#failed)
        events.failed(`There are no previews: ${error instanceof Error ? error.message : String(error)}`);
      this.#failed = true;
    }
  }
}

function forwarding(option: NonNullable<BootOptions['forwardPreviewErrors']>): ErrorForwarding {
  if (option === 'exceptions-only') return 'exceptions';
  return option ? 'all' : 'none';
}
