// How the library is divided into files: what every start needs, and groups that load when first asked for.
import bootSet from './boot-set.json' with { type: 'json' };

/** First match wins. A chunk is one synchronous request: big and rarely used parts stand alone. */
const GROUPS = [
  ['amaro', /^internal\/deps\/amaro/],
  ['undici', /^internal\/deps\/undici/],
  ['acorn', /^internal\/deps\/acorn/],
  ['minimatch', /^internal\/deps\/minimatch/],
  ['quic', /^(internal\/)?quic/],
  ['http2', /^(internal\/)?http2/],
  ['tools', /v8_prof|debugger|bench_runner|^internal\/main\/(inspect|watch|mksnapshot|prof)|watch_mode/],
  ['test-runner', /test_runner|^test($|\/)|internal\/main\/test_runner/],
  ['crypto', /^(internal\/)?crypto|^internal\/tls|^_?tls/],
  ['sqlite', /^sqlite|^internal\/sqlite|webstorage/],
  [
    'repl',
    /^repl$|^internal\/repl|^internal\/main\/repl|^inspector|^internal\/inspector|^internal\/util\/inspector/,
  ],
  ['webstreams', /webstreams|^stream\/(web|iter)|^internal\/streams\/iter|zlib\/iter/],
  [
    'http',
    /^_?http|^internal\/http|^internal\/deps\/llhttp|^internal\/(js_stream_socket|dgram)|^dgram|^https/,
  ],
  [
    'worker',
    /^internal\/worker|^worker_threads|^cluster|^internal\/cluster|^internal\/main\/worker_thread|^wasi/,
  ],
  ['rest', /^/],
];
/** ES modules of `--prof-process`, which reads logs that a browser's V8 does not write. */
const LEFT_OUT = /^internal\/deps\/v8\/tools\//;

const inBoot = new Set(bootSet);

/** The name of the chunk that holds a builtin; undefined for one that is not shipped. */
export function chunkOf(id) {
  if (LEFT_OUT.test(id)) return undefined;
  if (inBoot.has(id)) return 'boot';
  return GROUPS.find(([, pattern]) => pattern.test(id))[0];
}
