import { type OptionSpec, parseOptions, type Parsed } from '../../userland/program/options.ts';

const SPECS = {
  append: { short: 'a', long: 'append' },
  cert: { long: 'cacert', value: 'required' },
  basic: { long: 'basic' },
  compressed: { long: 'compressed' },
  connectTimeout: { long: 'connect-timeout', value: 'required' },
  cookie: { short: 'b', long: 'cookie', value: 'required' },
  cookieJar: { short: 'c', long: 'cookie-jar', value: 'required' },
  createDirs: { long: 'create-dirs' },
  data: { short: 'd', long: 'data', value: 'required' },
  dataAscii: { long: 'data-ascii', value: 'required' },
  dataBinary: { long: 'data-binary', value: 'required' },
  dataRaw: { long: 'data-raw', value: 'required' },
  dataUrlencode: { long: 'data-urlencode', value: 'required' },
  dumpHeader: { short: 'D', long: 'dump-header', value: 'required' },
  fail: { short: 'f', long: 'fail' },
  failWithBody: { long: 'fail-with-body' },
  form: { short: 'F', long: 'form', value: 'required' },
  formString: { long: 'form-string', value: 'required' },
  get: { short: 'G', long: 'get' },
  globOff: { short: 'g', long: 'globoff' },
  head: { short: 'I', long: 'head' },
  header: { short: 'H', long: 'header', value: 'required' },
  help: { short: 'h', long: 'help', value: 'optional' },
  include: { short: 'i', long: 'include' },
  insecure: { short: 'k', long: 'insecure' },
  ipv4: { short: '4', long: 'ipv4' },
  ipv6: { short: '6', long: 'ipv6' },
  http10: { short: '0', long: 'http1.0' },
  http11: { long: 'http1.1' },
  http2: { long: 'http2' },
  json: { long: 'json', value: 'required' },
  location: { short: 'L', long: 'location' },
  locationTrusted: { long: 'location-trusted' },
  maxFilesize: { long: 'max-filesize', value: 'required' },
  maxRedirs: { long: 'max-redirs', value: 'required' },
  maxTime: { short: 'm', long: 'max-time', value: 'required' },
  noBuffer: { short: 'N', long: 'no-buffer' },
  noKeepalive: { long: 'no-keepalive' },
  noProgressMeter: { long: 'no-progress-meter' },
  oauth2: { long: 'oauth2-bearer', value: 'required' },
  output: { short: 'o', long: 'output', value: 'required' },
  outputDir: { long: 'output-dir', value: 'required' },
  post301: { long: 'post301' },
  post302: { long: 'post302' },
  post303: { long: 'post303' },
  progressBar: { short: '#', long: 'progress-bar' },
  quiet: { short: 'q', long: 'disable' },
  range: { short: 'r', long: 'range', value: 'required' },
  referer: { short: 'e', long: 'referer', value: 'required' },
  remoteHeaderName: { short: 'J', long: 'remote-header-name' },
  remoteName: { short: 'O', long: 'remote-name' },
  remoteNameAll: { long: 'remote-name-all' },
  request: { short: 'X', long: 'request', value: 'required' },
  continueAt: { short: 'C', long: 'continue-at', value: 'required' },
  retry: { long: 'retry', value: 'required' },
  retryAll: { long: 'retry-all-errors' },
  retryConnrefused: { long: 'retry-connrefused' },
  retryDelay: { long: 'retry-delay', value: 'required' },
  retryMaxTime: { long: 'retry-max-time', value: 'required' },
  showError: { short: 'S', long: 'show-error' },
  silent: { short: 's', long: 'silent' },
  tlsv12: { long: 'tlsv1.2' },
  tlsv13: { long: 'tlsv1.3' },
  unixSocket: { long: 'unix-socket', value: 'required' },
  upload: { short: 'T', long: 'upload-file', value: 'required' },
  url: { long: 'url', value: 'required' },
  user: { short: 'u', long: 'user', value: 'required' },
  userAgent: { short: 'A', long: 'user-agent', value: 'required' },
  verbose: { short: 'v', long: 'verbose' },
  version: { short: 'V', long: 'version' },
  writeOut: { short: 'w', long: 'write-out', value: 'required' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof SPECS;
export type Options = Parsed<OptionName>;

export const parseArguments = (args: readonly string[]): Options => parseOptions<OptionName>(args, SPECS);

/** The values of an option that may stand more than once. */
export const valuesOf = (options: Options, ...names: readonly OptionName[]): string[] =>
  options.occurrences.flatMap(({ name, value }) =>
    names.includes(name) && value !== undefined ? [value] : [],
  );

export const HELP = `Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data (@file; --data-raw, --data-binary, --data-urlencode)
     --json <data>          HTTP POST JSON
 -F, --form <name=content>  Multipart MIME data (name=@file;type=…)
 -T, --upload-file <file>   PUT a file ('-' for standard input)
 -G, --get                  Put the data in the URL and use GET
 -X, --request <method>     Request method
 -H, --header <header/@file>  Pass a header; 'Name:' removes one
 -u, --user <user:password> Server user and password (--oauth2-bearer <token>)
 -A, --user-agent <name>    -e, --referer <URL>
 -b, --cookie <data|file>   -c, --cookie-jar <file>
 -L, --location             Follow redirects (--max-redirs <num>)
 -I, --head                 Show the headers only
 -i, --include              Include the headers in the output
 -D, --dump-header <file>   Write the headers to a file
 -o, --output <file>        Write to a file instead of stdout (--create-dirs, --output-dir)
 -O, --remote-name          Write to a file named as the remote one (-J: as the server names it)
 -C, --continue-at <offset> Resume; '-' looks at the file    -r, --range <range>
 -f, --fail                 Fail with no output on HTTP errors (--fail-with-body)
 -s, --silent               Silent mode                      -S, --show-error
 -v, --verbose              Show what is sent and received
 -w, --write-out <format>   Output after completion: %{http_code} %{size_download} %{time_total} …
 -k, --insecure             Do not verify certificates
 -m, --max-time <seconds>   --connect-timeout <seconds>
     --retry <num>          --retry-delay <seconds>, --retry-all-errors, --retry-connrefused
     --compressed           Ask for a compressed answer
 -#, --progress-bar         Display progress as a bar
     --unix-socket <path>   Connect through this Unix domain socket
Hosts outside are reached by the browser's fetch: without CORS headers they need the page's proxy.
`;
