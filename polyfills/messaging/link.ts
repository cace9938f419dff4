import type { Message } from './message.ts';
import { NativeMessageChannel, type NativePort, onPeerGone } from './native-channel.ts';
import { EntryKind, SharedQueue } from './shared-queue.ts';
import { decodeBytes, encodeBytes, transferablesOf, type WireEnd, type WireMessage } from './wire.ts';

/** On the browser's channel: something stands in the queue. */
const DOORBELL = 0;

/** Set once, when a worker becomes a thread of a process. */
export const thisThread = { id: 0 };

export type LinkEntry = { kind: 'value'; value: unknown } | { kind: 'message'; message: WireMessage };

/**
 * What an end of a channel holds when the other end is in another thread: a queue each way, and the browser's channel
 * for what bytes cannot carry and to ring for attention.
 */
export class Link {
  readonly #incoming: SharedQueue;
  readonly #outgoing: SharedQueue;
  readonly #port: NativePort;
  readonly #arrived: WireMessage[];
  readonly #onArrival: () => void;
  #peerGone: boolean;
  #moved = false;

  constructor(end: Omit<WireEnd, 'backlog'>, onArrival: () => void) {
    this.#incoming = new SharedQueue(end.incoming);
    this.#outgoing = new SharedQueue(end.outgoing);
    this.#port = end.port;
    this.#incoming.reader = thisThread.id;
    this.#arrived = [...end.arrived];
    this.#peerGone = end.peerGone;
    this.#onArrival = onArrival;
    end.port.onmessage = ({ data }) => {
      if (data !== DOORBELL) this.#arrived.push(data as WireMessage);
      this.#incoming.heard();
      onArrival();
    };
    // The other end was closed, or its thread has ended without a word.
    onPeerGone(end.port, () => {
      if (this.#moved) return;
      this.#peerGone = true;
      onArrival();
    });
  }

  /** Two ends for two threads. */
  static pair(): [Omit<WireEnd, 'backlog'>, Omit<WireEnd, 'backlog'>] {
    const { port1, port2 } = new NativeMessageChannel();
    const one = new SharedQueue().memory;
    const two = new SharedQueue().memory;
    return [
      { incoming: one, outgoing: two, port: port1, arrived: [], peerGone: false },
      { incoming: two, outgoing: one, port: port2, arrived: [], peerGone: false },
    ];
  }

  send(message: Message): void {
    const bytes = message.hasHostObjects ? undefined : encodeBytes(message.plainValue);
    if (bytes !== undefined && this.#outgoing.push(EntryKind.bytes, bytes)) {
      this.#ring();
      return;
    }
    const wire = message.toWire();
    if (!this.#outgoing.push(EntryKind.native)) throw new RangeError('The queue of the MessagePort is full');
    this.#port.postMessage(wire, transferablesOf(wire));
  }

  /** True when a message stands in the queue whose contents the browser has yet to deliver. */
  get awaitsArrival(): boolean {
    return this.#incoming.first === EntryKind.native && this.#arrived.length === 0 && !this.#peerGone;
  }

  /** The next message; null when the other end is gone, undefined when there is nothing now. */
  take(): LinkEntry | null | undefined {
    switch (this.#incoming.first) {
      case EntryKind.bytes:
        return { kind: 'value', value: decodeBytes(this.#incoming.shift()?.bytes ?? new Uint8Array(0)) };
      case EntryKind.native: {
        const message = this.#arrived.shift();
        if (message === undefined) return this.#peerGone ? null : undefined;
        this.#incoming.shift();
        return { kind: 'message', message };
      }
      case EntryKind.close:
        return null;
      default:
        return this.#peerGone ? null : undefined;
    }
  }

  close(): void {
    this.#outgoing.push(EntryKind.close);
    this.#ring();
    this.#moved = true;
    this.#port.close();
  }

  /** Gives this end up, for another thread. */
  detach(): Omit<WireEnd, 'backlog'> {
    this.#moved = true;
    this.#port.onmessage = null;
    return {
      incoming: this.#incoming.memory,
      outgoing: this.#outgoing.memory,
      port: this.#port,
      arrived: this.#arrived,
      peerGone: this.#peerGone,
    };
  }

  /** A thread has ended: a browser tells of the ports of a terminated worker late, or never. */
  threadEnded(id: number): void {
    if (this.#outgoing.reader !== id) return;
    this.#peerGone = true;
    this.#onArrival();
  }

  /** Looks again soon: a queue may have been filled before this end was here. */
  look(): void {
    this.#onArrival();
  }

  #ring(): void {
    if (this.#outgoing.announce()) this.#port.postMessage(DOORBELL);
  }
}
