import type { NodeContext } from '../context.ts';
import { ArgumentChecks } from '../text/arguments.ts';
import { bytesOf, copyBytes, isView, lengthOf, plainRange, setBytes, viewBuffer } from '../text/captured.ts';
import { isPlainBuffer } from '../text/captured.ts';
import { utf8Encode } from '../text/utf8.ts';
import { crc32 } from '../zlib/crc32.ts';
import { type ZlibError, ZlibStream } from '../zlib/zlib-stream.ts';

const nothing = new Uint8Array(0);

/** `internalBinding('zlib')` over pako (src/node_zlib.cc). Brotli and Zstandard are refused by name. */
export function createZlib(context: NodeContext): object {
  const refuse = (name: string) =>
    class {
      constructor() {
        const message = `${name} is not available in this container; gzip, deflate and their raw form are`;
        throw context.errors.coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
      }
    };
  return {
    ...context.facts.bindings['zlib']?.constants(),
    Zlib: createZlibClass(context),
    BrotliEncoder: refuse('Brotli'),
    BrotliDecoder: refuse('Brotli'),
    ZstdCompress: refuse('Zstandard'),
    ZstdDecompress: refuse('Zstandard'),
    crc32: (data: string | ArrayBufferView, value: number): number =>
      crc32(typeof data === 'string' ? utf8Encode(data) : bytesOf(data), value),
  };
}

function createZlibClass(context: NodeContext): unknown {
  const checks = new ArgumentChecks(context.errors);
  return class Zlib extends context.async.AsyncWrap {
    onerror: unknown = undefined;
    readonly #stream: ZlibStream;
    #result: Uint32Array = new Uint32Array(2);
    #callback: unknown;
    #writing = false;
    #closePending = false;

    constructor(mode: number) {
      super('ZLIB');
      this.#stream = new ZlibStream(mode);
    }

    init(
      windowBits: number,
      level: number,
      memLevel: number,
      strategy: number,
      writeResult: Uint32Array,
      callback: unknown,
      dictionary?: unknown,
      rejectGarbageAfterEnd?: boolean,
    ): void {
      this.#result = writeResult;
      this.#callback = callback;
      const bytes = isView(dictionary) ? bytesOf(dictionary) : undefined;
      this.#stream.configure({
        windowBits,
        level,
        memLevel,
        strategy,
        dictionary: bytes === undefined ? undefined : copyBytes(bytes, 0, lengthOf(bytes)),
        rejectGarbageAfterEnd: rejectGarbageAfterEnd === true,
      });
    }

    write(...parameters: WriteParameters): void {
      const run = this.#prepare(parameters);
      const finish = context.loop.beginRequest('Zlib');
      context.loop.enqueue(() => {
        finish();
        const error = run();
        this.#writing = false;
        if (error !== undefined) {
          this.#fail(error);
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
      else this.#fail(error);
    }

    reset(): void {
      const error = this.#stream.reset();
      if (error !== undefined) this.#fail(error);
    }

    params(level: number, strategy: number): void {
      const error = this.#stream.params(level, strategy);
      if (error !== undefined) this.#fail(error);
    }

    /** While a write is under way it is closed behind it. */
    close(): void {
      this.#closePending = this.#writing;
      if (!this.#writing) this.#stream.close();
    }

    #prepare(parameters: WriteParameters): () => ZlibError | undefined {
      const [flush, input, inputOffset, inputLength, output, outputOffset, outputLength] = parameters;
      const source = input === null ? nothing : bytesOf(input);
      const target = bytesOf(output);
      if (input !== null && inputOffset + inputLength > lengthOf(source)) {
        throw checks.range('input buffer is out of bounds');
      }
      if (outputOffset + outputLength > lengthOf(target))
        throw checks.range('output buffer is out of bounds');
      this.#writing = true;
      return () => {
        const from = input === null ? nothing : plainRange(source, inputOffset, inputOffset + inputLength);
        const into = plainRange(target, outputOffset, outputOffset + outputLength);
        const error = this.#stream.run(flush, from, into);
        // A shared or resizable target was worked on as a copy.
        if (!isPlainBuffer(viewBuffer(target))) setBytes(target, into, outputOffset);
        return error;
      };
    }

    #report(): void {
      this.#result[0] = this.#stream.remainingOutput;
      this.#result[1] = this.#stream.remainingInput;
    }

    #fail({ message, errno, code }: ZlibError): void {
      context.async.makeCallback(this, this.onerror, message, errno, code);
      this.#writing = false;
      if (this.#closePending) this.close();
    }
  };
}

type WriteParameters = [
  flush: number,
  input: ArrayBufferView | null,
  inputOffset: number,
  inputLength: number,
  output: ArrayBufferView,
  outputOffset: number,
  outputLength: number,
];
