import {
  charCodeAt,
  lowerCase,
  stringIncludes,
  stringStartsWith,
  stringSlice,
  uncurry,
} from '../text/captured.ts';
import { hostnameOf, parseUrl, setPart } from './platform-url.ts';
import { punycodeDecode } from './punycode.ts';

const split = uncurry<string, [string], string[]>(String.prototype.split);

/** The host parser's answer for a special URL: ASCII, lower case; '' when it is no valid host. */
export function hostToAscii(input: string): string {
  if (input === '') return '';
  // A refused host leaves the URL as it was, so a host that comes out as the first one's is asked for once more.
  const host = hostnameAfterSetting('ws://x', input);
  return host !== 'x' || hostnameAfterSetting('ws://y', input) === 'x' ? host : '';
}

function hostnameAfterSetting(url: string, hostname: string): string {
  const parsed = parseUrl(url);
  if (parsed === undefined) return '';
  setPart.hostname(parsed, hostname);
  return hostnameOf(parsed);
}

/** UTS 46 ToASCII of a domain, without the URL host parser's refusal of forbidden characters. */
export function domainToAscii(domain: string): string {
  if (isAsciiText(domain) && !stringIncludes(lowerCase(domain), 'xn--')) return lowerCase(domain);
  return hostToAscii(domain);
}

/** UTS 46 ToUnicode: each `xn--` label that is valid is decoded, the others stay. */
export function domainToUnicode(domain: string): string {
  if (!stringIncludes(domain, 'xn--')) return domain;
  const labels = split(domain, '.');
  let result = '';
  for (let at = 0; at < labels.length; at++) {
    result += (at === 0 ? '' : '.') + labelToUnicode(labels[at] as string);
  }
  return result;
}

function labelToUnicode(label: string): string {
  if (!stringStartsWith(label, 'xn--')) return label;
  const decoded = punycodeDecode(stringSlice(label, 4));
  // Valid only when encoding it again gives the same label.
  return decoded !== undefined && hostToAscii(decoded) === label ? decoded : label;
}

function isAsciiText(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (charCodeAt(text, at) > 127) return false;
  return true;
}
