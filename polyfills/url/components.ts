import { charCodeAt, stringIndexOf, stringSlice } from '../text/captured.ts';

/** ada::scheme::type */
export const SchemeType = { http: 0, notSpecial: 1, https: 2, ws: 3, ftp: 4, wss: 5, file: 6 } as const;

/** "No such part", as uint32_t(-1). */
export const OMITTED = 0xffffffff;

/** Indices of `urlComponents`. */
const PROTOCOL_END = 0;
const USERNAME_END = 1;
const HOST_START = 2;
const HOST_END = 3;
const PORT = 4;
const PATHNAME_START = 5;
const SEARCH_START = 6;
const HASH_START = 7;
const SCHEME_TYPE = 8;
export const COMPONENTS_LENGTH = 9;

const SLASH = 47;
const COLON = 58;
const AT_SIGN = 64;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const QUESTION = 63;
const HASH = 35;
const DOT = 46;

/**
 * Writes where the parts of a serialized URL stand, as Node's URL class expects them:
 * ```
 * https://user:pass@example.com:1234/foo?bar#baz
 *       |     |    |          |     |   |   hash start
 *       |     |    |          |     |   search start
 *       |     |    |          |     pathname start
 *       |     |    |          host end
 *       |     |    host start (the @, when there are credentials)
 *       |     username end
 *       protocol end
 * ```
 */
export function locateComponents(href: string, out: Uint32Array): void {
  const protocolEnd = stringIndexOf(href, ':') + 1;
  out[PROTOCOL_END] = protocolEnd;
  out[SCHEME_TYPE] = schemeType(href, protocolEnd);
  out[PORT] = OMITTED;
  let at = protocolEnd;
  if (charCodeAt(href, at) === SLASH && charCodeAt(href, at + 1) === SLASH) {
    at = locateAuthority(href, at + 2, out);
  } else {
    out[USERNAME_END] = out[HOST_START] = out[HOST_END] = at;
    // A path that begins with two slashes after no host is written behind "/."
    if (charCodeAt(href, at) === SLASH && charCodeAt(href, at + 1) === DOT) {
      if (charCodeAt(href, at + 2) === SLASH && charCodeAt(href, at + 3) === SLASH) at += 2;
    }
  }
  out[PATHNAME_START] = at;
  const hash = stringIndexOf(href, '#', at);
  const search = stringIndexOf(href, '?', at);
  out[HASH_START] = hash < 0 ? OMITTED : hash;
  out[SEARCH_START] = search < 0 || (hash >= 0 && search > hash) ? OMITTED : search;
}

/** From behind the `//` to where the path begins. */
function locateAuthority(href: string, start: number, out: Uint32Array): number {
  let end = start;
  let sign = -1;
  let firstColon = -1;
  let colon = -1;
  let inBrackets = false;
  for (; end < href.length; end++) {
    const code = charCodeAt(href, end);
    if (code === SLASH || code === QUESTION || code === HASH) break;
    if (code === OPEN_BRACKET) inBrackets = true;
    else if (code === CLOSE_BRACKET) inBrackets = false;
    else if (code === AT_SIGN) {
      sign = end;
      firstColon = colon;
      colon = -1;
    } else if (code === COLON && !inBrackets && colon < 0) colon = end;
  }
  if (sign < 0) {
    out[USERNAME_END] = out[HOST_START] = start;
  } else {
    out[USERNAME_END] = firstColon < 0 ? sign : firstColon;
    out[HOST_START] = sign;
  }
  out[HOST_END] = colon < 0 ? end : colon;
  if (colon >= 0) out[PORT] = Number(stringSlice(href, colon + 1, end));
  return end;
}

function schemeType(href: string, protocolEnd: number): number {
  switch (stringSlice(href, 0, protocolEnd)) {
    case 'http:':
      return SchemeType.http;
    case 'https:':
      return SchemeType.https;
    case 'file:':
      return SchemeType.file;
    case 'ws:':
      return SchemeType.ws;
    case 'wss:':
      return SchemeType.wss;
    case 'ftp:':
      return SchemeType.ftp;
    default:
      return SchemeType.notSpecial;
  }
}
