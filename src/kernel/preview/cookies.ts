/**
 * The cookies of one server of the container (RFC 6265bis). They live here and not in the browser, because a service
 * worker's responses cannot set any, and because the browser would mix those of every port and container of a host.
 */
import { COOKIE_MAX_BYTES, COOKIES_PER_SERVER_MAX } from '../../base/limits.ts';

interface Cookie {
  name: string;
  value: string;
  path: string;
  httpOnly: boolean;
  /** ms since the epoch; Infinity for the life of the container. */
  expiresAtMs: number;
  /** Older ones come first among those of equally long paths. */
  created: number;
}

const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
/** The host that the servers see themselves as; a cookie for another one is not taken. */
const HOSTS = ['localhost', '127.0.0.1'];

export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #nowMs: () => number;
  #created = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** One Set-Cookie field, or an assignment to document.cookie (`script`). → true when the jar has changed. */
  set(text: string, requestPath: string, { script = false } = {}): boolean {
    const [pair = '', ...attributes] = text.split(';');
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).trim();
    const value = pair.slice(equals + 1).trim();
    if (CONTROL.test(text) || (name === '' && value === '')) return false;
    if (name.length + value.length > COOKIE_MAX_BYTES) return false;
    const given = attributesOf(attributes);
    const domain = given.get('domain')?.replace(/^\./, '').toLowerCase();
    if (domain !== undefined && domain !== '' && !HOSTS.includes(domain)) return false;
    const httpOnly = given.has('httponly');
    if (script && httpOnly) return false;
    const wanted = given.get('path');
    const path = wanted?.startsWith('/') ? wanted : defaultPath(requestPath);
    const key = `${path}\n${name}`;
    const old = this.#cookies.get(key);
    if (script && old?.httpOnly) return false;
    const expiresAtMs = this.#expiry(given);
    if (expiresAtMs <= this.#nowMs()) return this.#cookies.delete(key);
    const created = old?.created ?? this.#created++;
    this.#cookies.set(key, { name, value, path, httpOnly, expiresAtMs, created });
    this.#makeRoom();
    return true;
  }

  /** The Cookie field for a request, '' when there is none. `script`: what document.cookie shows. */
  header(requestPath: string, { script = false } = {}): string {
    const now = this.#nowMs();
    const path = requestPath.split('?', 1)[0] ?? '/';
    return [...this.#cookies.values()]
      .filter(
        (cookie) => cookie.expiresAtMs > now && !(script && cookie.httpOnly) && covers(cookie.path, path),
      )
      .sort((a, b) => b.path.length - a.path.length || a.created - b.created)
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
      .join('; ');
  }

  /** Max-Age wins over Expires. */
  #expiry(given: Map<string, string>): number {
    const age = given.get('max-age');
    if (age !== undefined && /^-?\d+$/.test(age)) {
      return Number(age) <= 0 ? 0 : this.#nowMs() + Number(age) * 1000;
    }
    const date = Date.parse(given.get('expires') ?? '');
    return Number.isNaN(date) ? Infinity : date;
  }

  #makeRoom(): void {
    while (this.#cookies.size > COOKIES_PER_SERVER_MAX) {
      const [oldest] = this.#cookies.keys();
      if (oldest !== undefined) this.#cookies.delete(oldest);
    }
  }
}

function attributesOf(parts: string[]): Map<string, string> {
  return new Map(
    parts.map((part) => {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      return [name.trim().toLowerCase(), equals < 0 ? '' : part.slice(equals + 1).trim()];
    }),
  );
}

/** RFC 6265, section 5.1.4. */
function defaultPath(requestPath: string): string {
  const path = requestPath.split('?', 1)[0] ?? '/';
  const last = path.lastIndexOf('/');
  return last <= 0 ? '/' : path.slice(0, last);
}

function covers(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}
