import type { CompressionEngine, ZlibError } from './engine.ts';
import { type HeapExports, InputRegion, Region, type WasmHeap } from './wasm-heap.ts';

/** A decompressor is fed in pieces; what a compressor makes depends on how much it sees at once, so it sees all. */
const PIECE_BYTES = 64 * 1024;

export interface Step {
  readonly consumed: number;
  readonly produced: number;
  /** It has taken what it got and has room to go on. */
  readonly wantsInput: boolean;
}

/** What stands in the heap for one stream, apart from the stream, so that it can be freed after it. */
export class StreamMemory {
  readonly input: InputRegion;
  readonly output: Region;
  readonly dictionary: Region;
  /** The places through which the library says how far it came. */
  readonly counters: Region;
  #destroy: () => void = () => undefined;

  constructor(heap: WasmHeap<HeapExports>) {
    this.input = new InputRegion(heap);
    this.output = new Region(heap);
    this.dictionary = new Region(heap);
    this.counters = new Region(heap);
  }

  /** What the library made until now is gone; `destroy` ends what it made instead. */
  renew(destroy: () => void): void {
    this.#destroy();
    this.#destroy = destroy;
  }

  /** For what the library made besides: it goes last. */
  alsoDestroy(further: () => void): void {
    const first = this.#destroy;
    this.#destroy = () => {
      first();
      further();
    };
  }

  free(): void {
    this.renew(() => undefined);
    this.input.free();
    this.output.free();
    this.dictionary.free();
    this.counters.free();
  }
}

/** Streams that are dropped without `close()`. */
const dropped = new FinalizationRegistry<StreamMemory>((memory) => memory.free());

/** A stream of a library in WebAssembly: moves bytes in and out of its heap. */
export abstract class WasmStream<Exports extends HeapExports> implements CompressionEngine {
  remainingInput = 0;
  remainingOutput = 0;
  protected readonly heap: WasmHeap<Exports>;
  protected readonly memory: StreamMemory;
  readonly #compresses: boolean;

  constructor(heap: WasmHeap<Exports>, compresses: boolean) {
    this.heap = heap;
    this.#compresses = compresses;
    this.memory = new StreamMemory(heap);
    dropped.register(this, this.memory, this);
  }

  run(flush: number, input: Uint8Array<ArrayBuffer>, output: Uint8Array<ArrayBuffer>): ZlibError | undefined {
    const { memory } = this;
    const into = memory.output.room(output.length);
    let taken = 0;
    let filled = 0;
    let step: Step;
    do {
      const end = this.#compresses ? input.length : Math.min(taken + PIECE_BYTES, input.length);
      const from = memory.input.place(input.subarray(taken, end));
      step = this.step(flush, from, end - taken, into + filled, output.length - filled);
      taken += step.consumed;
      filled += step.produced;
      if (taken === end) memory.input.taken();
    } while (step.wantsInput && taken < input.length);
    output.set(this.heap.bytes.subarray(into, into + filled));
    this.remainingInput = input.length - taken;
    this.remainingOutput = output.length - filled;
    return this.errorOfRun(flush);
  }

  close(): void {
    this.memory.free();
    dropped.unregister(this);
  }

  abstract reset(): ZlibError | undefined;
  protected abstract step(flush: number, from: number, available: number, into: number, room: number): Step;
  protected abstract errorOfRun(flush: number): ZlibError | undefined;
}
