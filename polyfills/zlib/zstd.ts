/** Facebook's Zstandard, as src/node_zlib.cc uses it (ZstdCompressContext, ZstdDecompressContext). */
import type { ZlibError } from './engine.ts';
import { type HeapExports, type WasmHeap, WORD_BYTES } from './wasm-heap.ts';
import { type Step, WasmStream } from './wasm-stream.ts';

/** Contexts and structures are addresses; results are sizes or, by ZSTD_isError, errors. */
export interface ZstdExports extends HeapExports {
  ZSTD_isError(result: number): number;
  ZSTD_getErrorCode(result: number): number;
  ZSTD_getErrorString(code: number): number;
  ZSTD_createCCtx(): number;
  ZSTD_freeCCtx(context: number): number;
  ZSTD_CCtx_setParameter(context: number, parameter: number, value: number): number;
  ZSTD_CCtx_setPledgedSrcSize(context: number, sizeBytes: bigint): number;
  ZSTD_CCtx_loadDictionary(context: number, data: number, sizeBytes: number): number;
  ZSTD_compressStream2(context: number, output: number, input: number, operation: number): number;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_DCtx_setParameter(context: number, parameter: number, value: number): number;
  ZSTD_DCtx_loadDictionary(context: number, data: number, sizeBytes: number): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** ZSTD_EndDirective. */
const END = 2;
const Z_BUF_ERROR = -5;
const CONTENT_SIZE_UNKNOWN = -1n;
const SOURCE_SIZE_WRONG = 72;
/** ZSTD_c_nbWorkers, ZSTD_c_jobSize, ZSTD_c_overlapLog: how threads share the work. There is one thread here. */
const THREADING_PARAMETERS: ReadonlySet<number> = new Set([400, 401, 402]);
/** ZSTD_inBuffer and ZSTD_outBuffer, one behind the other: address, size, position. */
const BUFFER_WORDS = 3;

/** ZSTD_ErrorCode → its name, such as ZSTD_error_corruption_detected. */
export type ZstdErrorNames = ReadonlyMap<number, string>;

const failed = (message: string, code: string, errno = -1): ZlibError => ({ message, errno, code });
const initializationFailed = (message: string) => failed(message, 'ERR_ZLIB_INITIALIZATION_FAILED');

/** Either direction of Zstandard. */
export abstract class ZstdStream extends WasmStream<ZstdExports> {
  protected zstd = 0;
  protected error = 0;
  readonly #names: ZstdErrorNames;

  constructor(heap: WasmHeap<ZstdExports>, compresses: boolean, names: ZstdErrorNames) {
    super(heap, compresses);
    this.#names = names;
  }

  /** Makes a stream in the place of the one before, whose parameters and dictionary do not outlive it (as in Node). */
  start(dictionary?: Uint8Array): ZlibError | undefined {
    this.zstd = this.create();
    if (this.zstd === 0) return initializationFailed('Could not initialize zstd instance');
    if (dictionary === undefined || dictionary.length === 0) return undefined;
    const data = this.memory.dictionary.place(dictionary);
    if (!this.isError(this.load(data, dictionary.length))) return undefined;
    return failed('Failed to load zstd dictionary', 'ERR_ZLIB_DICTIONARY_LOAD_FAILED');
  }

  reset(): ZlibError | undefined {
    return this.start();
  }

  setParameter(parameter: number, value: number): ZlibError | undefined {
    return this.isError(this.set(parameter, value))
      ? failed('Setting parameter failed', 'ERR_ZSTD_PARAM_SET_FAILED')
      : undefined;
  }

  protected step(flush: number, from: number, available: number, into: number, room: number): Step {
    const input = this.memory.counters.room(2 * BUFFER_WORDS * WORD_BYTES);
    const output = input + BUFFER_WORDS * WORD_BYTES;
    this.heap.words(input, 2 * BUFFER_WORDS).set([from, available, 0, into, room, 0]);
    const result = this.advance(output, input, flush);
    const counters = this.heap.words(input, 2 * BUFFER_WORDS);
    const consumed = counters[2] ?? 0;
    const produced = counters[2 + BUFFER_WORDS] ?? 0;
    const failing = this.isError(result);
    if (failing) this.error = this.heap.exports.ZSTD_getErrorCode(result);
    return { consumed, produced, wantsInput: !failing && result !== 0 && produced < room };
  }

  protected errorOfRun(flush: number): ZlibError | undefined {
    if (this.error !== 0) {
      const name = this.#names.get(this.error) ?? 'ZSTD_error_GENERIC';
      return failed(this.heap.text(this.heap.exports.ZSTD_getErrorString(this.error)), name, this.error);
    }
    return flush === END && this.isCut()
      ? failed('unexpected end of file', 'Z_BUF_ERROR', Z_BUF_ERROR)
      : undefined;
  }

  protected isError(result: number): boolean {
    return this.heap.exports.ZSTD_isError(result) !== 0;
  }

  protected abstract create(): number;
  protected abstract load(data: number, sizeBytes: number): number;
  protected abstract set(parameter: number, value: number): number;
  protected abstract advance(output: number, input: number, flush: number): number;
  /** At the end of all input: whether something is missing. */
  protected abstract isCut(): boolean;
}

export class ZstdCompressor extends ZstdStream {
  readonly #pledgedBytes: bigint | undefined;
  /** Of the frame that is being written; undefined when nothing was pledged for it. */
  #takenBytes: bigint | undefined;

  constructor(heap: WasmHeap<ZstdExports>, names: ZstdErrorNames, pledgedBytes: bigint | undefined) {
    super(heap, true, names);
    this.#pledgedBytes = pledgedBytes;
  }

  override start(dictionary?: Uint8Array): ZlibError | undefined {
    this.#takenBytes = this.#pledgedBytes === undefined ? undefined : 0n;
    const error = super.start(dictionary);
    if (error !== undefined) return error;
    const pledge = this.#pledgedBytes ?? CONTENT_SIZE_UNKNOWN;
    const result = this.heap.exports.ZSTD_CCtx_setPledgedSrcSize(this.zstd, pledge);
    return this.isError(result) ? initializationFailed('Could not set pledged src size') : undefined;
  }

  protected create(): number {
    const { exports } = this.heap;
    const context = exports.ZSTD_createCCtx();
    this.memory.renew(() => exports.ZSTD_freeCCtx(context));
    return context;
  }

  protected load(data: number, sizeBytes: number): number {
    return this.heap.exports.ZSTD_CCtx_loadDictionary(this.zstd, data, sizeBytes);
  }

  protected set(parameter: number, value: number): number {
    // This build of the library has no threads and would refuse them: with one, they come to the same.
    if (THREADING_PARAMETERS.has(parameter)) return 0;
    return this.heap.exports.ZSTD_CCtx_setParameter(this.zstd, parameter, value);
  }

  protected advance(output: number, input: number, flush: number): number {
    const remaining = this.heap.exports.ZSTD_compressStream2(this.zstd, output, input, flush);
    if (this.#takenBytes === undefined) return remaining;
    this.#takenBytes += BigInt(this.heap.words(input, BUFFER_WORDS)[2] ?? 0);
    // The library forgets a pledge when the first call is the last: it is held to it here.
    if (remaining === 0 && flush === END) {
      if (this.#takenBytes !== this.#pledgedBytes) this.error = SOURCE_SIZE_WRONG;
      this.#takenBytes = undefined;
    }
    return remaining;
  }

  protected isCut(): boolean {
    return false;
  }
}

export class ZstdDecompressor extends ZstdStream {
  #frameComplete = false;

  constructor(heap: WasmHeap<ZstdExports>, names: ZstdErrorNames) {
    super(heap, false, names);
  }

  override start(dictionary?: Uint8Array): ZlibError | undefined {
    this.#frameComplete = false;
    return super.start(dictionary);
  }

  protected create(): number {
    const { exports } = this.heap;
    const context = exports.ZSTD_createDCtx();
    this.memory.renew(() => exports.ZSTD_freeDCtx(context));
    return context;
  }

  protected load(data: number, sizeBytes: number): number {
    return this.heap.exports.ZSTD_DCtx_loadDictionary(this.zstd, data, sizeBytes);
  }

  protected set(parameter: number, value: number): number {
    return this.heap.exports.ZSTD_DCtx_setParameter(this.zstd, parameter, value);
  }

  protected advance(output: number, input: number): number {
    const available = this.heap.words(input, BUFFER_WORDS)[1];
    // The library's user comes again without input when the output was full: that begins no new frame.
    if (this.#frameComplete && available === 0) return 0;
    const result = this.heap.exports.ZSTD_decompressStream(this.zstd, output, input);
    this.#frameComplete = result === 0;
    return result;
  }

  protected isCut(): boolean {
    return !this.#frameComplete && this.remainingInput === 0 && this.remainingOutput > 0;
  }
}
