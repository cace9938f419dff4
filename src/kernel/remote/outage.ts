/** A cut that lasts: short ones are mended before anyone sees them. */
import { REMOTE_OUTAGE_MS } from '../../base/limits.ts';
import type { ConnectionState, RemoteConnection } from '../../remote/connection.ts';

export interface OutageEvents {
  began(): void;
  ended(): void;
}

export class Outage implements Disposable {
  isOn = false;
  readonly #events: OutageEvents;
  readonly #listening: Disposable;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: RemoteConnection, events: OutageEvents) {
    this.#events = events;
    this.#listening = connection.listen({ stateChanged: (state) => this.#changed(state) });
    this.#changed(connection.state);
  }

  #changed(state: ConnectionState): void {
    clearTimeout(this.#timer);
    if (state === 'reconnecting') this.#timer = setTimeout(() => this.#begin(), REMOTE_OUTAGE_MS);
    else if (this.isOn) {
      this.isOn = false;
      if (state === 'connected') this.#events.ended();
    }
  }

  #begin(): void {
    this.isOn = true;
    this.#events.began();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listening[Symbol.dispose]();
  }
}
