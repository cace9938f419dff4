/** Paths that are good once and for a minute: for a WebSocket whose client cannot send a token. */
import { randomBytes } from 'node:crypto';

const TICKET_MS = 60_000;
const TICKETS_MAX = 1_024;
const TICKET_BYTES = 24;

export class Tickets {
  readonly #prefix: string;
  readonly #expiry = new Map<string, number>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Ends with a slash, as Wisp clients require of an address. */
  issue(): string {
    const now = Date.now();
    for (const [path, expiry] of this.#expiry) {
      if (expiry < now || this.#expiry.size >= TICKETS_MAX) this.#expiry.delete(path);
    }
    const path = `${this.#prefix}${randomBytes(TICKET_BYTES).toString('base64url')}/`;
    this.#expiry.set(path, now + TICKET_MS);
    return path;
  }

  redeem(path: string): boolean {
    const expiry = this.#expiry.get(path);
    this.#expiry.delete(path);
    return expiry !== undefined && expiry >= Date.now();
  }
}
