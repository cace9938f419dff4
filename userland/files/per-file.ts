import { errorText } from '../program/errors.ts';
import { closeInput, openInput } from '../program/input.ts';
import { Failure, type ProgramContext } from '../program/program.ts';

/** Runs `action` on each file in turn; one that fails is reported and the rest goes on. → exit status 0 or 1 */
export function forEachFile(
  context: ProgramContext,
  paths: readonly string[],
  action: (fd: number, path: string) => void,
): number {
  let status = 0;
  for (const path of paths.length ? paths : ['-']) {
    try {
      const fd = openInput(context.system.files, path);
      try {
        action(fd, path);
      } finally {
        closeInput(context.system.files, fd);
      }
    } catch (error) {
      status = report(context, error);
    }
  }
  return status;
}

/** Prints a Failure and gives its status; anything else goes on up. */
export function report(context: ProgramContext, error: unknown): number {
  if (!(error instanceof Failure)) throw error;
  complain(context, error.message);
  return error.status;
}

/** `name: message` on standard error. */
export function complain(context: ProgramContext, message: string): void {
  context.stderr.write(`${context.name}: ${message}\n`);
}

/** Throws a Failure `what: reason` when a call returned an error. */
export function check(result: number, what: string): number {
  if (result < 0) throw new Failure(`${what}: ${errorText(result)}`);
  return result;
}
