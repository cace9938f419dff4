import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { ArgumentChecks } from '../text/arguments.ts';
import { bytesOf, isPlainBuffer, lengthOf, plainRange, setBytes, viewBuffer } from '../text/captured.ts';
import type { CompressionEngine, ZlibError } from './engine.ts';

const nothing = new Uint8Array(0);

export type WriteParameters = [
  flush: number,
  input: ArrayBufferView | null,
  inputOffset: number,
  inputBytes: number,
  output: ArrayBufferView,
  outputOffset: number,
  outputBytes: number,
];

/** What the handles of all formats share (CompressionStream in src/node_zlib.cc). */
export interface CompressionStream extends AsyncWrapInstance {
  onerror: unknown;
  /** `writeResult` gets what remains of output and input after each write; `callback` follows each asynchronous one. */
  attach(engine: CompressionEngine, writeResult: Uint32Array, callback: unknown): void;
  /** Hands an error to `onerror`. */
  fail(error: ZlibError): void;
  write(...parameters: WriteParameters): void;
  writeSync(...parameters: WriteParameters): void;
  reset(): void;
  close(): void;
}

export type CompressionStreamConstructor = new () => CompressionStream;

export function createCompressionStream(context: NodeContext): CompressionStreamConstructor {
  const checks = new ArgumentChecks(context.errors);
  return class CompressionStreamBase extends context.async.AsyncWrap implements CompressionStream {
    onerror: unknown = undefined;
    #engine: CompressionEngine | undefined;
    #result: Uint32Array = new Uint32Array(2);
    #callback: unknown;
    #writing = false;
    #closePending = false;

    constructor() {
      super('ZLIB');
    }

    attach(engine: CompressionEngine, writeResult: Uint32Array, callback: unknown): void {
      this.#engine = engine;
      this.#result = writeResult;
      this.#callback = callback;
    }

    write(...parameters: WriteParameters): void {
      const run = this.#prepare(parameters);
      const finish = context.loop.beginRequest('Zlib');
      context.loop.enqueue(() => {
        finish();
        const error = run();
        this.#writing = false;
        if (error !== undefined) {
          this.fail(error);
          return;
        }
        this.#report();
        context.async.makeCallback(this, this.#callback);
        if (this.#closePending) this.close();
      });
    }

    writeSync(...parameters: WriteParameters): void {
      const error = this.#prepare(parameters)();
      this.#writing = false;
      if (error === undefined) this.#report();
      else this.fail(error);
    }

    reset(): void {
      if (this.#writing) throw new Error('Cannot reset zlib stream while a write is in progress');
      const error = this.#engine?.reset();
      if (error !== undefined) this.fail(error);
    }

    /** While a write is under way it is closed behind it. */
    close(): void {
      this.#closePending = this.#writing;
      if (!this.#writing) this.#engine?.close();
    }

    #prepare(parameters: WriteParameters): () => ZlibError | undefined {
      const [flush, input, inputOffset, inputBytes, output, outputOffset, outputBytes] = parameters;
      // Lengths are 32 bits without a sign: a negative one is far out of bounds.
      const inputLength = inputBytes >>> 0;
      const outputLength = outputBytes >>> 0;
      const engine = this.#engine;
      if (engine === undefined) throw new TypeError('write before init');
      const source = input === null ? nothing : bytesOf(input);
      const target = bytesOf(output);
      if (input !== null && inputOffset + inputLength > lengthOf(source)) {
        throw checks.range('input buffer is out of bounds');
      }
      if (outputOffset + outputLength > lengthOf(target)) {
        throw checks.range('output buffer is out of bounds');
      }
      this.#writing = true;
      return () => {
        const from = input === null ? nothing : plainRange(source, inputOffset, inputOffset + inputLength);
        const into = plainRange(target, outputOffset, outputOffset + outputLength);
        const error = engine.run(flush, from, into);
        // A shared or resizable target was worked on as a copy.
        if (!isPlainBuffer(viewBuffer(target))) setBytes(target, into, outputOffset);
        return error;
      };
    }

    #report(): void {
      this.#result[0] = this.#engine?.remainingOutput ?? 0;
      this.#result[1] = this.#engine?.remainingInput ?? 0;
    }

    fail({ message, errno, code }: ZlibError): void {
      context.async.makeCallback(this, this.onerror, message, errno, code);
      this.#writing = false;
      if (this.#closePending) this.close();
    }
  };
}
