/** A hosted program's standard streams: the descriptors that it was given, read and written without blocking the kernel. */
import { Errno } from '../../base/errno.ts';
import { OUTPUT_CHUNK_BYTES } from '../../base/limits.ts';
import type { DescriptorGrant } from '../../protocol/process.ts';
import type { Kernel } from '../kernel.ts';
import { whenReady } from '../pipes/pump.ts';
import type { Process } from '../process/process.ts';

/** The reader of the output has gone. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

export class HostedIo {
  readonly process: Process;
  /** The ring of its terminal, if standard input and output are that. */
  readonly terminal: number | undefined;
  readonly #kernel: Kernel;
  readonly #descriptors: readonly (DescriptorGrant | null)[];

  constructor(kernel: Kernel, process: Process, descriptors: readonly (DescriptorGrant | null)[]) {
    this.#kernel = kernel;
    this.process = process;
    this.#descriptors = descriptors;
    const [input, output] = descriptors;
    const both = input?.kind === 'stream' && input.tty && output?.kind === 'stream' && output.tty;
    this.terminal = both ? input.input : undefined;
  }

  isTerminal(fd: 0 | 1 | 2): boolean {
    const grant = this.#descriptors[fd];
    return grant?.kind === 'stream' && grant.tty === true;
  }

  /** The next bytes of standard input, null at its end, or when they come and are not `wanted` any more. */
  async read(wanted: () => boolean = () => true): Promise<Uint8Array | null> {
    const grant = this.#descriptors[0];
    const into = new Uint8Array(OUTPUT_CHUNK_BYTES);
    const bytes = (count: number): Uint8Array | null => (count > 0 ? into.slice(0, count) : null);
    if (grant?.kind === 'file') return bytes(this.#kernel.files.read(grant.ofd, into, null));
    if (grant?.kind !== 'stream' || grant.input === undefined) return null;
    const ring = this.#kernel.books.ring(grant.input);
    while (this.#running && wanted()) {
      const count = ring.tryRead(into);
      if (count !== -Errno.EAGAIN) return bytes(count);
      await new Promise<void>((resolve) =>
        whenReady(ring, ring.readWord, () => ring.readable || !this.#running, resolve),
      );
    }
    return null;
  }

  /** Resolves when all of it is taken. Throws BrokenPipe when nobody will read it. */
  async write(fd: 1 | 2, data: Uint8Array | string): Promise<void> {
    const grant = this.#descriptors[fd];
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    if (grant?.kind === 'file') {
      if (this.#running && this.#kernel.files.write(grant.ofd, bytes, null) < 0) throw new BrokenPipe();
      return;
    }
    if (grant?.kind !== 'stream' || grant.output === undefined) return;
    const ring = this.#kernel.books.ring(grant.output);
    for (let at = 0; at < bytes.length && this.#running;) {
      const count = ring.tryWrite(bytes.subarray(at));
      if (count === -Errno.EAGAIN) {
        await new Promise<void>((resolve) =>
          whenReady(ring, ring.writeWord, () => ring.writable || !this.#running, resolve),
        );
      } else if (count < 0) throw new BrokenPipe();
      else at += count;
    }
  }

  get #running(): boolean {
    return this.process.state !== 'exited';
  }
}
