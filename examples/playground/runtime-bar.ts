import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { button } from './buttons.ts';
import { ask } from './dialogs.ts';

const DEFAULT_URL = 'ws://localhost:18790';

/** Below the files: whether an external runtime is connected, and how its files stand to these. */
export class RuntimeBar {
  readonly #container: OpenAgentsContainer;
  readonly #text = document.createElement('span');
  readonly #connect: HTMLButtonElement;
  readonly #ofConnection: HTMLButtonElement[];

  constructor(bar: HTMLElement, container: OpenAgentsContainer, openShell: () => void) {
    this.#container = container;
    this.#text.setAttribute('role', 'status');
    this.#connect = button('Connect…', 'Connect an external runtime', () => void this.#ask());
    this.#ofConnection = [
      button('Sync', 'Bring the files here and there together', () => void this.#sync()),
      button('Shell', 'A terminal on the runtime', openShell),
      button('Leave', 'Disconnect the runtime', () => void container.remote.disconnect()),
    ];
    bar.append(this.#text, this.#connect, ...this.#ofConnection);
    container.remote.on('state', () => void this.#show());
    container.remote.on('sync', ({ pushed, pulled, conflicts, errors }) => {
      const troubles = [
        ...(conflicts.length > 0 ? [`${conflicts.length} kept twice`] : []),
        ...(errors.length > 0 ? [`${errors.length} failed`] : []),
      ];
      this.#text.textContent = ['In sync', `${pushed.length} up, ${pulled.length} down`, ...troubles].join(
        ' · ',
      );
    });
    void this.#show();
  }

  async #show(): Promise<void> {
    const { state, url } = await this.#container.remote.status();
    const connected = state !== 'disconnected';
    this.#connect.hidden = connected;
    for (const one of this.#ofConnection) one.hidden = !connected;
    this.#text.textContent =
      state === 'connected'
        ? `Runtime: ${url === undefined ? 'connected' : new URL(url).host}`
        : state === 'reconnecting'
          ? 'Runtime: connecting again…'
          : 'No external runtime';
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
    this.#text.textContent = 'Connecting…';
    try {
      await this.#container.remote.connect({ url: answer['url'] ?? '', token: answer['token'] ?? '' });
    } catch (error) {
      this.#text.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  async #sync(): Promise<void> {
    this.#text.textContent = 'Syncing…';
    try {
      await this.#container.remote.sync();
    } catch (error) {
      this.#text.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}
