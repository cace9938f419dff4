import { createModules } from '../bindings/modules.ts';
import type { NodeContext } from '../context.ts';
import type { AsyncState } from './async-hooks.ts';
import { IdField } from './async-hooks.ts';
import type { Builtins } from './builtins.ts';

/**
 * A spare that has booted is still cold: V8 compiles a function when it is first called, and nearly every function
 * between the start of a program and its first line of output has not been called yet. So a spare rehearses: it runs the
 * main script over copies of the modules that hold a program's state, with a process object of their own, and writes a
 * line through a console and a socket that lead nowhere. V8 keeps the code of a function with the script, not with the
 * closure, so the program finds compiled what the rehearsal has called. What the rehearsal leaves behind is only modules
 * that a program's output loads anyway.
 */
export interface Stage {
  readonly context: NodeContext;
  readonly builtins: Builtins;
  readonly asyncState: AsyncState;
}

type Exports = Record<PropertyKey, unknown>;
type Require = (id: string) => unknown;

/** Modules whose state belongs to one program: each rehearsal has copies of its own. */
const COPIED = new Set([
  'internal/options',
  'internal/process/pre_execution',
  'internal/process/execution',
  'internal/modules/run_main',
  'internal/modules/cjs/loader',
  'internal/modules/helpers',
  'internal/modules/package_json_reader',
]);
const STDERR = 2;
/** A file that every container has, read in the rehearsal in place of a program. */
const STAND_IN = '/usr/local/bin/node';
const MAIN_SCRIPTS = ['internal/main/run_main_module', 'internal/main/eval_string'];
const PROGRAM = 'exports.path = require("path").join("a", "b"); exports.url = new URL("file:///a");';
/** What `node --eval` runs in the rehearsal. */
const EVALUATED = 'void exports';
/** Modules that a program's first output loads. Not internal/util/colors, which looks at the program's own stderr. */
const OUTPUT_MODULES = ['net', 'tty', 'internal/fs/sync_write_stream', 'util'];
const OUTPUT_BINDINGS = ['tty_wrap', 'pipe_wrap', 'stream_wrap', 'tcp_wrap'];

/** Between the bootstrap and the first program, in a main thread; the tick queue has work afterwards. */
export function rehearse(stage: Stage): void {
  const { context, asyncState } = stage;
  const { realm, options } = context;
  const { argv, cli } = options;
  const counter = asyncState.ids[IdField.counter] ?? 1;
  const globals = Object.getOwnPropertyDescriptors(globalThis) as Record<PropertyKey, PropertyDescriptor>;
  const forgetPublicModules = publicModules(realm.require);
  options.argv = ['node', STAND_IN];
  options.cli = { ...cli, '--eval': EVALUATED };
  try {
    for (const id of OUTPUT_MODULES) realm.require(id);
    for (const name of OUTPUT_BINDINGS) realm.internalBinding(name);
    for (const script of MAIN_SCRIPTS) {
      rehearseMain(stage, script);
      restoreGlobals(globals);
    }
    rehearseOutput(context);
  } finally {
    options.argv = argv;
    options.cli = cli;
    asyncState.ids[IdField.counter] = counter;
    // Loading its colours asks for the process's stderr, which has no descriptor yet: the program makes its own.
    (realm.internalBinding('process_methods')['resetStdioForTesting'] as () => void)();
    restoreGlobals(globals);
    forgetPublicModules();
    // A main script may read an option before it prepares its execution: not the rehearsal's.
    (realm.require('internal/options') as { refreshOptions(): void }).refreshOptions();
  }
}

/**
 * A module that a program may require keeps the names of its exports from the first time on, and some get theirs when the
 * program starts (`builtinModules` of `module`): what the rehearsal required is asked anew.
 */
function publicModules(require: Require): () => void {
  const { BuiltinModule } = require('internal/bootstrap/realm') as {
    BuiltinModule: { map: Map<string, { exportKeys?: string[] | undefined; module?: unknown }> };
  };
  const asked = new Set([...BuiltinModule.map.values()].filter(({ exportKeys }) => exportKeys !== undefined));
  return () => {
    for (const builtin of BuiltinModule.map.values()) {
      if (asked.has(builtin) || builtin.exportKeys === undefined) continue;
      builtin.exportKeys = undefined;
      builtin.module = undefined;
    }
  };
}

/** The rehearsal loaded modules with the defaults of options that they read once. */
export function applyOptions({ realm, options, system }: NodeContext): void {
  const { cli } = options;
  if (system.streams.type(STDERR) === 'TTY') {
    (realm.require('internal/util/colors') as { refresh(): void }).refresh();
  }
  const frames = cli['--stack-trace-limit'];
  if (typeof frames === 'number') (Error as unknown as { stackTraceLimit: number }).stackTraceLimit = frames;
  const selection = cli['--network-family-autoselection'];
  const timeout = cli['--network-family-autoselection-attempt-timeout'];
  if (selection === undefined && timeout === undefined) return;
  const net = realm.require('net') as {
    setDefaultAutoSelectFamily(on: unknown): void;
    setDefaultAutoSelectFamilyAttemptTimeout(milliseconds: unknown): void;
  };
  if (selection !== undefined) net.setDefaultAutoSelectFamily(selection);
  if (timeout !== undefined) net.setDefaultAutoSelectFamilyAttemptTimeout(timeout);
}

function rehearseMain({ context, builtins }: Stage, script: string): void {
  const { realm } = context;
  const process = shadowProcess(context);
  const modules = createModules(context);
  const internalBinding = (name: string): unknown =>
    name === 'modules' ? modules : realm.internalBinding(name);
  const copies: Record<string, Exports> = {};
  const stand = standIns(realm.require);
  const require: Require = (id) => {
    if (stand[id] !== undefined) return stand[id];
    if (!COPIED.has(id)) return realm.require(id);
    const known = copies[id];
    if (known !== undefined) return known;
    const module = { exports: (copies[id] = {}) as Exports, id };
    // The loader replaces its exports before it requires what needs them in turn.
    Object.defineProperty(module, 'exports', {
      get: () => copies[id],
      set: (exports: Exports) => (copies[id] = exports),
    });
    builtins.compile(id)(copies[id], require, module, process, internalBinding, realm.primordials);
    return copies[id];
  };
  builtins.compile(script)(process, require, internalBinding, realm.primordials);
}

/** Modules that the rehearsal sees otherwise: what it changes in them must not stay, what it reads must be there. */
function standIns(require: Require): Record<string, unknown> {
  const realm = require('internal/bootstrap/realm') as { BuiltinModule: { prototype: object } };
  const fs = require('fs') as { readFileSync(path: string, encoding: string): string };
  const allow = () => undefined;
  const BuiltinModule = over(realm.BuiltinModule, {
    prototype: Object.create(realm.BuiltinModule.prototype) as object,
    allowRequireByUsers: allow,
    setRealmAllowRequireByUsers: allow,
  });
  return {
    'internal/bootstrap/realm': over(realm, { BuiltinModule }),
    fs: over(fs, {
      readFileSync(path: string): string {
        fs.readFileSync(path, 'utf8');
        return PROGRAM;
      },
    }),
  };
}

/** `object` as it is, but for `changes`. */
const over = (object: object, changes: object): object =>
  Object.create(object, Object.getOwnPropertyDescriptors(changes)) as object;

function shadowProcess({ realm }: NodeContext): Exports {
  const { EventEmitter } = realm.require('events') as { EventEmitter: { prototype: object } };
  const own = Object.getOwnPropertyDescriptors(realm.process);
  for (const name of ['_events', '_eventsCount', '_maxListeners', 'env']) delete own[name];
  const shadow = Object.create(EventEmitter.prototype, own) as Exports;
  return Object.assign(shadow, { env: {}, cwd: () => '/' });
}

/** console.log to a pipe, where the pipe takes everything and keeps nothing. */
function rehearseOutput({ realm }: NodeContext): void {
  const { Socket } = realm.require('net') as { Socket: new (options: object) => object };
  const { Console } = realm.require('internal/console/constructor') as {
    Console: new (options: object) => { log(...values: unknown[]): void };
  };
  const { streamBaseState, kBytesWritten, kLastWriteWasAsync } = realm.internalBinding('stream_wrap') as {
    streamBaseState: Int32Array;
    kBytesWritten: number;
    kLastWriteWasAsync: number;
  };
  const write = (_request: object, text: string): number => {
    streamBaseState[kBytesWritten] = text.length;
    streamBaseState[kLastWriteWasAsync] = 0;
    return 0;
  };
  const handle = {
    writeUtf8String: write,
    writeLatin1String: write,
    close: () => undefined,
    getAsyncId: () => 1,
  };
  const socket = new Socket({ handle, readable: false, writable: true });
  const console = new Console({ stdout: socket, stderr: socket, colorMode: false });
  console.log('%s of %d', 'a rehearsal', 1, { of: ['what', 'is', 'shown'], n: 1 });
  console.log('line');
}

function restoreGlobals(before: Record<PropertyKey, PropertyDescriptor>): void {
  for (const key of Reflect.ownKeys(globalThis)) {
    if (!(key in before)) Reflect.deleteProperty(globalThis, key);
  }
  for (const key of Reflect.ownKeys(before)) {
    const was = before[key];
    const now = Object.getOwnPropertyDescriptor(globalThis, key);
    if (was !== undefined && (now?.value !== was.value || now?.get !== was.get)) {
      Object.defineProperty(globalThis, key, was);
    }
  }
}
