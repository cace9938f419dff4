import { createAsyncWrap } from '../bindings/async_wrap.ts';
import { createWorker } from '../bindings/worker.ts';
import { createBuiltinsBinding } from '../bindings/builtins.ts';
import type {
  ContextFrame,
  EventLoopCalls,
  Intrinsics,
  Introspection,
  LibraryHooks,
  NodeContext,
  NodeFacts,
  ProcessOptions,
  Realm,
} from '../context.ts';
import type { System } from '../system.ts';
import { AsyncState, createAsyncCalls } from './async-hooks.ts';
import { Bindings } from './bindings.ts';
import type { BuiltinFunction, Builtins } from './builtins.ts';
import { createErrors } from './errors.ts';
import { removeBrowserGlobals } from './globals.ts';
import { installPrepareStackTrace } from './prepare-stack-trace.ts';
import { keepWebAssemblyAlive } from './pending-webassembly.ts';
import { createPrivateSymbols, installPrivateSymbols } from './private-symbols.ts';
import { createProcessObject } from './process-object.ts';
import { disableProto } from '../options/effects.ts';
import { applyOptions, rehearse } from './rehearsal.ts';
import { StackTraces } from './stack-trace.ts';

export interface RealmParts {
  system: System;
  loop: EventLoopCalls;
  facts: NodeFacts;
  intrinsics: Intrinsics;
  options: ProcessOptions;
  hooks: LibraryHooks;
  builtins: Builtins;
  introspection: Introspection;
  frame: ContextFrame;
  role: ThreadRole;
  /** The address of the worker's own script. */
  ownScript: string;
  triggerUncaught: Realm['triggerUncaught'];
  isExiting: () => boolean;
}

export interface NodeRealm {
  readonly context: NodeContext;
  readonly asyncState: AsyncState;
  /** Runs the library's bootstrap up to just before a main script. */
  boot(): void;
  /** Makes what the start of a program needs warm; the tick queue has work afterwards. */
  rehearse(): void;
  /** Runs a main script, such as 'internal/main/run_main_module'. */
  runMain(id: string): void;
}

const PER_CONTEXT = [
  'internal/per_context/primordials',
  'internal/per_context/domexception',
  'internal/per_context/messageport',
];
/** The process's main thread, or one beside it (worker_threads). */
export type ThreadRole = 'main' | 'thread';

/** BootstrapRealm in node_realm.cc. */
const BOOTSTRAP = [
  'internal/bootstrap/node',
  'internal/bootstrap/web/exposed-wildcard',
  'internal/bootstrap/web/exposed-window-or-worker',
];
const SWITCHES: Readonly<Record<ThreadRole, readonly string[]>> = {
  main: ['internal/bootstrap/switches/is_main_thread', 'internal/bootstrap/switches/does_own_process_state'],
  thread: [
    'internal/bootstrap/switches/is_not_main_thread',
    'internal/bootstrap/switches/does_not_own_process_state',
  ],
};

const utf8 = new TextDecoder();
/** What `--eval` gives, as a script or as a module. */
const EVALUATED = /^\[eval\]$|^file:.*\/\[eval1\]$/;

function readSource(file: string, { builtins, system, options }: RealmParts): string | undefined {
  if (file.startsWith('node:')) return builtins.sourceOf(file.slice('node:'.length));
  if (EVALUATED.test(file)) return options.cli['--eval'] as string | undefined;
  const path = file.startsWith('file://') ? decodeURIComponent(file.slice('file://'.length)) : file;
  const contents = system.files.readFile(path);
  return typeof contents === 'number' ? undefined : utf8.decode(contents);
}

type Loaders = { internalBinding: Realm['internalBinding']; require: Realm['require'] };

const loadedOnDemand = (builtins: Builtins) => ({
  library: (name: string) => builtins.library(name),
  webAssembly: (file: string) => builtins.webAssembly(file),
  rootCertificates: () => builtins.text('root-certificates.pem'),
});

export function createRealm(parts: RealmParts): NodeRealm {
  const { facts, loop, builtins, hooks, options } = parts;
  const shapes = facts.bindings;
  const asyncState = new AsyncState(loop);
  const providers = (shapes['async_wrap']?.constants()['Providers'] ?? {}) as Record<string, number>;
  const stackTraces = new StackTraces(
    (script, line, column) => builtins.locate(script, line, column),
    parts.ownScript,
  );
  const privateSymbols = createPrivateSymbols(
    (shapes['util']?.constants()['privateSymbols'] ?? {}) as Record<string, symbol>,
  );
  const symbols = (shapes['symbols']?.constants() ?? {}) as Record<string, symbol>;
  const primordials: Record<string, unknown> = {};
  const perContextExports: Record<string, unknown> = {};
  let loaders: Loaders | undefined;
  let processObject: Record<PropertyKey, unknown> | undefined;

  const realm: Realm & { booted: boolean } = {
    internalBinding: (name) => loaders?.internalBinding(name) ?? bindings.get(name),
    require(id) {
      if (loaders === undefined) throw new Error(`${id} was required before the loaders were there`);
      return loaders.require(id);
    },
    primordials,
    get process() {
      if (processObject === undefined) throw new Error('process was used before the bootstrap');
      return processObject;
    },
    privateSymbols,
    symbols,
    perContextExports,
    compileBuiltin: (id) => builtins.compile(id),
    get exiting() {
      return parts.isExiting();
    },
    booted: false,
    triggerUncaught: parts.triggerUncaught,
    introspection: parts.introspection,
    stackTraces,
    sourceText: (file) => readSource(file, parts),
    helpTexts: () => builtins.helpTexts(),
    ...loadedOnDemand(builtins),
  };
  const context: NodeContext = {
    system: parts.system,
    loop,
    facts,
    intrinsics: parts.intrinsics,
    realm,
    async: createAsyncCalls(asyncState, parts.frame, providers),
    errors: createErrors(facts.uvErrors),
    options,
    hooks,
  };
  const bindings = new Bindings(context, {
    worker: () => createWorker(context, parts.role),
    async_wrap: () => createAsyncWrap(context, asyncState),
    builtins: () => createBuiltinsBinding(context, builtins, (made) => (loaders = made)),
  });

  function run(id: string, ...parameters: unknown[]): void {
    (builtins.compile(id) as BuiltinFunction)(...parameters);
  }

  return {
    context,
    asyncState,
    boot() {
      const getInternalBinding = (name: string) => bindings.get(name);
      for (const id of PER_CONTEXT) run(id, perContextExports, primordials, privateSymbols, symbols);
      removeBrowserGlobals(facts.globals);
      keepWebAssemblyAlive(loop);
      installPrivateSymbols(privateSymbols);
      const exitInfo = privateSymbols['exit_info_private_symbol'] ?? Symbol('exit_info');
      processObject = createProcessObject(context, exitInfo, parts.role);
      const noLinkedBinding = (name: string) => {
        throw context.errors.coded(Error, 'ERR_INVALID_MODULE', `No such binding: ${name}`);
      };
      run('internal/bootstrap/realm', processObject, noLinkedBinding, getInternalBinding, primordials);
      for (const id of [...BOOTSTRAP, ...SWITCHES[parts.role]])
        run(id, processObject, realm.require, realm.internalBinding, primordials);
      installPrepareStackTrace(stackTraces);
      realm.booted = true;
    },
    rehearse() {
      if (parts.role === 'main') rehearse({ context, builtins, asyncState });
    },
    runMain(id) {
      applyOptions(context);
      disableProto(context.options.cli['--disable-proto'], context);
      run(id, realm.process, realm.require, realm.internalBinding, primordials);
    },
  };
}
