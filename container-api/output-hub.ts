/**
 * A process's output on the page's side. Each output stream of the process is a hub; each readable stream that a caller
 * asked for (`stdout`, `stderr`, the merged `output`) is an outlet of one or two hubs. Credit goes back to the kernel as
 * every outlet has given a chunk to its reader; while a hub has no outlet, the newest output is kept up to a bound.
 */
import { OUTPUT_CREDIT_BYTES, OUTPUT_WINDOW_BYTES, UNREAD_OUTPUT_BYTES } from '../src/base/limits.ts';
import type { OutputStream } from '../src/protocol/container.ts';

export type Chunk = Uint8Array<ArrayBuffer>;

/** Turns chunks into what a stream gives: each source apart, because a character may be cut at a chunk's end. */
export interface Converter<T> {
  chunk(chunk: Chunk, source: OutputStream): T | undefined;
  end(source: OutputStream): T | undefined;
}

export function textConverter(): Converter<string> {
  const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true });
  const decoders = { 1: newDecoder(), 2: newDecoder() };
  return {
    chunk: (chunk, source) => decoders[source].decode(chunk, { stream: true }) || undefined,
    end: (source) => decoders[source].decode() || undefined,
  };
}

export const bytesConverter: Converter<Chunk> = { chunk: (chunk) => chunk, end: () => undefined };

interface Item {
  chunk: Chunk | undefined;
  source: OutputStream;
  taken: () => void;
}

export class Outlet<T> {
  readonly stream: ReadableStream<T>;
  readonly #converter: Converter<T>;
  readonly #queue: Item[] = [];
  #controller: ReadableStreamDefaultController<T> | undefined;
  #sources: number;
  #done = false;
  #wanted: (() => void) | undefined;

  /** Ends when `sources` sources have ended: at once where there are none. */
  constructor(sources: number, converter: Converter<T>) {
    this.#sources = sources;
    this.#converter = converter;
    this.stream = new ReadableStream<T>(
      {
        start: (controller) => {
          this.#controller = controller;
          if (sources > 0) return;
          this.#done = true;
          controller.close();
        },
        pull: () => new Promise<void>((resolve) => this.#pull(resolve)),
        cancel: () => this.#cancel(),
      },
      { highWaterMark: 0 },
    );
  }

  push(chunk: Chunk, source: OutputStream, taken: () => void): void {
    if (this.#done) taken();
    else this.#add({ chunk, source, taken });
  }

  end(source: OutputStream): void {
    if (this.#done) return;
    this.#sources--;
    this.#add({ chunk: undefined, source, taken: () => undefined });
    // A stream that nobody reads from is closed all the same.
    if (this.#sources === 0 && this.#queue.every(({ chunk }) => chunk === undefined)) this.#drain();
  }

  #add(item: Item): void {
    this.#queue.push(item);
    if (this.#wanted) this.#drain();
  }

  #pull(resolve: () => void): void {
    this.#wanted = resolve;
    this.#drain();
  }

  /** Gives one value to a reader that waits, and closes after the last. */
  #drain(): void {
    let given = false;
    while (!given) {
      const item = this.#queue.shift();
      if (item === undefined) break;
      const { chunk, source } = item;
      const value = chunk ? this.#converter.chunk(chunk, source) : this.#converter.end(source);
      item.taken();
      if (value === undefined) continue;
      this.#controller?.enqueue(value);
      given = true;
    }
    if (this.#sources === 0 && this.#queue.length === 0 && !this.#done) {
      this.#done = true;
      this.#controller?.close();
      given = true;
    }
    if (!given) return;
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  #cancel(): void {
    this.#done = true;
    for (const { taken } of this.#queue.splice(0)) taken();
  }
}

export class OutputHub {
  readonly #source: OutputStream;
  readonly #grant: (bytes: number) => void;
  readonly #outlets: Outlet<unknown>[] = [];
  #unread: Chunk[] = [];
  #unreadBytes = 0;
  #owed = 0;
  #ended = false;

  constructor(source: OutputStream, grant: (bytes: number) => void) {
    this.#source = source;
    this.#grant = grant;
    grant(OUTPUT_WINDOW_BYTES);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What was kept so far goes to the first outlet that is attached. */
  attach(outlet: Outlet<unknown>): void {
    this.#outlets.push(outlet);
    const kept = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    // Their credit was given back when they were kept.
    for (const chunk of kept) outlet.push(chunk, this.#source, () => undefined);
    if (this.#ended) outlet.end(this.#source);
  }

  push(chunk: Chunk): void {
    const bytes = chunk.length;
    if (this.#outlets.length === 0) {
      this.#keep(chunk);
      this.#giveBack(bytes);
      return;
    }
    let pending = this.#outlets.length;
    const taken = (): void => {
      if (--pending === 0) this.#giveBack(bytes);
    };
    for (const [index, outlet] of this.#outlets.entries()) {
      outlet.push(index === 0 ? chunk : chunk.slice(), this.#source, taken);
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const outlet of this.#outlets) outlet.end(this.#source);
  }

  /** Credit goes back in few messages: what is owed never stops the kernel, which has the rest of the window. */
  #giveBack(bytes: number): void {
    this.#owed += bytes;
    if (this.#owed < OUTPUT_CREDIT_BYTES) return;
    this.#grant(this.#owed);
    this.#owed = 0;
  }

  #keep(chunk: Chunk): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    while (this.#unreadBytes > UNREAD_OUTPUT_BYTES && this.#unread.length > 1) {
      this.#unreadBytes -= this.#unread.shift()?.length ?? 0;
    }
  }
}
