/** The guest's memory: what lies beyond it is answered by OVERFLOW, as uvwasi does. */
import { WasiErrno } from './abi.ts';

/** Unwinds a call to its WASI error. */
export class WasiFailure extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`WASI error ${errno}`);
    this.errno = errno;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const IOVEC_BYTES = 8;

export class GuestMemory {
  memory: WebAssembly.Memory | undefined;

  view(at: number, length: number): DataView {
    const { buffer } = this.#present();
    if (at + length > buffer.byteLength) throw new WasiFailure(WasiErrno.OVERFLOW);
    return new DataView(buffer, at, length);
  }
  bytes(at: number, length: number): Uint8Array {
    const { buffer } = this.#present();
    if (at + length > buffer.byteLength) throw new WasiFailure(WasiErrno.OVERFLOW);
    return new Uint8Array(buffer, at, length);
  }
  text(at: number, length: number): string {
    // A copy: shared memory cannot be decoded.
    return decoder.decode(this.bytes(at, length).slice());
  }
  setUint32(at: number, value: number): void {
    this.view(at, 4).setUint32(0, value, true);
  }
  setUint64(at: number, value: bigint): void {
    this.view(at, 8).setBigUint64(0, value, true);
  }
  /** The buffers that an array of iovec names. */
  vectors(at: number, count: number): Uint8Array[] {
    const list = this.view(at, count * IOVEC_BYTES);
    return Array.from({ length: count }, (_, i) =>
      this.bytes(list.getUint32(i * IOVEC_BYTES, true), list.getUint32(i * IOVEC_BYTES + 4, true)),
    );
  }

  #present(): WebAssembly.Memory {
    if (this.memory === undefined) throw new WasiFailure(WasiErrno.FAULT);
    return this.memory;
  }
}

/** Strings as the guest's C library takes them: pointers, and the bytes behind them, each ended by NUL. */
export class StringTable {
  readonly #strings: readonly Uint8Array[];
  constructor(strings: readonly string[]) {
    this.#strings = strings.map((text) => encoder.encode(`${text}\0`));
  }
  get count(): number {
    return this.#strings.length;
  }
  get sizeBytes(): number {
    return this.#strings.reduce((sum, { length }) => sum + length, 0);
  }
  write(memory: GuestMemory, pointers: number, buffer: number): void {
    let at = buffer;
    for (const [index, bytes] of this.#strings.entries()) {
      memory.setUint32(pointers + index * 4, at);
      memory.bytes(at, bytes.length).set(bytes);
      at += bytes.length;
    }
  }
}
