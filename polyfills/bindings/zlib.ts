import type { NodeContext } from '../context.ts';
import { bytesOf, copyBytes, isView, lengthOf } from '../text/captured.ts';
import { utf8Encode } from '../text/utf8.ts';
import { BrotliDecoder, BrotliEncoder, type BrotliExports, type BrotliStream } from '../zlib/brotli.ts';
import { type CompressionStreamConstructor, createCompressionStream } from '../zlib/compression-stream.ts';
import { crc32 } from '../zlib/crc32.ts';
import type { ZlibError } from '../zlib/engine.ts';
import { type HeapExports, WasmHeap } from '../zlib/wasm-heap.ts';
import { ZlibStream } from '../zlib/zlib-stream.ts';
import {
  ZstdCompressor,
  ZstdDecompressor,
  type ZstdErrorNames,
  type ZstdExports,
  type ZstdStream,
} from '../zlib/zstd.ts';

/** A parameter that the user did not set, in the arrays that Node's library hands over. */
const UNSET = 0xffff_ffff;

/** `internalBinding('zlib')` (src/node_zlib.cc): zlib's formats over pako, Brotli and Zstandard as WebAssembly. */
export function createZlib(context: NodeContext): object {
  const Base = createCompressionStream(context);
  return {
    ...context.facts.bindings['zlib']?.constants(),
    Zlib: createZlibClass(Base),
    ...createBrotliClasses(context, Base),
    ...createZstdClasses(context, Base),
    crc32: (data: string | ArrayBufferView, value: number): number =>
      crc32(typeof data === 'string' ? utf8Encode(data) : bytesOf(data), value),
  };
}

function createZlibClass(Base: CompressionStreamConstructor): unknown {
  return class Zlib extends Base {
    readonly #stream: ZlibStream;

    constructor(mode: number) {
      super();
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
      this.attach(this.#stream, writeResult, callback);
      this.#stream.configure({
        windowBits,
        level,
        memLevel,
        strategy,
        dictionary: dictionaryOf(dictionary),
        rejectGarbageAfterEnd: rejectGarbageAfterEnd === true,
      });
    }

    params(level: number, strategy: number): void {
      const error = this.#stream.params(level, strategy);
      if (error !== undefined) this.fail(error);
    }
  };
}

function createBrotliClasses(context: NodeContext, Base: CompressionStreamConstructor): object {
  const heap = heapOf<BrotliExports>(context, 'brotli');
  type Direction = new (heap: WasmHeap<BrotliExports>) => BrotliStream;
  const handle = (Direction: Direction, name: string) => {
    const Handle = class extends Base {
      init(parameters: Uint32Array, writeResult: Uint32Array, callback: unknown, dictionary?: unknown): void {
        const stream = new Direction(heap());
        const error = stream.start(dictionaryOf(dictionary)) ?? setEach(parameters, stream);
        if (error !== undefined) throw initializationFailed(context, 'Initialization failed');
        this.attach(stream, writeResult, callback);
      }

      /** Node's library never calls it: Brotli's parameters stay as they were at the start. */
      params(): void {}
    };
    return Object.defineProperty(Handle, 'name', { value: name, configurable: true });
  };
  return {
    BrotliEncoder: handle(BrotliEncoder, 'BrotliEncoder'),
    BrotliDecoder: handle(BrotliDecoder, 'BrotliDecoder'),
  };
}

type ZstdInit = [
  parameters: Uint32Array,
  pledgedBytes: unknown,
  writeResult: Uint32Array,
  callback: unknown,
  dictionary?: unknown,
];

function createZstdClasses(context: NodeContext, Base: CompressionStreamConstructor): object {
  const heap = heapOf<ZstdExports>(context, 'zstd');
  let names: ZstdErrorNames | undefined;
  const errorNames = () => (names ??= zstdErrorNames(context));

  type Direction = new (
    heap: WasmHeap<ZstdExports>,
    names: ZstdErrorNames,
    pledgedBytes: bigint | undefined,
  ) => ZstdStream;
  const handle = (Direction: Direction, name: string) => {
    const Handle = class extends Base {
      init(...[parameters, pledgedBytes, writeResult, callback, dictionary]: ZstdInit): void {
        const stream = new Direction(heap(), errorNames(), pledgeOf(context, pledgedBytes));
        const error = stream.start(dictionaryOf(dictionary)) ?? setEach(parameters, stream);
        if (error !== undefined) throw initializationFailed(context, error.message);
        this.attach(stream, writeResult, callback);
      }

      /** Node's library never calls it: Zstandard's parameters stay as they were at the start. */
      params(): void {}
    };
    return Object.defineProperty(Handle, 'name', { value: name, configurable: true });
  };
  return {
    ZstdCompress: handle(ZstdCompressor, 'ZstdCompress'),
    ZstdDecompress: handle(ZstdDecompressor, 'ZstdDecompress'),
  };
}

function zstdErrorNames(context: NodeContext): ZstdErrorNames {
  const constants = context.facts.bindings['constants']?.constants();
  const ofZlib = (constants?.['zlib'] ?? {}) as Record<string, number>;
  const errors = Object.entries(ofZlib).filter(([name]) => name.startsWith('ZSTD_error_'));
  return new Map(errors.map(([name, code]) => [code, name]));
}

/** The library, compiled and started when the first stream needs it. */
function heapOf<Exports extends HeapExports>(context: NodeContext, name: string): () => WasmHeap<Exports> {
  let heap: WasmHeap<Exports> | undefined;
  return () => (heap ??= new WasmHeap<Exports>(context.realm.webAssembly(`compression/${name}.wasm`)));
}

function setEach(parameters: Uint32Array, stream: BrotliStream | ZstdStream): ZlibError | undefined {
  for (const [parameter, value] of parameters.entries()) {
    const error = value === UNSET ? undefined : stream.setParameter(parameter, value);
    if (error !== undefined) return error;
  }
  return undefined;
}

function dictionaryOf(value: unknown): Uint8Array | undefined {
  if (!isView(value)) return undefined;
  const bytes = bytesOf(value);
  return copyBytes(bytes, 0, lengthOf(bytes));
}

function pledgeOf(context: NodeContext, sizeBytes: unknown): bigint | undefined {
  if (sizeBytes === undefined) return undefined;
  const { coded } = context.errors;
  if (typeof sizeBytes !== 'number') {
    throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'pledgedSrcSize must be a number');
  }
  if (!Number.isSafeInteger(sizeBytes)) {
    throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'pledgedSrcSize must be a safe integer');
  }
  if (sizeBytes < 0) throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'pledgedSrcSize must be non-negative');
  return BigInt(sizeBytes);
}

function initializationFailed(context: NodeContext, message: string): Error {
  return context.errors.coded(Error, 'ERR_ZLIB_INITIALIZATION_FAILED', message);
}
