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

/**
 * An expansion or assignment that cannot be done (`${x?}`, unset with `set -u`, a readonly variable): printed, and the
 * command fails. A script ends (POSIX 2.8.1) where `fatal`; an interactive shell goes on with the next command line.
 */
export class ShellError extends Error {
  override readonly name = 'ShellError';
  readonly status: number;
  readonly fatal: boolean;
  constructor(message: string, { status = 1, fatal = true }: { status?: number; fatal?: boolean } = {}) {
    super(message);
    this.status = status;
    this.fatal = fatal;
  }
}

/** A command line was interrupted by SIGINT: an interactive shell prompts again, a script ends. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
