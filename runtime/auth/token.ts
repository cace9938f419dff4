/** The token: 256 bits, kept only as a hash, so that neither a dump of memory settings nor a log can give it away. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { TOKEN_PROTOCOL_PREFIX } from '../protocol/runtime.ts';

const TOKEN_BYTES = 32;

export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

export class TokenCheck {
  readonly #hash: Buffer;

  constructor(token: string) {
    this.#hash = digest(token);
  }

  /** In constant time; hashing first makes all candidates equally long. */
  accepts(candidate: string | undefined): boolean {
    return timingSafeEqual(digest(candidate ?? ''), this.#hash) && candidate !== undefined;
  }
}

/** What a client offered: as a subprotocol (all that a browser can set), or in the Authorization header. */
export function offeredToken(headers: {
  authorization?: string | undefined;
  'sec-websocket-protocol'?: string | undefined;
}): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const carried = offered.find((name) => name.startsWith(TOKEN_PROTOCOL_PREFIX));
  if (carried !== undefined) return carried.slice(TOKEN_PROTOCOL_PREFIX.length);
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
