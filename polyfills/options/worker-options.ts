import type { NodeContext } from '../context.ts';
import { applyEnvironment } from './environment-options.ts';
import { parseOptions } from './parser.ts';

/** Options of the whole process (PerProcessOptions in node_options.h): a thread cannot have its own. */
const PER_PROCESS = new Set([
  '--title', '--trace-event-categories', '--trace-event-file-pattern', '--v8-pool-size', '--zero-fill-buffers',
  '--debug-arraybuffer-allocations', '--disable-proto', '--disable-wasm-trap-handler', '--build-snapshot',
  '--node-snapshot', '--run', '--security-revert', '--completion-bash', '--help', '--version', '--v8-options',
  '--icu-data-dir', '--openssl-config', '--openssl-legacy-provider', '--openssl-shared-config',
  '--tls-cipher-list', '--use-openssl-ca', '--use-bundled-ca', '--use-system-ca', '--enable-fips', '--force-fips',
  '--secure-heap', '--secure-heap-min', '--report-on-signal', '--prof-process', '--cpu-prof-interval',
]); // prettier-ignore

export type WorkerOptions =
  | { cli: Record<string, unknown>; execArgv: string[]; env: Record<string, string> | SharedArrayBuffer }
  | { invalidExecArgv: string[] }
  | { invalidNodeOptions: string[] };

/**
 * The options and environment of a thread (Worker::New in node_worker.cc). `env` null: a copy of the starter's; left out: the
 * starter's own, shared. `execArgv` left out: the starter's.
 */
export function workerOptions(
  { facts, options }: NodeContext,
  env: Record<string, string> | null | undefined,
  execArgv: readonly string[] | undefined,
): WorkerOptions {
  const variables = { ...(env ?? options.env) };
  const given = Array.isArray(execArgv);
  if (!given && (env === null || env === undefined)) {
    const environment = env === undefined ? options.variables.share() : variables;
    return { cli: { ...options.cli }, execArgv: [...options.execArgv], env: environment };
  }
  const nodeOptions = variables['NODE_OPTIONS'];
  if (nodeOptions !== undefined && nodeOptions !== options.env['NODE_OPTIONS']) {
    const { errors, values } = parseOptions(facts.options, [], nodeOptions);
    const invalid = Object.keys(values).filter((name) => PER_PROCESS.has(name));
    if (errors.length > 0 || invalid.length > 0) return { invalidNodeOptions: [...errors, ...invalid] };
  }
  const words = given ? execArgv.map(String) : options.execArgv;
  const parsed = parseOptions(facts.options, words, nodeOptions);
  applyEnvironment(variables, parsed.values);
  if (given) {
    const invalid = words.filter((word) => isProcessWide(word, facts.options.v8Options));
    const errors = parsed.errors.length > 0 ? parsed.errors : [...invalid, ...parsed.args];
    if (errors.length > 0) return { invalidExecArgv: errors };
  }
  const environment = env === undefined ? options.variables.share() : variables;
  const processWide = Object.entries(options.cli).filter(([name]) => PER_PROCESS.has(name));
  const cli = { ...parsed.values, ...Object.fromEntries(processWide) };
  return { cli, execArgv: parsed.execArgv, env: environment };
}

/** V8's options are the process's too: a thread that asks for one is refused. */
function isProcessWide(word: string, v8Options: readonly (readonly [string, string])[]): boolean {
  const name = word.split('=', 1)[0] ?? '';
  if (PER_PROCESS.has(name)) return true;
  const plain = name.replace(/^--/, '').replaceAll('_', '-');
  return v8Options.some(([option]) => option === plain);
}
