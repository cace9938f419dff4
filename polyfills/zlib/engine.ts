/** What a compression stream failed with: the arguments of `handle.onerror` (EmitError in src/node_zlib.cc). */
export interface ZlibError {
  readonly message: string;
  readonly errno: number;
  readonly code: string;
}

/** One stream in one direction: the part of src/node_zlib.cc's contexts that its CompressionStream drives. */
export interface CompressionEngine {
  /** Bytes of the last run's input that were not taken, and of its output that were not filled. */
  readonly remainingInput: number;
  readonly remainingOutput: number;
  run(flush: number, input: Uint8Array<ArrayBuffer>, output: Uint8Array<ArrayBuffer>): ZlibError | undefined;
  reset(): ZlibError | undefined;
  close(): void;
}
