import type { System } from '../../polyfills/system.ts';
import type { Output } from './output.ts';

/**
 * A command of the userland: a synchronous Unix program over the system interface, one file in `commands/`.
 * It reads and writes descriptors 0, 1 and 2 like any program (blocking, streaming), returns its exit status,
 * and throws `Failure` for an error that ends it. A SIGPIPE or a kill unwinds it from below.
 */
export interface Program {
  /** As typed, and as the file in /bin is called. */
  readonly name: string;
  /** Other names of the same program. */
  readonly aliases?: readonly string[];
  /** One line: `ls [-l] [file…]`. */
  readonly usage: string;
  /** What `--help` prints below the usage: a sentence, then the options. */
  readonly help: string;
  /** Exit status of a usage error, where the tool's own is not 2. */
  readonly usageStatus?: number;
  main(context: ProgramContext): number;
}

export interface ProgramContext {
  readonly system: System;
  /** The name that it was called by: argv[0] without its folder. */
  readonly name: string;
  /** The arguments, without argv[0]. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Ends the program with `status` after printing `NAME: message` on standard error (nothing when it is empty). */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** A usage error: the message, then how to get help; the program's own usage status. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs a program to its exit status: `--help`, error messages and the flush of its output are the same for all. */
export function runProgram(program: Program, context: ProgramContext): number {
  let status: number;
  try {
    if (context.args.includes('--help') && !NO_HELP_OPTION.has(program.name)) {
      context.stdout.write(`Usage: ${program.usage}\n${program.help.trim()}\n`);
      status = 0;
    } else {
      status = program.main(context);
    }
  } catch (error) {
    status = reportFailure(program, context, error);
  }
  context.stdout.flush();
  context.stderr.flush();
  return context.stdout.failed && status === 0 ? 1 : status;
}

/** Programs whose every argument is data: POSIX gives them no options. */
const NO_HELP_OPTION = new Set([
  'echo',
  'printf',
  'test',
  '[',
  'true',
  'false',
  'expr',
  'env',
  'xargs',
  'timeout',
  'time',
  'jq',
]);

function reportFailure(program: Program, context: ProgramContext, error: unknown): number {
  if (error instanceof Failure) {
    if (error.message !== '') context.stderr.write(`${context.name}: ${error.message}\n`);
    return error.status;
  }
  if (error instanceof UsageError) {
    context.stderr.write(
      `${context.name}: ${error.message}\nTry '${context.name} --help' for more information.\n`,
    );
    return program.usageStatus ?? 2;
  }
  throw error;
}
