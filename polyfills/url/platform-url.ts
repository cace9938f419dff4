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
