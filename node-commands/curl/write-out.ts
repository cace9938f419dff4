import type { IncomingHttpHeaders } from 'node:http';

/** What a transfer was, for `-w`. */
export interface Facts {
  url: string;
  effectiveUrl: string;
  method: string;
  status: number;
  httpVersion: string;
  contentType: string | undefined;
  headers: IncomingHttpHeaders;
  sizeDownload: number;
  sizeUpload: number;
  sizeHeader: number;
  sizeRequest: number;
  redirects: number;
  redirectUrl: string;
  filename: string;
  remoteAddress: string;
  remotePort: number;
  connects: number;
  exitCode: number;
  errorMessage: string;
  /** Seconds since the start. */
  timeConnect: number;
  timeStart: number;
  timeTotal: number;
  timeRedirect: number;
}

const seconds = (value: number): string => value.toFixed(6);

const VARIABLES: Readonly<Record<string, (facts: Facts) => string | number>> = {
  content_type: ({ contentType }) => contentType ?? '',
  errormsg: ({ errorMessage }) => errorMessage,
  exitcode: ({ exitCode }) => exitCode,
  filename_effective: ({ filename }) => filename,
  http_code: ({ status }) => String(status).padStart(3, '0'),
  http_connect: () => '000',
  http_version: ({ httpVersion }) => (httpVersion === '' ? '0' : httpVersion.replace(/^2\.0$/, '2')),
  method: ({ method }) => method,
  num_connects: ({ connects }) => connects,
  num_headers: ({ headers }) => Object.keys(headers).length,
  num_redirects: ({ redirects }) => redirects,
  redirect_url: ({ redirectUrl }) => redirectUrl,
  referer: () => '',
  remote_ip: ({ remoteAddress }) => remoteAddress,
  remote_port: ({ remotePort }) => remotePort,
  response_code: ({ status }) => String(status).padStart(3, '0'),
  scheme: ({ effectiveUrl }) => (effectiveUrl.split(':')[0] ?? '').toUpperCase(),
  size_download: ({ sizeDownload }) => sizeDownload,
  size_header: ({ sizeHeader }) => sizeHeader,
  size_request: ({ sizeRequest }) => sizeRequest,
  size_upload: ({ sizeUpload }) => sizeUpload,
  speed_download: ({ sizeDownload, timeTotal }) => Math.round(sizeDownload / Math.max(timeTotal, 1e-6)),
  speed_upload: ({ sizeUpload, timeTotal }) => Math.round(sizeUpload / Math.max(timeTotal, 1e-6)),
  ssl_verify_result: () => 0,
  time_appconnect: ({ effectiveUrl, timeConnect }) =>
    seconds(effectiveUrl.startsWith('https:') ? timeConnect : 0),
  time_connect: ({ timeConnect }) => seconds(timeConnect),
  time_namelookup: ({ timeConnect }) => seconds(timeConnect),
  time_pretransfer: ({ timeConnect }) => seconds(timeConnect),
  time_redirect: ({ timeRedirect }) => seconds(timeRedirect),
  time_starttransfer: ({ timeStart }) => seconds(timeStart),
  time_total: ({ timeTotal }) => seconds(timeTotal),
  url: ({ url }) => url,
  url_effective: ({ effectiveUrl }) => effectiveUrl,
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const PATTERN = /%%|%\{([^}]*)\}|%header\{([^}]*)\}|\\([nrt])/g;

/** What goes to standard output and to standard error. */
export function writtenOut(format: string, facts: Facts): { stdout: string; stderr: string } {
  const text = { stdout: '', stderr: '' };
  let target: 'stdout' | 'stderr' = 'stdout';
  let last = 0;
  for (const match of format.matchAll(PATTERN)) {
    text[target] += format.slice(last, match.index);
    last = match.index + match[0].length;
    const [whole, variable, header, escape] = match;
    if (whole === '%%') text[target] += '%';
    else if (escape !== undefined) text[target] += ESCAPES[escape] ?? '';
    else if (header !== undefined) text[target] += String(facts.headers[header.toLowerCase()] ?? '');
    else if (variable === 'stdout' || variable === 'stderr') target = variable;
    else if (variable === 'onerror') {
      if (facts.exitCode === 0) return text;
    } else text[target] += variableOf(variable ?? '', facts);
  }
  text[target] += format.slice(last);
  return text;
}

function variableOf(name: string, facts: Facts): string {
  if (name === 'json')
    return JSON.stringify(
      Object.fromEntries(Object.entries(VARIABLES).map(([key, value]) => [key, value(facts)])),
    );
  if (name === 'header_json')
    return JSON.stringify(
      Object.fromEntries(Object.entries(facts.headers).map(([key, value]) => [key, [value].flat()])),
    );
  const value = VARIABLES[name];
  if (value !== undefined) return String(value(facts));
  process.stderr.write(`curl: unknown --write-out variable: '${name}'\n`);
  return '';
}
