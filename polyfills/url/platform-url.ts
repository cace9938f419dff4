import { uncurry } from '../text/captured.ts';

/**
 * The host's own URL parser, captured before Node's `URL` takes its place. WHATWG like Node's, and the holder of the
 * IDNA tables that would be too big to ship.
 */
const PlatformUrl = URL;
export type ParsedUrl = URL;

type Part =
  | 'href'
  | 'protocol'
  | 'username'
  | 'password'
  | 'host'
  | 'hostname'
  | 'port'
  | 'pathname'
  | 'search'
  | 'hash';

type Getter = (url: ParsedUrl) => string;
type Setter = (url: ParsedUrl, value: string) => void;

function accessors(name: string): PropertyDescriptor {
  const descriptor = Object.getOwnPropertyDescriptor(PlatformUrl.prototype, name);
  if (descriptor?.get === undefined) throw new TypeError(`URL has no ${name}`);
  return descriptor;
}
const getter = (name: string): Getter => uncurry(accessors(name).get);
const setter = (name: string): Setter => uncurry(accessors(name).set);

export const hrefOf = getter('href');
export const hostnameOf = getter('hostname');
export const originOf = getter('origin');
export const pathnameOf = getter('pathname');

export const setPart: Readonly<Record<Part, Setter>> = {
  href: setter('href'),
  protocol: setter('protocol'),
  username: setter('username'),
  password: setter('password'),
  host: setter('host'),
  hostname: setter('hostname'),
  port: setter('port'),
  pathname: setter('pathname'),
  search: setter('search'),
  hash: setter('hash'),
};

/** undefined when the input is no valid URL. */
export function parseUrl(input: string, base?: string): ParsedUrl | undefined {
  try {
    return base === undefined ? new PlatformUrl(input) : new PlatformUrl(input, base);
  } catch {
    return undefined;
  }
}

/** Schemes whose hosts are domains; in a domain a percent sign is forbidden. */
const SPECIAL_WITH_ESCAPED_HOST = /^((?:https?|wss?|ftp):\/\/(?:[^/?#]*@)?)([^/?#@]*%[^/?#@]*)(?![^/?#])/;
const ESCAPE = /%([0-9a-f]{2})/gi;
const FORBIDDEN_IN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

/**
 * Chromium escapes in a domain what the standard keeps (`*`) or refuses (a space). The href as the standard has it;
 * undefined when it is no valid URL.
 */
export function standardHref(href: string): string | undefined {
  const match = href.includes('%') ? SPECIAL_WITH_ESCAPED_HOST.exec(href) : null;
  if (match === null) return href;
  const [whole, before = '', host = ''] = match;
  const decoded = host.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const domain = decoded.replace(/:\d+$/, '');
  return FORBIDDEN_IN_DOMAIN.test(domain) ? undefined : before + decoded + href.slice(whole.length);
}
