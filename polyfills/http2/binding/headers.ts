/** Header fields as the library gives them: one text, `name\0value\0flags` for each, and their count (node_http_common-inl.h). */
import type { SentField } from '../hpack/encoder.ts';

/** NGHTTP2_NV_FLAG_NO_INDEX */
const SENSITIVE = 1;
/** What a text that has more fields than it says becomes: the peer refuses it. */
const INVALID: readonly SentField[] = [{ name: '\0', value: '\0', sensitive: false }];

export function parseHeaders(headers: readonly unknown[]): readonly SentField[] {
  const text = headers[0] as string;
  const count = headers[1] as number;
  const fields: SentField[] = [];
  for (let at = 0; at < text.length;) {
    if (fields.length >= count) return INVALID;
    const nameEnd = text.indexOf('\0', at);
    const valueEnd = text.indexOf('\0', nameEnd + 1);
    fields.push({
      name: text.slice(at, nameEnd).toLowerCase(),
      value: text.slice(nameEnd + 1, valueEnd),
      sensitive: (text.charCodeAt(valueEnd + 1) & SENSITIVE) !== 0,
    });
    at = valueEnd + 2;
  }
  return fields;
}

/** Texts each followed by a zero, and their count. */
export function parseOrigins(text: string, count: number): readonly string[] {
  const origins = text.split('\0');
  origins.pop();
  return origins.length > count ? ['\0'] : origins;
}
