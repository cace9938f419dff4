import type { ThreadInit } from '../../../polyfills/bindings/worker.ts';
import type { NodeFacts, ProcessOptions } from '../../../polyfills/context.ts';
import {
  configFileOf,
  type ConfiguredOptions,
  parseConfigFile,
} from '../../../polyfills/options/config-file.ts';
import { parseEnvironmentFile } from '../../../polyfills/options/dotenv.ts';
import { applyEnvironment } from '../../../polyfills/options/environment-options.ts';
import { parseOptions } from '../../../polyfills/options/parser.ts';
import type { System } from '../../../polyfills/system.ts';
import { runScript } from './run-script.ts';

/** What the kernel started: as execve(2) has it. */
export interface Program {
  argv: readonly string[];
  execPath: string;
  /** `NAME=value` */
  env: readonly string[];
}

/** What becomes of it: a main script of the library to run, or something to say and an exit code. */
export type Start = { main: string } | { stdout?: string; stderr?: string; exitCode: number };

/** ExitCode::kInvalidCommandLineArgument in node_exit_code.h. */
const INVALID_ARGUMENT = 9;
/** ExitCode::kInvalidCommandLineArgument2: of the process as a whole. */
const INVALID_ARGUMENT_2 = 12;
const STDIN = 0;
const utf8 = new TextDecoder();

export function parseEnv(pairs: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=', 1);
    if (equals > 0) env[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return env;
}

/** `--env-file` may be given many times; what the environment has already is kept. → an error's text */
function loadEnvFiles(words: readonly string[], options: ProcessOptions, system: System): string | undefined {
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--') break;
    const match = /^--env-file(-if-exists)?(?:=(.*))?$/s.exec(words[i] ?? '');
    if (!match) continue;
    const path = match[2] ?? words[i + 1] ?? '';
    const contents = system.files.readFile(path);
    if (typeof contents === 'number') {
      if (match[1] !== undefined) continue;
      return `${path}: not found`;
    }
    const parsed = parseEnvironmentFile(utf8.decode(contents));
    options.variables.change((all) => {
      for (const [name, value] of Object.entries(parsed)) all[name] ??= value;
    });
  }
  return undefined;
}

/** `--experimental-config-file`. → its options, or what is said of it and what is wrong */
function loadConfigFile(
  words: string[],
  { options }: NodeFacts,
  { files }: System,
): ConfiguredOptions | { said: string; error: string } {
  const path = configFileOf(words);
  if (path === undefined) return { environment: [], others: [] };
  if (typeof path === 'object') return { said: '', error: path.error };
  const contents = files.readFile(path);
  if (typeof contents === 'number') {
    const said = `Cannot read configuration from ${path}: no such file or directory\n`;
    return { said, error: `${path}: not found` };
  }
  const parsed = parseConfigFile(options, path, utf8.decode(contents));
  return 'error' in parsed ? { said: parsed.error, error: `${path}: invalid content` } : parsed;
}

/** StartExecution in node.cc: which of the library's main scripts runs. */
function mainScript(options: ProcessOptions, system: System): string {
  const { cli } = options;
  const first = options.argv[1] ?? '';
  if (first === 'inspect') return 'internal/main/inspect';
  if (cli['--help']) return 'internal/main/print_help';
  if (cli['--prof-process']) return 'internal/main/prof_process';
  if (cli['[has_eval_string]'] && !cli['--interactive']) return 'internal/main/eval_string';
  if (cli['--check']) return 'internal/main/check_syntax';
  if (cli['--test']) return 'internal/main/test_runner';
  if (cli['--watch']) return 'internal/main/watch_mode';
  if (first !== '' && first !== '-') return 'internal/main/run_main_module';
  if (cli['--interactive'] || system.streams.type(STDIN) === 'TTY') return 'internal/main/repl';
  return 'internal/main/eval_stdin';
}

/** Reads the command line as node's main() does; fills `options`, in place: bindings hold on to it. */
export function prepareProgram(
  program: Program,
  facts: NodeFacts,
  options: ProcessOptions,
  system: System,
): Start {
  const [argv0 = 'node', ...words] = program.argv;
  options.variables.change((all) => {
    for (const name of Object.keys(all)) delete all[name];
    Object.assign(all, parseEnv(program.env));
  });
  options.execPath = program.execPath;
  options.title = argv0;
  options.argv = [argv0, ...words];
  const fail = (text: string): Start => ({ stderr: `${argv0}: ${text}\n`, exitCode: INVALID_ARGUMENT });
  const envFileError = loadEnvFiles(words, options, system);
  if (envFileError !== undefined) return fail(envFileError);
  const configured = loadConfigFile(words, facts, system);
  if ('error' in configured) {
    return { stderr: `${configured.said}${argv0}: ${configured.error}\n`, exitCode: INVALID_ARGUMENT };
  }
  const parsed = parseOptions(facts.options, words, options.env['NODE_OPTIONS'], configured);
  if (parsed.errors.length > 0) {
    const text = parsed.errors.map((error) => `${argv0}: ${error}\n`).join('');
    return { stderr: text, exitCode: INVALID_ARGUMENT };
  }
  const proto = parsed.values['--disable-proto'] ?? '';
  if (proto !== '' && proto !== 'delete' && proto !== 'throw') {
    return { stderr: `${argv0}: invalid mode passed to --disable-proto\n`, exitCode: INVALID_ARGUMENT_2 };
  }
  const [reverted] = (parsed.values['--security-revert'] ?? []) as readonly string[];
  if (reverted !== undefined) {
    const stderr = `${argv0}: Error: Attempt to revert an unknown CVE [${reverted}]\n`;
    return { stderr, exitCode: INVALID_ARGUMENT_2 };
  }
  options.cli = parsed.values;
  options.execArgv = parsed.execArgv;
  options.argv = [argv0, ...parsed.args];
  applyEnvironment(options.env, options.cli);
  if (options.cli['--version']) return { stdout: `${facts.version}\n`, exitCode: 0 };
  const script = options.cli['--run'];
  if (typeof script === 'string' && script !== '') {
    const end = words.indexOf('--');
    const args = end < 0 ? [] : words.slice(end + 1);
    return { exitCode: runScript({ name: script, args, env: options.env }, system) };
  }
  return { main: mainScript(options, system) };
}

/** As prepareProgram, for a thread of a process (worker_threads). */
export function prepareThread(init: ThreadInit, options: ProcessOptions): Start {
  if (init.env instanceof SharedArrayBuffer) options.variables.join(init.env);
  else {
    const { env } = init;
    options.variables.change((all) => Object.assign(all, env));
  }
  options.execPath = init.execPath;
  options.title = init.argv0;
  options.argv = [init.argv0];
  options.execArgv = init.execArgv;
  options.cli = init.cli;
  return { main: 'internal/main/worker_thread' };
}
