import type { Message } from './message.ts';

/** In a queue: the other end is gone. */
export const CLOSE = Symbol('close');
export type QueueEntry = Message | typeof CLOSE;

/**
 * The end of a channel, apart from the MessagePort that owns it at present: while a port is being transferred its
 * messages gather here.
 */
export class PortData {
  readonly incoming: QueueEntry[] = [];
  /** Told that something has come in. */
  owner: (() => void) | undefined;
  group: SiblingGroup | undefined;

  add(entry: QueueEntry): void {
    this.incoming.push(entry);
    this.owner?.();
  }

  /** True when sent, false when nobody is there, undefined when this end has been cut off. */
  dispatch(message: Message, warn: (text: string) => void): boolean | undefined {
    return this.group?.dispatch(this, message, warn);
  }

  disentangle(): void {
    this.group?.remove(this);
  }
}

/** The ends that hear each other: two of a MessageChannel, any number of a BroadcastChannel's name. */
export class SiblingGroup {
  readonly #members = new Set<PortData>();
  readonly #named: boolean;

  constructor(named: boolean) {
    this.#named = named;
  }

  get size(): number {
    return this.#members.size;
  }

  add(data: PortData): void {
    this.#members.add(data);
    data.group = this;
  }

  remove(data: PortData): void {
    this.#members.delete(data);
    data.group = undefined;
    data.add(CLOSE);
    if (this.#named || this.#members.size !== 1) return;
    for (const other of this.#members) other.add(CLOSE);
  }

  dispatch(source: PortData, message: Message, warn: (text: string) => void): boolean | undefined {
    const receivers = [...this.#members].filter((member) => member !== source);
    if (receivers.length === 0) return false;
    if (receivers.length > 1 && message.hasHostObjects) {
      warn('Transferables cannot be used with multiple destinations.');
      return undefined;
    }
    for (const receiver of receivers) {
      if (message.carries(receiver)) {
        warn('The target port was posted to itself, and the communication channel was lost');
        return true;
      }
      message.addReceiver();
      receiver.add(message);
    }
    return true;
  }
}
