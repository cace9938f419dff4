/** PING and SETTINGS that wait for their acknowledgement: asynchronous resources of their own. */
import { toBuffer } from '../../node-buffer.ts';
import type { AsyncWrapInstance } from '../../context.ts';
import type { SessionLink } from './session-link.ts';

/** What each takes of the session's memory. */
export const REQUEST_BYTES = 100;

abstract class Request {
  protected readonly session: SessionLink;
  protected readonly startedAt: number;
  readonly #wrap: AsyncWrapInstance;
  readonly #callback: unknown;

  constructor(session: SessionLink, wrap: AsyncWrapInstance, callback: unknown) {
    this.session = session;
    this.startedAt = session.shared.now();
    this.#wrap = wrap;
    this.#callback = callback;
  }
  /** The callback is told whether, and after how many milliseconds. */
  protected finish(acknowledged: boolean, ms: number, ...more: unknown[]): void {
    const { session } = this;
    if (acknowledged) session.memory -= REQUEST_BYTES;
    session.socket.call(this.#wrap, this.#callback, acknowledged, ms, ...more);
    session.shared.destroy(this.#wrap);
  }
}

export class PingRequest extends Request {
  /** The time, when the program gave nothing else to send. */
  get defaultPayload(): Uint8Array {
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setFloat64(0, this.startedAt);
    return payload;
  }
  done(acknowledged: boolean, payload?: Uint8Array<ArrayBuffer>): void {
    const ms = this.session.shared.now() - this.startedAt;
    this.session.figures.pingMs = ms;
    this.finish(acknowledged, ms, payload === undefined ? undefined : toBuffer(payload));
  }
}

export class SettingsRequest extends Request {
  done(acknowledged: boolean): void {
    this.finish(acknowledged, this.session.shared.now() - this.startedAt);
  }
}
