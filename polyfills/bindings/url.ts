import type { NodeContext } from '../context.ts';
import { COMPONENTS_LENGTH, locateComponents } from '../url/components.ts';
import { fileUrlText, plainFileHref } from '../url/file-url.ts';
import { domainToUnicode, hostToAscii } from '../url/idna.ts';
import { hostnameOf, hrefOf, originOf, parseUrl, setPart, standardHref } from '../url/platform-url.ts';
import { isRefusedBase, isRefusedHost } from '../url/strict-host.ts';

/** Index = `url_update_action` of lib/internal/url.js. */
const ACTIONS = [
  'protocol',
  'host',
  'hostname',
  'port',
  'username',
  'password',
  'pathname',
  'search',
  'hash',
  'href',
] as const;

/** `internalBinding('url')`: the parser behind Node's URL class (src/node_url.cc, ada). */
export function createUrl(context: NodeContext): object {
  const urlComponents = new Uint32Array(COMPONENTS_LENGTH);
  const finish = (href: string): string => {
    locateComponents(href, urlComponents);
    return href;
  };
  const invalid = (input: string, base?: string): Error => {
    const error = context.errors.coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    return Object.assign(error, base === undefined ? { input } : { input, base });
  };
  return {
    urlComponents,
    parse(input: string, base: string | undefined, raise: boolean | undefined): string | undefined {
      const href = standardParse(input, base);
      if (href !== undefined) return finish(href);
      if (raise === true) throw invalid(input, base);
      return undefined;
    },
    canParse: (input: string, base?: string): boolean => standardParse(input, base) !== undefined,
    update(href: string, action: number, value: string): string | false {
      const url = parseUrl(href);
      const part = ACTIONS[action];
      if (url === undefined || part === undefined) return false;
      try {
        setPart[part](url, value);
      } catch {
        return false; // only href refuses
      }
      return finish(hrefOf(url));
    },
    pathToFileURL(path: string, windows: boolean, hostname?: string): string {
      const plain = windows ? undefined : plainFileHref(path);
      if (plain !== undefined) return finish(plain);
      const url = parseUrl(fileUrlText(path, windows));
      if (url === undefined) throw invalid(path);
      if (windows && hostname !== undefined) setPart.hostname(url, hostname);
      return finish(hrefOf(url));
    },
    getOrigin(href: string): string {
      const url = parseUrl(href);
      if (url === undefined) throw invalid(href);
      // Chromium gives files an origin; the standard leaves it to the implementation, and Node's is opaque.
      const origin = originOf(url);
      return origin === 'file://' ? 'null' : origin;
    },
    format,
    domainToASCII: hostToAscii,
    domainToUnicode: (domain: string): string => domainToUnicode(hostToAscii(domain)),
  };
}

/** The serialized URL, undefined when there is none: the browser's, but for where it departs from the standard. */
function standardParse(input: string, base: string | undefined): string | undefined {
  const url = parseUrl(input, base);
  if (url === undefined || isRefusedHost(input)) return undefined;
  if (base !== undefined && isRefusedBase(base)) return undefined;
  return standardHref(hrefOf(url));
}

/** url.format(URL, options): the href without the parts that are not wanted, its host in Unicode when asked. */
function format(href: string, hash: boolean, unicode: boolean, search: boolean, auth: boolean): string {
  const url = parseUrl(href);
  if (url === undefined) return href;
  if (!hash) setPart.hash(url, '');
  if (!search) setPart.search(url, '');
  if (!auth) {
    setPart.username(url, '');
    setPart.password(url, '');
  }
  const text = hrefOf(url);
  if (!unicode) return text;
  const host = hostnameOf(url);
  const unicodeHost = domainToUnicode(host);
  if (host === unicodeHost) return text;
  const components = new Uint32Array(COMPONENTS_LENGTH);
  locateComponents(text, components);
  const end = components[3] as number;
  return text.slice(0, end - host.length) + unicodeHost + text.slice(end);
}
