import { Errno } from '../../src/base/errno.ts';
import type { StdioSource } from '../../polyfills/system.ts';
import { errorText } from './errors.ts';
import { normalizePath } from '../files/paths.ts';
import { Failure, type ProgramContext } from './program.ts';

/** Statuses of the tools that run others (env, nice, timeout, xargs, …), as POSIX has them. */
export const NOT_FOUND = 127;
export const NOT_EXECUTABLE = 126;
export const SIGNALLED = 128;

export interface ChildOptions {
  /** Variables of the child; left out: this process's own. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  stdin?: StdioSource;
  stdout?: StdioSource;
  stderr?: StdioSource;
  /** 0 = a group of its own. */
  processGroup?: number;
  /** Receives this process's ends of 'pipe' descriptors. */
  pipes?: Map<number, number>;
}

/** Starts a program found by PATH; a script without `#!` is the shell's, as in execvp(3). → pid or -errno */
export function spawnChild(
  context: ProgramContext,
  argv: readonly string[],
  options: ChildOptions = {},
): number {
  const { process } = context.system;
  const inherited = (fd: number): StdioSource => ({ kind: 'fd', fd });
  const here = context.system.files.cwd();
  const cwd = options.cwd === undefined ? undefined : normalizePath(options.cwd, String(here));
  const request = {
    env: Object.entries(options.env ?? context.env).map(([name, value]) => `${name}=${value}`),
    stdio: [options.stdin ?? inherited(0), options.stdout ?? inherited(1), options.stderr ?? inherited(2)],
    detached: false,
    cwd,
    processGroup: options.processGroup,
  };
  const pipes = options.pipes ?? new Map<number, number>();
  // What this program has printed comes before what the child prints.
  context.stdout.flush();
  const [file = ''] = argv;
  const pid = process.spawn({ file, args: argv, ...request }, pipes, () => undefined);
  if (pid !== -Errno.ENOEXEC) return pid;
  return process.spawn({ file: 'sh', args: ['sh', ...argv], ...request }, pipes, () => undefined);
}

/** Starts a program or throws the Failure of a tool that could not (`NAME: reason`, 127 or 126). */
export function startChild(
  context: ProgramContext,
  argv: readonly string[],
  options: ChildOptions = {},
): number {
  const pid = spawnChild(context, argv, options);
  if (pid >= 0) return pid;
  throw notStarted(argv, pid);
}

/** execvp(3): the program in this one's place, with these descriptors. Does not return; throws as `startChild`. */
export function becomeCommand(
  context: ProgramContext,
  argv: readonly string[],
  descriptors: readonly number[],
): never {
  context.stdout.flush();
  const { process } = context.system;
  const env = Object.entries(context.env).map(([name, value]) => `${name}=${value}`);
  throw notStarted(
    argv,
    process.replace({ file: argv[0] ?? '', args: argv, env, descriptors, search: true }),
  );
}

function notStarted(argv: readonly string[], errno: number): Failure {
  return new Failure(
    `${describeCommand(argv[0] ?? '')}: ${errorText(errno)}`,
    errno === -Errno.ENOENT ? NOT_FOUND : NOT_EXECUTABLE,
  );
}

function describeCommand(name: string): string {
  return `'${name}'`;
}

/** Waits for a child's end. → its exit status, 128+n for one that a signal ended */
export function waitForChild(context: ProgramContext, pid: number): number {
  for (;;) {
    const ended = context.system.process.waitSync(pid, null);
    if (ended === -Errno.EINTR) continue;
    if (typeof ended === 'number') throw new Failure(`wait: ${errorText(ended)}`);
    return ended.signal ? SIGNALLED + ended.signal : ended.code;
  }
}

export function runChild(
  context: ProgramContext,
  argv: readonly string[],
  options: ChildOptions = {},
): number {
  return waitForChild(context, startChild(context, argv, options));
}
