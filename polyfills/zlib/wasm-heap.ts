/** What every module built by scripts/compression-wasm.sh exports beside its own functions. */
export interface HeapExports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  /** 0 when there is no memory left. */
  malloc(sizeBytes: number): number;
  free(address: number): void;
}

/** Bytes of a pointer and of a size_t. */
export const WORD_BYTES = 4;

/** One instance of a C library, and its memory: pointers are numbers, size_t is 32 bits wide. */
export class WasmHeap<Exports extends HeapExports> {
  readonly exports: Exports;
  #bytes: Uint8Array<ArrayBuffer>;

  constructor(module: WebAssembly.Module) {
    const exit = () => {
      throw new Error('the compression library gave up: out of memory');
    };
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: { proc_exit: exit } });
    this.exports = instance.exports as unknown as Exports;
    this.exports._initialize();
    this.#bytes = new Uint8Array(this.exports.memory.buffer as ArrayBuffer);
  }

  /** The whole memory. Valid until the library allocates. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.exports.memory.buffer as ArrayBuffer);
    return this.#bytes;
  }

  words(address: number, count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.bytes.buffer, address, count);
  }

  /** A C string. */
  text(address: number): string {
    const { bytes } = this;
    let text = '';
    for (let at = address; bytes[at] !== 0 && at < bytes.length; at++) {
      text += String.fromCharCode(bytes[at] ?? 0);
    }
    return text;
  }
}

/** A piece of a heap that grows with what is put into it. */
export class Region {
  readonly #heap: WasmHeap<HeapExports>;
  #address = 0;
  #sizeBytes = 0;

  constructor(heap: WasmHeap<HeapExports>) {
    this.#heap = heap;
  }

  /** The address of at least `sizeBytes` bytes, whatever they hold. */
  room(sizeBytes: number): number {
    if (this.#address !== 0 && sizeBytes <= this.#sizeBytes) return this.#address;
    this.free();
    this.#address = this.#heap.exports.malloc(Math.max(sizeBytes, 1));
    if (this.#address === 0) throw new RangeError('out of memory');
    this.#sizeBytes = sizeBytes;
    return this.#address;
  }

  place(bytes: Uint8Array): number {
    const address = this.room(bytes.length);
    this.#heap.bytes.set(bytes, address);
    return address;
  }

  free(): void {
    if (this.#address !== 0) this.#heap.exports.free(this.#address);
    this.#address = 0;
    this.#sizeBytes = 0;
  }
}

/** A region for input that is taken in steps: what follows in the same buffer is not copied a second time. */
export class InputRegion {
  readonly #region: Region;
  #source: Uint8Array | undefined;
  #address = 0;

  constructor(heap: WasmHeap<HeapExports>) {
    this.#region = new Region(heap);
  }

  place(bytes: Uint8Array): number {
    const source = this.#source;
    const end = bytes.byteOffset + bytes.length;
    if (
      source !== undefined &&
      source.buffer === bytes.buffer &&
      source.byteOffset <= bytes.byteOffset &&
      source.byteOffset + source.length === end
    ) {
      return this.#address + bytes.byteOffset - source.byteOffset;
    }
    this.#address = this.#region.place(bytes);
    this.#source = bytes;
    return this.#address;
  }

  /** All of it was taken: the same place in the same buffer holds something else the next time. */
  taken(): void {
    this.#source = undefined;
  }

  free(): void {
    this.#source = undefined;
    this.#region.free();
  }
}
