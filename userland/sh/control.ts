/** How control leaves a command early. None of these is an error of ours: each is caught where the shell's grammar says. */

/** `exit`, a fatal error of a script, or `set -e`: ends the (sub)shell. */
export class ExitShell extends Error {
  override readonly name = 'ExitShell';
  readonly status: number;
  constructor(status: number) {
    super('exit');
    this.status = status & 255;
  }
}

/** `return` from a function or a sourced file. */
export class ReturnFrom extends Error {
  override readonly name = 'ReturnFrom';
  readonly status: number;
  constructor(status: number) {
    super('return');
    this.status = status & 255;
  }
}

/** `break n` and `continue n`. */
export class LoopJump extends Error {
  override readonly name = 'LoopJump';
  readonly kind: 'break' | 'continue';
  readonly levels: number;
  constructor(kind: 'break' | 'continue', levels: number) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
  }
}

/** How far a failure reaches: the command; the rest of the line that was read (bash); the script (POSIX 2.8.1). */
export type FailureScope = 'command' | 'line' | 'script';

/**
 * An expansion or assignment that cannot be done (`${x?}`, unset with `set -u`, a readonly variable): printed, and what
 * `scope` says is given up.
 */
export class ShellError extends Error {
  override readonly name = 'ShellError';
  readonly status: number;
  readonly scope: FailureScope;
  constructor(
    message: string,
    { status = 1, scope = 'line' }: { status?: number; scope?: FailureScope } = {},
  ) {
    super(message);
    this.status = status;
    this.scope = scope;
  }
}

/** A command line was interrupted by SIGINT: an interactive shell prompts again, a script ends. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
