import type { OpenAgentsContainer, RemoteStatus } from '../../container-api/index.ts';
import { button } from './buttons.ts';
import { ask } from './dialogs.ts';
import type { SyncMark } from './file-tree.ts';

const DEFAULT_URL = 'ws://localhost:18790';

export interface RuntimeBarHost {
  readonly container: OpenAgentsContainer;
  openShell(): void;
  mark(marks: ReadonlyMap<string, SyncMark>): void;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Below the files: whether an external runtime is connected, and how its files stand to these. */
export class RuntimeBar {
  readonly #host: RuntimeBarHost;
  readonly #text = document.createElement('span');
  readonly #connect: HTMLButtonElement;
  readonly #ofConnection: HTMLButtonElement[];
  #isConnected = false;
  /** Looking takes a moment in which more may change: then it is looked again. */
  #looking: 'no' | 'once' | 'again' = 'no';

  constructor(bar: HTMLElement, host: RuntimeBarHost) {
    this.#host = host;
    const { container } = host;
    this.#text.setAttribute('role', 'status');
    this.#connect = button('Connect…', 'Connect an external runtime', () => void this.#ask());
    this.#ofConnection = [
      button('Sync', 'Bring the files here and there together', () => void this.#sync()),
      button('Shell', 'A terminal on the runtime', () => host.openShell()),
      button('Leave', 'Disconnect the runtime', () => void container.remote.disconnect()),
    ];
    bar.append(this.#text, this.#connect, ...this.#ofConnection);
    container.remote.on('state', (status, reason) => this.#show(status, reason));
    container.remote.on('sync', ({ pushed, pulled, conflicts, errors }) => {
      const troubles = [
        ...(conflicts.length > 0 ? [`${conflicts.length} kept twice`] : []),
        ...(errors.length > 0 ? [`${errors.length} failed: ${errors[0]?.message}`] : []),
      ];
      const figures = `${pushed.length} up, ${pulled.length} down`;
      this.#say(['In sync', figures, ...troubles].join(' · '));
      this.filesChanged();
    });
    void container.remote.status().then((status) => this.#show(status));
  }

  /** Files changed here, or may have: which are not yet on the runtime? */
  filesChanged(): void {
    if (!this.#isConnected) return;
    const wasLooking = this.#looking !== 'no';
    this.#looking = wasLooking ? 'again' : 'once';
    if (!wasLooking) void this.#look();
  }

  async #look(): Promise<void> {
    const { container, mark } = this.#host;
    try {
      const { push, pull, conflicts } = await container.remote.differences();
      if (this.#isConnected)
        mark(
          new Map<string, SyncMark>([
            ...push.map((path) => [path, 'changed here'] as const),
            ...pull.map((path) => [path, 'changed there'] as const),
            ...conflicts.map((path) => [path, 'changed on both sides'] as const),
          ]),
        );
    } catch {
      // The connection is cut: its state tells.
    }
    const again = this.#looking === 'again';
    this.#looking = 'no';
    if (again) this.filesChanged();
  }

  #say(text: string): void {
    this.#text.textContent = text;
  }

  #show({ state, url }: RemoteStatus, reason?: string): void {
    const isThere = state !== 'disconnected';
    this.#isConnected = state === 'connected';
    this.#connect.hidden = isThere;
    for (const one of this.#ofConnection) one.hidden = !isThere;
    if (state === 'connected') this.#say(`Runtime: ${url === undefined ? 'connected' : new URL(url).host}`);
    else if (state === 'reconnecting') this.#say('Runtime: connecting again…');
    else this.#say(reason ?? 'No external runtime');
    if (this.#isConnected) this.filesChanged();
    else this.#host.mark(new Map());
  }

  async #ask(): Promise<void> {
    const answer = await ask({
      title: 'Connect an external runtime',
      text: 'What a browser cannot run (python, native addons) runs there, on the same files. It prints its token when it starts: npm start --prefix runtime',
      fields: [
        { name: 'url', label: 'Address', value: DEFAULT_URL, type: 'url' },
        { name: 'token', label: 'Token', type: 'password' },
      ],
      agree: 'Connect',
    });
    if (answer === undefined) return;
    this.#say('Connecting…');
    try {
      await this.#host.container.remote.connect({ url: answer['url'] ?? '', token: answer['token'] ?? '' });
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  async #sync(): Promise<void> {
    this.#say('Syncing…');
    try {
      const { pushed, pulled, conflicts } = await this.#host.container.remote.sync();
      if (pushed.length + pulled.length + conflicts.length === 0) this.#say('In sync');
    } catch (error) {
      this.#say(messageOf(error));
    }
  }
}
