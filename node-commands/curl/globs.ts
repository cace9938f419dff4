import { CurlFailure, CurlStatus } from './failure.ts';

export interface Globbed {
  readonly url: string;
  /** What stood for each group, for `#1` in the name of the output. */
  readonly groups: readonly string[];
}

const RANGE = /^(?:(\d+)-(\d+)|([a-z])-([a-z])|([A-Z])-([A-Z]))(?::(\d+))?$/;
const MATCHES_MAX = 100_000;

/** `{a,b}` and `[1-10:2]` of URLs. */
export function globbed(url: string): Globbed[] {
  const mark = /\{([^}]*)\}|\[([^\]]*)\]/.exec(url);
  // An IPv6 address stands in brackets too.
  if (mark === null || (mark[2] !== undefined && !RANGE.test(mark[2]))) return [{ url, groups: [] }];
  const choices = mark[1] !== undefined ? mark[1].split(',') : range(mark[2] ?? '');
  const rests = globbed(url.slice(mark.index + mark[0].length));
  if (choices.length * rests.length > MATCHES_MAX)
    throw new CurlFailure(CurlStatus.url, 'range overflow in URL');
  return choices.flatMap((choice) =>
    rests.map((rest) => ({
      url: url.slice(0, mark.index) + choice + rest.url,
      groups: [choice, ...rest.groups],
    })),
  );
}

function range(text: string): string[] {
  const match = RANGE.exec(text);
  if (match === null) throw new CurlFailure(CurlStatus.url, `bad range in URL: ${text}`);
  const [from = '', to = ''] = match.slice(1, 7).filter((part) => part !== undefined);
  const step = Number(match[7] ?? 1) || 1;
  const isNumber = /^\d/.test(from);
  const [first, last] = isNumber ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
  const width = from.startsWith('0') ? from.length : 0;
  const values: string[] = [];
  for (let value = first; value <= last && values.length <= MATCHES_MAX; value += step)
    values.push(isNumber ? String(value).padStart(width, '0') : String.fromCharCode(value));
  return values;
}
