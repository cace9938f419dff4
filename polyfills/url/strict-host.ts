import { hrefOf, parseUrl, standardHref } from './platform-url.ts';

/**
 * Hosts that Chromium's parser takes though the standard's host parser refuses them: escapes that decode to brackets, in
 * brackets, and full-width forms that become a percent sign (the browser decodes what they then spell).
 */
const UNUSUAL = /[%\u0080-\uffff]/;
const AUTHORITY = /^[\0-\x20]*(?:(?:https?|wss?|ftp):[/\\]*|[/\\]{2,})(?:[^/\\?#]*@)?(\[?)([^/\\?#]*)/i;
const ESCAPES = /(?:%[0-9a-f]{2})+/gi;
const FORBIDDEN_IN_DOMAIN = /[\0-\x20#%/<>?@[\\\]^|\x7f]/;
const IGNORED = /[\t\n\r]/g;

/** Whether the host that `input` names is refused by the standard. False says nothing of any other part. */
export function isRefusedHost(input: string): boolean {
  if (!UNUSUAL.test(input)) return false;
  const [, bracket, host = ''] = AUTHORITY.exec(input.replace(IGNORED, '')) ?? [];
  if (bracket === undefined || !UNUSUAL.test(host)) return false;
  return bracket === '[' || FORBIDDEN_IN_DOMAIN.test(decoded(host).normalize('NFKC'));
}

/** Whether a base that the browser takes is none by the standard. */
export function isRefusedBase(base: string): boolean {
  if (!/[^!-$&-~]/.test(base)) return false;
  if (isRefusedHost(base)) return true;
  const url = parseUrl(base);
  return url === undefined || standardHref(hrefOf(url)) === undefined;
}

/** Escapes that are no UTF-8 stay: the browser refuses them itself. */
function decoded(host: string): string {
  return host.replace(ESCAPES, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return '';
    }
  });
}
