import { endOnBrokenPipe } from './standard-io.ts';

/** Ends a command: its exit status, and what is said of it on standard error. */
export class StatusError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Ending {
  readonly status: number;
  /** Whole lines, for standard error. */
  readonly text: string;
}

/**
 * Runs a command to its exit status. `ending` says how an error ends it; undefined where it is none of the command's own,
 * which then ends the program as an uncaught one.
 */
export function runCommand(
  main: () => Promise<number>,
  ending: (error: unknown) => Ending | undefined,
): void {
  endOnBrokenPipe();
  main().then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      const end = ending(error);
      if (end === undefined) throw error;
      process.stderr.write(end.text);
      process.exitCode = end.status;
    },
  );
}
