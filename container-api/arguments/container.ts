/** Arguments of OpenAgentsContainer and of what it hands out. */
import * as v from 'valibot';
import { DESCRIPTORS_MAX } from '../../src/base/limits.ts';
import { above, callback, flag, name, oneOf, options, text, whole, words } from './check.ts';

/** As many as a 32-bit number counts. */
const COUNT_MAX = 0x7fff_ffff;
const PORT_MAX = 65_535;
/** As a terminal's size is kept: two numbers of 16 bits. */
const CELLS_MAX = 65_535;

const NUL_FREE = 'a string without NUL bytes';
export const plain = v.pipe(
  v.string(NUL_FREE),
  v.check((value) => !value.includes('\0'), NUL_FREE),
);
export { callback, name, text } from './check.ts';
export const chunk = v.union([text, v.instance(Uint8Array)], 'a string or a Uint8Array');
const address = v.union([text, v.instance(URL)], 'an address: a string or a URL');
const hosts = v.union([flag, words], 'true, false or an array of names');

const bounds = {
  cpuMs: above(0, 'a number above 0'),
  wallMs: above(0, 'a number above 0'),
  outputBytes: above(0, 'a number above 0'),
};
const granted = v.array(v.pipe(plain, v.minLength(1, 'a path')), 'an array of paths');
/** Names that there are not are told by processOf, with the reason. */
const capabilities = v.looseObject(
  {
    network: v.optional(options({ fetch: hosts, tcp: hosts, websocket: hosts, listen: flag })),
    process: v.optional(options({ spawn: hosts, env: words })),
    filesystem: v.optional(options({ read: granted, write: granted })),
  },
  "'sandbox', 'trusted' or an object",
);
const presets = oneOf('sandbox', 'trusted');

export const remoteSettings = v.strictObject(
  {
    url: name,
    token: v.optional(text),
    offload: v.optional(oneOf('auto', 'ask', 'never')),
    folder: v.optional(text),
    excludes: v.optional(words),
  },
  'an object with url',
);

export const boot = options({
  persist: v.union([v.literal(false), name], 'a name, or false'),
  storeBusy: oneOf('refuse', 'wait', 'read-only'),
  snapshot: v.union(
    [v.instance(Uint8Array), v.instance(Blob), v.instance(URL)],
    'a Uint8Array, a Blob or a URL',
  ),
  onProgress: callback,
  workdirName: v.pipe(
    v.string('a file name'),
    v.check((value) => /^[^/\0]+$/.test(value) && value !== '.' && value !== '..', 'a file name'),
  ),
  coep: oneOf('require-corp', 'credentialless', 'none'),
  forwardPreviewErrors: oneOf(true, false, 'exceptions-only'),
  capabilities: v.lazy((value) => (typeof value === 'string' ? presets : capabilities)),
  registry: v.union(
    [
      v.pipe(
        v.string(),
        v.check((value) => URL.canParse(value)),
      ),
      v.strictObject({ from: address }),
    ],
    'an absolute address, or { from }',
  ),
  corsProxy: text,
  nameServer: text,
  previewHost: v.pipe(
    name,
    v.check((value) => URL.canParse(`https://${value}/`) && !value.includes('/'), 'a host, without scheme'),
  ),
  remote: remoteSettings,
  limits: options({
    processes: whole(1, COUNT_MAX),
    fileHandles: whole(1, DESCRIPTORS_MAX),
    storage: above(0, 'a number of bytes above 0'),
    ...bounds,
  }),
  assets: address,
});

const variable = v.union([text, v.number(), flag, v.undefined()], 'a string, a number, true or false');
const environment = v.pipe(
  v.record(text, variable, 'an object of variables'),
  v.check(
    (variables) =>
      Object.entries(variables).every(
        ([key, value]) => key !== '' && !/[=\0]/.test(key) && !String(value).includes('\0'),
      ),
    'an object of variables whose names have no "=" and whose values no NUL bytes',
  ),
);
export const size = v.strictObject(
  { cols: whole(1, CELLS_MAX), rows: whole(1, CELLS_MAX) },
  'an object with cols and rows',
);
const ofProcess = {
  cwd: plain,
  env: environment,
  signal: v.instance(AbortSignal, 'an AbortSignal'),
  limits: options(bounds),
  capabilities,
};

export const command = v.pipe(plain, v.minLength(1, 'a command'));
export const list = v.array(plain, 'an array of strings');
export const spawn = options({
  ...ofProcess,
  output: flag,
  terminal: size,
  stdio: oneOf('pty', 'pipe'),
  runtime: oneOf('browser', 'remote', 'auto'),
  encoding: oneOf('utf8', 'bytes'),
});
export const exec = options({
  ...ofProcess,
  runtime: oneOf('browser', 'remote', 'auto'),
  input: v.union([text, v.instance(Uint8Array)], 'a string or a Uint8Array'),
  timeoutMs: above(0, 'a number of milliseconds above 0'),
});
export const terminal = options({ command, args: list, cwd: plain, env: environment, capabilities });
export const xterm = v.looseObject(
  {
    cols: v.number('a number'),
    rows: v.number('a number'),
    write: callback,
    onData: callback,
    onResize: callback,
  },
  'a Terminal of xterm.js',
);

export const mount = options({ mountPoint: plain, onProgress: callback });
export const exportTree = options({ format: text, includes: words, excludes: words, onProgress: callback });
export const snapshot = options({ onProgress: callback });
export const port = whole(1, PORT_MAX);
export const signal = v.union([v.string(), v.number()], 'the name or the number of a signal');
export const previewScript = options({ type: oneOf('module', 'importmap'), async: flag, defer: flag });
const events = [
  'process',
  'offload',
  'terminal',
  'xdg-open',
  'code',
  'limit',
  'error',
  'port',
  'server-ready',
  'preview-message',
];
export const event = oneOf(...events);
export const remoteEvent = oneOf('state', 'question', 'sync', 'port', 'transfer');
export const pid = whole(1, COUNT_MAX);
export const offload = oneOf('auto', 'ask', 'never');
export const direction = oneOf('both', 'push', 'pull');
export const transfer = options({ path: text, excludes: words });
export const actions = options({ edit: callback, pickFiles: callback, save: callback });
export const assets = options({ assets: address });
