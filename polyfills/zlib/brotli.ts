/** Google's Brotli, as src/node_zlib.cc uses it (BrotliEncoderContext, BrotliDecoderContext). */
import type { ZlibError } from './engine.ts';
import { type HeapExports, type WasmHeap, WORD_BYTES } from './wasm-heap.ts';
import { type Step, WasmStream } from './wasm-stream.ts';

/** Pointers and BROTLI_BOOL are numbers. Each stream call takes the addresses of its four counters. */
export interface BrotliExports extends HeapExports {
  BrotliEncoderCreateInstance(allocate: 0, free: 0, opaque: 0): number;
  BrotliEncoderSetParameter(state: number, parameter: number, value: number): number;
  BrotliEncoderPrepareDictionary(
    type: number,
    sizeBytes: number,
    data: number,
    quality: number,
    allocate: 0,
    free: 0,
    opaque: 0,
  ): number;
  BrotliEncoderAttachPreparedDictionary(state: number, prepared: number): number;
  BrotliEncoderDestroyPreparedDictionary(prepared: number): void;
  BrotliEncoderCompressStream(
    state: number,
    operation: number,
    availableIn: number,
    nextIn: number,
    availableOut: number,
    nextOut: number,
    totalOut: 0,
  ): number;
  BrotliEncoderDestroyInstance(state: number): void;
  BrotliDecoderCreateInstance(allocate: 0, free: 0, opaque: 0): number;
  BrotliDecoderSetParameter(state: number, parameter: number, value: number): number;
  BrotliDecoderAttachDictionary(state: number, type: number, sizeBytes: number, data: number): number;
  BrotliDecoderDecompressStream(
    state: number,
    availableIn: number,
    nextIn: number,
    availableOut: number,
    nextOut: number,
    totalOut: 0,
  ): number;
  BrotliDecoderGetErrorCode(state: number): number;
  BrotliDecoderErrorString(code: number): number;
  BrotliDecoderDestroyInstance(state: number): void;
}

const SHARED_DICTIONARY_RAW = 0;
const MAX_QUALITY = 11;
const OPERATION_FINISH = 2;
const NEEDS_MORE_INPUT = 2;
const Z_BUF_ERROR = -5;
/** available_in, next_in, available_out, next_out. */
const COUNTERS = 4;

const failed = (message: string, code: string, errno = -1): ZlibError => ({ message, errno, code });
const dictionaryFailed = (what: string) =>
  failed(`Failed to ${what} brotli dictionary`, 'ERR_ZLIB_DICTIONARY_LOAD_FAILED');

/** Either direction of Brotli. */
export abstract class BrotliStream extends WasmStream<BrotliExports> {
  protected state = 0;

  /** Makes a stream in the place of the one before, whose parameters and dictionary do not outlive it (as in Node). */
  start(dictionary?: Uint8Array): ZlibError | undefined {
    const { create, destroy } = this.instances();
    const state = create(0, 0, 0);
    this.state = state;
    this.memory.renew(() => {
      if (state !== 0) destroy(state);
    });
    if (this.state === 0) {
      return failed('Could not initialize Brotli instance', 'ERR_ZLIB_INITIALIZATION_FAILED');
    }
    return dictionary === undefined || dictionary.length === 0 ? undefined : this.attach(dictionary);
  }

  reset(): ZlibError | undefined {
    return this.start();
  }

  setParameter(parameter: number, value: number): ZlibError | undefined {
    return this.set(parameter, value)
      ? undefined
      : failed('Setting parameter failed', 'ERR_BROTLI_PARAM_SET_FAILED');
  }

  protected step(flush: number, from: number, available: number, into: number, room: number): Step {
    const at = this.memory.counters.room(COUNTERS * WORD_BYTES);
    this.heap.words(at, COUNTERS).set([available, from, room, into]);
    const wantsInput = this.advance(flush, [at, at + WORD_BYTES, at + 2 * WORD_BYTES, at + 3 * WORD_BYTES]);
    const [availableIn = 0, , availableOut = 0] = this.heap.words(at, COUNTERS);
    return { consumed: available - availableIn, produced: room - availableOut, wantsInput };
  }

  protected abstract instances(): {
    create: (allocate: 0, free: 0, opaque: 0) => number;
    destroy: (state: number) => void;
  };
  protected abstract attach(dictionary: Uint8Array): ZlibError | undefined;
  protected abstract set(parameter: number, value: number): boolean;
  /** `counters`: the addresses of the four. True when it could go on with more input. */
  protected abstract advance(flush: number, counters: readonly [number, number, number, number]): boolean;
}

export class BrotliEncoder extends BrotliStream {
  #succeeded = true;

  constructor(heap: WasmHeap<BrotliExports>) {
    super(heap, true);
  }

  protected instances() {
    const { exports } = this.heap;
    return { create: exports.BrotliEncoderCreateInstance, destroy: exports.BrotliEncoderDestroyInstance };
  }

  protected attach(dictionary: Uint8Array): ZlibError | undefined {
    const { exports } = this.heap;
    const data = this.memory.dictionary.place(dictionary);
    const type = SHARED_DICTIONARY_RAW;
    const prepared = exports.BrotliEncoderPrepareDictionary(
      type,
      dictionary.length,
      data,
      MAX_QUALITY,
      0,
      0,
      0,
    );
    if (prepared === 0) return dictionaryFailed('prepare');
    this.memory.alsoDestroy(() => exports.BrotliEncoderDestroyPreparedDictionary(prepared));
    const attached = exports.BrotliEncoderAttachPreparedDictionary(this.state, prepared) !== 0;
    return attached ? undefined : dictionaryFailed('attach');
  }

  protected set(parameter: number, value: number): boolean {
    return this.heap.exports.BrotliEncoderSetParameter(this.state, parameter, value) !== 0;
  }

  protected advance(flush: number, counters: readonly [number, number, number, number]): boolean {
    const { exports } = this.heap;
    this.#succeeded = exports.BrotliEncoderCompressStream(this.state, flush, ...counters, 0) !== 0;
    return false;
  }

  protected errorOfRun(): ZlibError | undefined {
    return this.#succeeded ? undefined : failed('Compression failed', 'ERR_BROTLI_COMPRESSION_FAILED');
  }
}

export class BrotliDecoder extends BrotliStream {
  #result = 0;
  #error = 0;

  constructor(heap: WasmHeap<BrotliExports>) {
    super(heap, false);
  }

  protected instances() {
    const { exports } = this.heap;
    return { create: exports.BrotliDecoderCreateInstance, destroy: exports.BrotliDecoderDestroyInstance };
  }

  protected attach(dictionary: Uint8Array): ZlibError | undefined {
    const { exports } = this.heap;
    const data = this.memory.dictionary.place(dictionary);
    const type = SHARED_DICTIONARY_RAW;
    const attached = exports.BrotliDecoderAttachDictionary(this.state, type, dictionary.length, data) !== 0;
    return attached ? undefined : dictionaryFailed('attach');
  }

  protected set(parameter: number, value: number): boolean {
    return this.heap.exports.BrotliDecoderSetParameter(this.state, parameter, value) !== 0;
  }

  protected advance(_flush: number, counters: readonly [number, number, number, number]): boolean {
    const { exports } = this.heap;
    this.#result = exports.BrotliDecoderDecompressStream(this.state, ...counters, 0);
    if (this.#result === 0) this.#error = exports.BrotliDecoderGetErrorCode(this.state);
    return this.#result === NEEDS_MORE_INPUT;
  }

  protected errorOfRun(flush: number): ZlibError | undefined {
    if (this.#error !== 0) {
      const name = this.heap.text(this.heap.exports.BrotliDecoderErrorString(this.#error));
      return failed('Decompression failed', `ERR_${name}`, this.#error);
    }
    // zlib's own words: Brotli has no code for it.
    const cut = flush === OPERATION_FINISH && this.#result === NEEDS_MORE_INPUT;
    return cut ? failed('unexpected end of file', 'Z_BUF_ERROR', Z_BUF_ERROR) : undefined;
  }
}
