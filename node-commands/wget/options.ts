import { type OptionSpec, parseOptions, type Parsed } from '../../userland/program/options.ts';

const SPECS = {
  bodyData: { long: 'body-data', value: 'required' },
  bodyFile: { long: 'body-file', value: 'required' },
  compression: { long: 'compression', value: 'required' },
  continue: { short: 'c', long: 'continue' },
  contentDisposition: { long: 'content-disposition' },
  contentOnError: { long: 'content-on-error' },
  cutDirs: { long: 'cut-dirs', value: 'required' },
  debug: { short: 'd', long: 'debug' },
  forceDirectories: { short: 'x', long: 'force-directories' },
  header: { long: 'header', value: 'required' },
  help: { short: 'h', long: 'help' },
  inputFile: { short: 'i', long: 'input-file', value: 'required' },
  ipv4: { short: '4', long: 'inet4-only' },
  ipv6: { short: '6', long: 'inet6-only' },
  log: { short: 'o', long: 'output-file', value: 'required' },
  maxRedirect: { long: 'max-redirect', value: 'required' },
  method: { long: 'method', value: 'required' },
  noCheckCertificate: { long: 'no-check-certificate' },
  noClobber: { long: 'no-clobber' },
  noDirectories: { long: 'no-directories' },
  noVerbose: { long: 'no-verbose' },
  output: { short: 'O', long: 'output-document', value: 'required' },
  password: { long: 'password', value: 'required' },
  postData: { long: 'post-data', value: 'required' },
  postFile: { long: 'post-file', value: 'required' },
  prefix: { short: 'P', long: 'directory-prefix', value: 'required' },
  progress: { long: 'progress', value: 'required' },
  quiet: { short: 'q', long: 'quiet' },
  referer: { long: 'referer', value: 'required' },
  serverResponse: { short: 'S', long: 'server-response' },
  showProgress: { long: 'show-progress' },
  spider: { long: 'spider' },
  timeout: { short: 'T', long: 'timeout', value: 'required' },
  tries: { short: 't', long: 'tries', value: 'required' },
  user: { long: 'user', value: 'required' },
  userAgent: { short: 'U', long: 'user-agent', value: 'required' },
  verbose: { short: 'v', long: 'verbose' },
  version: { short: 'V', long: 'version' },
  wait: { short: 'w', long: 'wait', value: 'required' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof SPECS;
export type Options = Parsed<OptionName>;

/** Of two letters in one dash, which no other option has. */
const SPELLED: Readonly<Record<string, string>> = {
  '-nv': '--no-verbose',
  '-nc': '--no-clobber',
  '-nd': '--no-directories',
};

export const parseArguments = (args: readonly string[]): Options =>
  parseOptions<OptionName>(
    args.map((arg) => SPELLED[arg] ?? arg),
    SPECS,
  );

export const HELP = `GNU Wget's options for single files, over Node's http and https.
Usage: wget [OPTION]... [URL]...

  -O,  --output-document=FILE      write documents to FILE ('-': standard output)
  -P,  --directory-prefix=PREFIX   save files to PREFIX/..
  -c,  --continue                  resume getting a partially-downloaded file
  -nc, --no-clobber                skip downloads that would overwrite files
  -x,  --force-directories         create directories as the URL has them
  -i,  --input-file=FILE           download URLs found in FILE ('-': standard input)
  -q,  --quiet                     no output       -nv, --no-verbose
  -o,  --output-file=FILE          log messages to FILE
       --show-progress             the bar even when quiet
  -S,  --server-response           print server response
       --spider                    don't download anything
  -t,  --tries=NUMBER              number of retries (0 unlimits)
  -T,  --timeout=SECONDS           for connecting and reading
  -w,  --wait=SECONDS              wait between retrievals
       --header=STRING             -U, --user-agent=AGENT    --referer=URL
       --user=USER                 --password=PASS
       --post-data=STRING          --post-file=FILE
       --method=METHOD             --body-data=STRING  --body-file=FILE
       --max-redirect=NUMBER       --no-check-certificate
       --content-disposition       --content-on-error
       --compression=auto|gzip|none
Recursive retrieval (-r, -m, -p, -k) is not there.
Hosts outside are reached by the browser's fetch: without CORS headers they need the page's proxy.
`;
