/** Frames that wait to be sent. */
import type { SentField } from './hpack/encoder.ts';
import type { Setting } from './settings.ts';

export type Item =
  | {
      readonly kind: 'headers';
      readonly streamId: number;
      readonly fields: readonly SentField[];
      readonly endStream: boolean;
      /** Begins a stream. */
      readonly isRequest: boolean;
      /** A body follows, and what its last frame does. */
      readonly body: boolean;
      /** Reset before it was sent: the code. */
      canceled: number | undefined;
    }
  | {
      readonly kind: 'pushPromise';
      readonly streamId: number;
      readonly promisedId: number;
      readonly fields: readonly SentField[];
    }
  | { readonly kind: 'rstStream'; readonly streamId: number; readonly code: number }
  | { readonly kind: 'settings'; readonly ack: boolean; readonly settings: readonly Setting[] }
  | { readonly kind: 'ping'; readonly ack: boolean; readonly payload: Uint8Array }
  | {
      readonly kind: 'goaway';
      readonly lastStreamId: number;
      readonly code: number;
      readonly data: Uint8Array;
      /** Nothing is sent or read after it. */
      readonly terminates: boolean;
    }
  | { readonly kind: 'windowUpdate'; readonly streamId: number; readonly increment: number }
  | { readonly kind: 'altsvc'; readonly streamId: number; readonly origin: string; readonly value: string }
  | { readonly kind: 'origin'; readonly origins: readonly string[] };

/** A queue whose shift does not move what is left. */
export class Queue<T> {
  #items: T[] = [];
  #at = 0;
  get length(): number {
    return this.#items.length - this.#at;
  }
  push(item: T): void {
    this.#items.push(item);
  }
  shift(): T | undefined {
    const item = this.#items[this.#at];
    if (this.#at < this.#items.length) this.#at++;
    if (this.#at === this.#items.length) {
      this.#items = [];
      this.#at = 0;
    }
    return item;
  }
  find(wanted: (item: T) => boolean): T | undefined {
    for (let at = this.#at; at < this.#items.length; at++) {
      const item = this.#items[at] as T;
      if (wanted(item)) return item;
    }
    return undefined;
  }
}
