import { concat } from '../../src/base/bytes.ts';
import { Errno } from '../../src/base/errno.ts';
import { OUTPUT_BUFFER_BYTES } from '../../src/base/limits.ts';
import type { System } from '../../polyfills/system.ts';
import { encodeText } from '../text/text.ts';

const SIGPIPE = 13;

/** A buffered writer on a descriptor. Short writes are continued; an error is kept and later writes are dropped. */
export class Output {
  readonly fd: number;
  readonly #system: System;
  readonly #unbuffered: boolean;
  #parts: Uint8Array[] = [];
  #size = 0;
  #errno = 0;

  constructor(system: System, fd: number, unbuffered = false) {
    this.#system = system;
    this.fd = fd;
    this.#unbuffered = unbuffered;
  }

  /** True after a write failed (`errno` says how): the program ends with an error status. */
  get failed(): boolean {
    return this.#errno !== 0;
  }
  get errno(): number {
    return this.#errno;
  }

  /** Text (see text.ts: what did not decode comes back as the bytes it was) or bytes, which are not kept after `flush`. */
  write(data: string | Uint8Array): void {
    if (this.#errno !== 0) return;
    const bytes = typeof data === 'string' ? encodeText(data) : data;
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (this.#unbuffered || this.#size >= OUTPUT_BUFFER_BYTES) this.flush();
  }

  flush(): void {
    if (this.#size === 0) return;
    const parts = this.#parts;
    this.#parts = [];
    this.#size = 0;
    this.#writeAll(parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(parts));
  }

  #writeAll(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const written = this.#system.files.write(this.fd, at === 0 ? bytes : bytes.subarray(at), null);
      if (written === -Errno.EINTR) continue;
      if (written < 0) {
        this.#errno = -written;
        // As write(2) would raise it: nobody reads any more, and that ends the program unless it catches the signal.
        if (written === -Errno.EPIPE) this.#system.process.kill(this.#system.process.pid, SIGPIPE);
        return;
      }
      at += written;
    }
  }
}
