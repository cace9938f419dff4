// Runs under the pinned node: `node --expose-internals --no-warnings dump.cjs <output folder>`.
// Writes what the build needs of it: natives.json (the library's sources), facts.json (names and numbers), help.json.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { internalBinding } = require('internal/test/binding');

const BINDINGS = [
  'async_context_frame',
  'async_wrap',
  'blob',
  'block_list',
  'buffer',
  'builtins',
  'cares_wrap',
  'cjs_lexer',
  'config',
  'constants',
  'contextify',
  'credentials',
  'crypto',
  'diagnostics_channel',
  'encoding_binding',
  'errors',
  'fs',
  'fs_dir',
  'fs_event_wrap',
  'heap_utils',
  'http2',
  'http_parser',
  'icu',
  'inspector',
  'internal_only_v8',
  'js_stream',
  'js_udp_wrap',
  'locks',
  'messaging',
  'mksnapshot',
  'module_wrap',
  'modules',
  'options',
  'os',
  'performance',
  'permission',
  'pipe_wrap',
  'process_methods',
  'process_wrap',
  'profiler',
  'report',
  'sea',
  'serdes',
  'signal_wrap',
  'spawn_sync',
  'sqlite',
  'stream_pipe',
  'stream_wrap',
  'string_decoder',
  'symbols',
  'task_queue',
  'tcp_wrap',
  'timers',
  'tls_wrap',
  'trace_events',
  'tty_wrap',
  'types',
  'udp_wrap',
  'url',
  'url_pattern',
  'util',
  'uv',
  'v8',
  'wasi',
  'wasm_web_api',
  'watchdog',
  'webstorage',
  'worker',
  'zlib',
];
/** Exports that are the library itself or that differ from run to run. */
const OMITTED = { builtins: ['natives', 'config', 'builtinIds'], os: ['isBigEndian'] };
const FUNCTION_OWN = new Set(['name', 'length', 'prototype', 'arguments', 'caller']);

/** Plain data stays itself; the rest becomes `{ $: kind, … }` (read back by polyfills/facts.ts). */
function encode(value, seen) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
    case 'undefined':
      return { $: 'undefined' };
    case 'bigint':
      return { $: 'bigint', value: String(value) };
    case 'symbol':
      return { $: 'symbol', value: value.description };
    case 'function':
      return encodeFunction(value, seen);
  }
  if (value === null) return null;
  if (ArrayBuffer.isView(value))
    return { $: 'view', type: value.constructor.name, length: value.length ?? value.byteLength };
  if (value instanceof ArrayBuffer) return { $: 'buffer', length: value.byteLength };
  if (seen.has(value)) return { $: 'undefined' };
  seen.add(value);
  if (Array.isArray(value)) return value.map((item) => encode(item, seen));
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object Map]') {
    const entries = [];
    Map.prototype.forEach.call(value, (item, key) => entries.push([encode(key, seen), encode(item, seen)]));
    return { $: 'map', entries };
  }
  if (tag === '[object Set]') {
    const values = [];
    Set.prototype.forEach.call(value, (item) => values.push(encode(item, seen)));
    return { $: 'set', values };
  }
  const of = {};
  for (const key of Object.keys(value)) of[key] = encode(value[key], seen);
  return Object.getPrototypeOf(value) === null ? { $: 'null', of } : of;
}

function encodeFunction(value, seen) {
  const result = { $: 'function', length: value.length };
  const methods = [];
  for (let p = value.prototype; p && p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    for (const name of Object.getOwnPropertyNames(p))
      if (name !== 'constructor' && !methods.includes(name)) methods.push(name);
  }
  if (methods.length) result.methods = methods;
  const statics = Object.getOwnPropertyNames(value).filter((name) => !FUNCTION_OWN.has(name));
  if (statics.length) {
    result.statics = {};
    for (const name of statics) result.statics[name] = encode(value[name], seen);
  }
  return result;
}

function bindings() {
  const result = {};
  for (const name of BINDINGS) {
    let binding;
    try {
      binding = internalBinding(name);
    } catch {
      continue; // not compiled into this build
    }
    const seen = new Set();
    const shape = {};
    for (const key of Object.keys(binding)) {
      if (!OMITTED[name]?.includes(key)) shape[key] = encode(binding[key], seen);
    }
    result[name] = shape;
  }
  return result;
}

const byKey = ([a], [b]) => (a < b ? -1 : 1);

function options() {
  const binding = internalBinding('options');
  const { options: info, aliases } = binding.getCLIOptionsInfo();
  const values = binding.getCLIOptionsValues();
  Object.assign(values, { '--expose-internals': false, '--warnings': true, '--no-warnings': false });
  const table = {};
  const help = {};
  for (const [name, { helpText, envVarSettings, type, defaultIsTrue }] of [...info].sort(byKey)) {
    table[name] = { type, env: envVarSettings === 0, defaultIsTrue };
    if (name in values) table[name].value = values[name];
    if (helpText) help[name] = helpText;
  }
  // The thread pool's size follows the host's processors.
  if (table['--v8-pool-size']) table['--v8-pool-size'].value = 4;
  const v8 = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8', maxBuffer: 1 << 24 });
  const v8Options = [];
  for (const match of v8.matchAll(/^ {2}--([\w-]+) \([^\n]*\n\s+type: (\w+)/gm))
    v8Options.push([match[1], match[2]]);
  const embedder = encode(binding.getEmbedderOptions(), new Set());
  // Sections of a configuration file beside nodeOptions: which options each may set.
  const namespaces = {};
  for (const [name, types] of binding.getNamespaceOptionsInputType())
    namespaces[name] = Object.keys(types).sort();
  return {
    facts: { table, aliases: Object.fromEntries([...aliases].sort(byKey)), embedder, v8Options, namespaces },
    help,
  };
}

const output = process.argv[2];
const { natives, builtinIds, config } = internalBinding('builtins');
const { facts: optionFacts, help } = options();
const { sourceUrl, headersUrl, ...release } = process.release;
fs.mkdirSync(output, { recursive: true });
// A script's globals: neither this file's (--expose-internals) nor those that -p adds.
const probe = path.join(output, 'globals.cjs');
fs.writeFileSync(probe, 'console.log(JSON.stringify(Object.getOwnPropertyNames(globalThis)))');
const globals = JSON.parse(execFileSync(process.execPath, [probe], { encoding: 'utf8' }));
const facts = {
  version: process.version,
  versions: { ...process.versions },
  release,
  features: { ...process.features },
  builtinIds,
  globals,
  uvErrors: [...internalBinding('uv').getErrorMap()].map(([number, [name, message]]) => [
    number,
    name,
    message,
  ]),
  options: optionFacts,
  bindings: bindings(),
};
const sources = {};
for (const id of Object.keys(natives)) if (typeof natives[id] === 'string') sources[id] = natives[id];
fs.writeFileSync(path.join(output, 'natives.json'), JSON.stringify(sources));
fs.writeFileSync(path.join(output, 'facts.json'), JSON.stringify(facts, null, 1) + '\n');
const { rootCertificates } = require('node:tls');
fs.writeFileSync(path.join(output, 'extra.json'), JSON.stringify({ help, config, rootCertificates }));
