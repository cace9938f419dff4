/** PING and SETTINGS that wait for their acknowledgement: asynchronous resources of their own. */
import { toBuffer } from '../../node-buffer.ts';
import type { AsyncWrapInstance } from '../../context.ts';
import type { SessionLink } from './session-link.ts';

/** What each takes of the session's memory. */
export const REQUEST_BYTES = 100;

export class PingRequest {
  readonly #wrap: AsyncWrapInstance;
  readonly #callback: unknown;
  readonly #session: SessionLink;
  readonly #startedAt: number;

  constructor(session: SessionLink, wrap: AsyncWrapInstance, callback: unknown) {
    this.#session = session;
    this.#wrap = wrap;
    this.#callback = callback;
    this.#startedAt = session.shared.now();
  }
  /** The time, when the program gave nothing else to send. */
  get defaultPayload(): Uint8Array {
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setFloat64(0, this.#startedAt);
    return payload;
  }
  done(acknowledged: boolean, payload?: Uint8Array<ArrayBuffer>): void {
    const session = this.#session;
    const ms = session.shared.now() - this.#startedAt;
    session.figures.pingMs = ms;
    if (acknowledged) session.memory -= REQUEST_BYTES;
    const echoed = payload === undefined ? undefined : toBuffer(payload);
    session.socket.call(this.#wrap, this.#callback, acknowledged, ms, echoed);
    session.shared.destroy(this.#wrap);
  }
}

export class SettingsRequest {
  readonly #wrap: AsyncWrapInstance;
  readonly #callback: unknown;
  readonly #session: SessionLink;
  readonly #startedAt: number;

  constructor(session: SessionLink, wrap: AsyncWrapInstance, callback: unknown) {
    this.#session = session;
    this.#wrap = wrap;
    this.#callback = callback;
    this.#startedAt = session.shared.now();
  }
  done(acknowledged: boolean): void {
    const session = this.#session;
    if (acknowledged) session.memory -= REQUEST_BYTES;
    session.socket.call(this.#wrap, this.#callback, acknowledged, session.shared.now() - this.#startedAt);
    session.shared.destroy(this.#wrap);
  }
}
