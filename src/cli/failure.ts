/**
 * What the command line itself may fail at, apart from the command that it runs. Codes follow `docker run` and `env`:
 * 125 and up belong to the tool, below that is the command's own code.
 */
export const ExitCode = {
  /** Of `oac fsck`: the end of the log is lost. */
  lostEnd: 1,
  /** Of `oac fsck`: damaged (as fsck(8): errors left uncorrected). */
  damaged: 4,
  /** The command took longer than `--timeout` (as coreutils' `timeout`). */
  timedOut: 124,
  /** The tool failed: bad usage, no browser, missing build, missing mount, a crashed page. */
  tool: 125,
  /** The command was found but could not be run. */
  notExecutable: 126,
  /** No such command. */
  notFound: 127,
  /** Added to the number of the signal that ended the command. */
  signalBase: 128,
} as const;

export type FailureCode =
  | 'ERR_USAGE'
  | 'ERR_PORT_TAKEN'
  | 'ERR_STORE_BUSY'
  | 'ERR_NO_BROWSER'
  | 'ERR_BROWSER_FAILED'
  | 'ERR_BUILD_MISSING'
  | 'ERR_MOUNT_MISSING'
  | 'ERR_PAGE_FAILED'
  | 'ERR_CONTAINER';

/** A failure that is told to the user in one or two sentences, without a stack. */
export class Failure extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
