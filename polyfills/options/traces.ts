/** Options that make a program say what it does, as native code prints it: `--trace-env` and its kin, `--trace-exit`. */
import type { NodeContext } from '../context.ts';

/** stack_trace_limit of env.h, where `--stack-trace-limit` says nothing else. */
const FRAMES = 10;

type Say = (text: string) => void;

/** The program's stack as V8 describes it to native code (FormatStackTrace in node_errors.cc). */
function stackOf({ realm, options }: NodeContext, prefix: (index: number) => string): string {
  const limit = options.cli['--stack-trace-limit'];
  return realm.stackTraces
    .capture(typeof limit === 'number' ? limit : FRAMES)
    .filter(({ file }) => file !== '')
    .map(({ functionName, file, line, column }, index) => {
      const place = `${file}:${line}:${column}`;
      return `${prefix(index)}${functionName === '' ? place : `${functionName} (${place})`}\n`;
    })
    .join('');
}

/** TraceEnvVar of node_env_var.cc. There is no native stack to show. */
export function traceEnvironment(context: NodeContext, say: Say): void {
  const { cli, variables } = context.options;
  if (cli['--trace-env'] !== true) return;
  const withStack = cli['--trace-env-js-stack'] === true;
  variables.told = (what, name) => {
    say(`[--trace-env] ${what}${name === undefined ? '' : ` "${name}"`}\n`);
    if (!withStack) return;
    const stack = stackOf(context, (index) => `${index + 1}: `);
    if (stack !== '') say(`\n----- JavaScript stack trace -----\n\n${stack}\n\n`);
  };
}

/** Environment::Exit of env.cc. */
export function traceExit(context: NodeContext, code: number, say: Say): void {
  const { cli } = context.options;
  if (cli['--trace-exit'] !== true) return;
  const thread = context.realm.internalBinding('worker')['threadId'] as number;
  const who = `node:${context.system.process.pid}${thread === 0 ? '' : `, thread:${thread}`}`;
  const stack = stackOf(context, () => '    at ');
  say(`(${who}) WARNING: Exited the environment with code ${code}\n${stack}\n`);
}
