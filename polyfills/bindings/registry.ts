import type { BindingFactory } from '../context.ts';
import { createBlob } from './blob.ts';
import { createBlockList } from './block_list.ts';
import { createBuffer } from './buffer.ts';
import { createCaresWrap } from './cares_wrap.ts';
import { createCjsLexer } from './cjs_lexer.ts';
import { createContextify } from './contextify.ts';
import { createCrypto } from './crypto.ts';
import { createEncodingBinding } from './encoding_binding.ts';
import { createFs } from './fs.ts';
import { createFsDir } from './fs_dir.ts';
import { createFsEventWrap } from './fs_event_wrap.ts';
import { createHttp2 } from './http2.ts';
import { createHttpParser } from './http_parser.ts';
import { createIcu } from './icu.ts';
import { createInspector, createProfiler } from './inspector.ts';
import { createIpcSerdes } from './ipc_serdes.ts';
import { createJsStream } from './js_stream.ts';
import { createLocks } from './locks.ts';
import { createMessaging } from './messaging.ts';
import { createModules } from './modules.ts';
import { createModuleWrap } from './module_wrap.ts';
import { createPipeWrap } from './pipe_wrap.ts';
import { createProcessWrap } from './process_wrap.ts';
import { createSerdes } from './serdes.ts';
import { createSignalWrap } from './signal_wrap.ts';
import { createSpawnSync } from './spawn_sync.ts';
import { createSqlite } from './sqlite.ts';
import { createStreamPipe } from './stream_pipe.ts';
import { createStreamWrap } from './stream_wrap.ts';
import { createStringDecoder } from './string_decoder.ts';
import { createTcpWrap } from './tcp_wrap.ts';
import { createTlsWrap } from './tls_wrap.ts';
import { createTtyWrap } from './tty_wrap.ts';
import { createUdpWrap } from './udp_wrap.ts';
import { createWasiBinding } from './wasi.ts';
import { createWasmWebApi } from './wasm_web_api.ts';
import { createWebStorage } from './webstorage.ts';
import { createUrl } from './url.ts';
import { createUrlPattern } from './url_pattern.ts';
import { createZlib } from './zlib.ts';
import { createAsyncContextFrame } from './async_context_frame.ts';
import { createConfig } from './config.ts';
import { createCredentials } from './credentials.ts';
import { createErrorsBinding } from './errors.ts';
import { createOptions } from './options.ts';
import { createOs } from './os.ts';
import { createPerformance } from './performance.ts';
import { createProcessMethods } from './process_methods.ts';
import { createReport } from './report.ts';
import {
  createDiagnosticsChannel,
  createInternalOnlyV8,
  createMksnapshot,
  createPermission,
  createSea,
  createTraceEvents,
} from './small.ts';
import { createSymbols } from './symbols.ts';
import { createTaskQueue } from './task_queue.ts';
import { createTimers } from './timers.ts';
import { createTypes } from './types.ts';
import { createUtil } from './util.ts';
import { createUv } from './uv.ts';
import { createV8 } from './v8.ts';

/**
 * `internalBinding(name)` → what makes it. A name that is missing here but known to the pinned node still loads: its
 * data is there, and each of its functions throws when it is called, naming itself.
 */
export const BINDINGS: Readonly<Record<string, BindingFactory>> = {
  blob: createBlob,
  block_list: createBlockList,
  buffer: createBuffer,
  cares_wrap: createCaresWrap,
  cjs_lexer: createCjsLexer,
  contextify: createContextify,
  crypto: createCrypto,
  encoding_binding: createEncodingBinding,
  fs: createFs,
  fs_dir: createFsDir,
  fs_event_wrap: createFsEventWrap,
  http2: createHttp2,
  http_parser: createHttpParser,
  icu: createIcu,
  ipc_serdes: createIpcSerdes,
  js_stream: createJsStream,
  locks: createLocks,
  messaging: createMessaging,
  modules: createModules,
  module_wrap: createModuleWrap,
  pipe_wrap: createPipeWrap,
  process_wrap: createProcessWrap,
  serdes: createSerdes,
  signal_wrap: createSignalWrap,
  spawn_sync: createSpawnSync,
  sqlite: createSqlite,
  stream_pipe: createStreamPipe,
  stream_wrap: createStreamWrap,
  string_decoder: createStringDecoder,
  tcp_wrap: createTcpWrap,
  tls_wrap: createTlsWrap,
  tty_wrap: createTtyWrap,
  udp_wrap: createUdpWrap,
  url: createUrl,
  url_pattern: createUrlPattern,
  zlib: createZlib,
  async_context_frame: createAsyncContextFrame,
  config: createConfig,
  credentials: createCredentials,
  diagnostics_channel: createDiagnosticsChannel,
  errors: createErrorsBinding,
  inspector: createInspector,
  profiler: createProfiler,
  internal_only_v8: createInternalOnlyV8,
  mksnapshot: createMksnapshot,
  options: createOptions,
  os: createOs,
  performance: createPerformance,
  permission: createPermission,
  process_methods: createProcessMethods,
  report: createReport,
  sea: createSea,
  symbols: createSymbols,
  task_queue: createTaskQueue,
  timers: createTimers,
  trace_events: createTraceEvents,
  types: createTypes,
  util: createUtil,
  uv: createUv,
  v8: createV8,
  wasi: createWasiBinding,
  webstorage: createWebStorage,
  wasm_web_api: createWasmWebApi,
};
