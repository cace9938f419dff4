/** A failure of the external runtime, or of the way to it. `code` is an errno name (docs/runtime.md lists them). */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
