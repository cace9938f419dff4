import { Link } from './link.ts';
import { Message } from './message.ts';
import type { WireEnd, WireMessage } from './wire.ts';

/** In a queue: the other end is gone. */
export const CLOSE = Symbol('close');
export type QueueEntry = Message | typeof CLOSE;

/**
 * The end of a channel, apart from the MessagePort that owns it at present: while a port is being transferred its
 * messages gather here.
 */
export class PortData {
  readonly #incoming: QueueEntry[] = [];
  /** To the other end, where that is in another thread. */
  #link: Link | undefined;
  /** Told that something has come in. */
  owner: (() => void) | undefined;
  group: SiblingGroup | undefined;

  /** An end that has come from another thread. */
  static fromWire({ backlog, ...end }: WireEnd): PortData {
    const data = new PortData();
    for (const message of backlog) data.#incoming.push(message === null ? CLOSE : received(message));
    data.#connect(end);
    return data;
  }

  /** What has come in first; stays where it is. */
  get first(): QueueEntry | undefined {
    if (this.#incoming.length === 0) this.#fetch();
    return this.#incoming[0];
  }

  shift(): void {
    this.#incoming.shift();
  }

  add(entry: QueueEntry): void {
    this.#incoming.push(entry);
    this.owner?.();
  }

  /** A message has been sent whose contents have yet to arrive. */
  get awaitsArrival(): boolean {
    return this.#incoming.length === 0 && this.#link?.awaitsArrival === true;
  }

  threadEnded(id: number): void {
    this.#link?.threadEnded(id);
  }

  /** True when sent, false when nobody is there, undefined when this end has been cut off. */
  dispatch(message: Message, warn: (text: string) => void): boolean | undefined {
    if (this.#link === undefined) return this.group?.dispatch(this, message, warn);
    this.#link.send(message);
    return true;
  }

  disentangle(): void {
    this.#link?.close();
    this.#link = undefined;
    this.group?.remove(this);
  }

  /** Takes this end out of the thread. The other end, where it is here, is linked to it from now on. */
  toWire(): WireEnd {
    const end = this.#link?.detach() ?? this.#split();
    this.#link = undefined;
    const backlog = this.#incoming.splice(0).map((entry) => (entry === CLOSE ? null : entry.toWire()));
    return { ...end, backlog };
  }

  #split(): Omit<WireEnd, 'backlog'> {
    const [mine, others] = Link.pair();
    const other = this.group?.otherThan(this);
    this.group?.dissolve();
    if (other !== undefined) other.#connect(others);
    return mine;
  }

  #connect(end: Omit<WireEnd, 'backlog'>): void {
    this.#link = new Link(end, () => this.owner?.());
    this.#link.look();
  }

  #fetch(): void {
    const entry = this.#link?.take();
    if (entry === undefined) return;
    if (entry === null) this.#incoming.push(CLOSE);
    else if (entry.kind === 'value') this.#incoming.push(Message.ofPlainValue(entry.value));
    else this.#incoming.push(received(entry.message));
  }
}

const received = (message: WireMessage): Message => Message.fromWire(message, PortData.fromWire);

/** Carries what is sent to the members of a name in other threads. */
export interface Relay {
  send(message: Message): void;
  close(): void;
}

/** The ends that hear each other: two of a MessageChannel, any number of a BroadcastChannel's name. */
export class SiblingGroup {
  readonly #members = new Set<PortData>();
  readonly #named: boolean;
  readonly #relay: Relay | undefined;

  constructor(named: boolean, relay?: Relay) {
    this.#named = named;
    this.#relay = relay;
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
    if (this.#members.size === 0) this.#relay?.close();
    if (this.#named || this.#members.size !== 1) return;
    for (const other of this.#members) other.add(CLOSE);
  }

  otherThan(data: PortData): PortData | undefined {
    for (const member of this.#members) if (member !== data) return member;
    return undefined;
  }

  dissolve(): void {
    for (const member of this.#members) member.group = undefined;
    this.#members.clear();
  }

  /** To every member here: a message from another thread. */
  deliver(message: Message): void {
    for (const member of this.#members) {
      message.addReceiver();
      member.add(message);
    }
  }

  dispatch(source: PortData, message: Message, warn: (text: string) => void): boolean | undefined {
    const receivers = [...this.#members].filter((member) => member !== source);
    if (receivers.length > 1 && message.hasHostObjects) {
      warn('Transferables cannot be used with multiple destinations.');
      return undefined;
    }
    if (!message.hasHostObjects) this.#relay?.send(message);
    if (receivers.length === 0) return false;
    for (const receiver of receivers) {
      if (message.carries(receiver)) {
        receiver.disentangle();
        warn('The target port was posted to itself, and the communication channel was lost');
        return true;
      }
      message.addReceiver();
      receiver.add(message);
    }
    return true;
  }
}
