/** A refusal with a code that a client can act on and a sentence that a person can. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The code of a system error or a BridgeError; EIO for anything else. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return 'EIO';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
