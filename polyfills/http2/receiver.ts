/** Bytes of a connection → frames (RFC 9113, section 4). Bodies are passed on as they come, other payloads are whole. */
import { readUint24, readUint31 } from './bytes.ts';
import type { Connection } from './connection.ts';
import {
  CLIENT_MAGIC,
  ErrorCode,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  LibError,
  SETTING_BYTES,
} from './constants.ts';
import { Continue } from './events.ts';
import type { FrameHead } from './frames.ts';
import type { Incoming } from './incoming.ts';
import type { IncomingData } from './incoming-data.ts';
import { MAX_QUEUED_ANSWERS } from './limits.ts';

export interface IncomingFrame extends FrameHead {
  readonly length: number;
}

const State = { magic: 0, head: 1, payload: 2, padLength: 3, data: 4, skip: 5, over: 6 } as const;
type State = (typeof State)[keyof typeof State];

/** Lengths that the payload of a type must have. */
const EXACT_LENGTH: Readonly<Record<number, number>> = {
  [FrameType.priority]: 5,
  [FrameType.rstStream]: 4,
  [FrameType.ping]: 8,
  [FrameType.windowUpdate]: 4,
};
/** RFC 7838, 8336 and 9218: where they have no meaning they are let pass. */
const EXTENSIONS: readonly number[] = [FrameType.altsvc, FrameType.origin, FrameType.priorityUpdate];
const GOAWAY_BYTES = 8;
const PROMISE_BYTES = 4;

export class Receiver {
  readonly #connection: Connection;
  readonly #incoming: Incoming;
  readonly #data: IncomingData;
  #state: State;
  /** Of the magic, a frame's head, or a payload: what was read of it. */
  #held: Uint8Array = new Uint8Array(FRAME_HEADER_BYTES);
  #heldBytes = 0;
  #frame: IncomingFrame = { type: 0, flags: 0, streamId: 0, length: 0 };
  #left = 0;
  #padding = 0;
  #settingsReceived = false;
  #paused = false;

  constructor(connection: Connection, incoming: Incoming, data: IncomingData) {
    this.#connection = connection;
    this.#incoming = incoming;
    this.#data = data;
    this.#state = connection.isServer ? State.magic : State.head;
  }

  /** `receive` returns before the next step. */
  pause(): void {
    this.#paused = true;
  }

  /** → bytes taken: all, unless the owner paused; or an error of nghttp2's. */
  receive(input: Uint8Array): number {
    let at = 0;
    this.#paused = false;
    for (;;) {
      if (this.#paused) return at;
      const { afterwards } = this.#connection;
      if (afterwards !== undefined) {
        this.#connection.afterwards = undefined;
        afterwards();
        continue;
      }
      if (this.#connection.terminating) this.#state = State.over;
      if (this.#state === State.over) return input.length;
      const needs = this.#needs();
      if (needs > 0 && at === input.length) return at;
      const part = input.subarray(at, at + Math.min(needs, input.length - at));
      at += part.length;
      const result = this.#step(part);
      if (result !== 0) return result;
    }
  }

  /** Bytes before the next step: what has none goes on at once. */
  #needs(): number {
    switch (this.#state) {
      case State.magic:
        return CLIENT_MAGIC.length - this.#heldBytes;
      case State.head:
        return FRAME_HEADER_BYTES - this.#heldBytes;
      case State.padLength:
        return 1;
      default:
        return this.#left;
    }
  }

  #step(part: Uint8Array): number {
    switch (this.#state) {
      case State.magic:
        return this.#magic(part);
      case State.head: {
        const head = this.#collect(part, FRAME_HEADER_BYTES);
        return head === undefined ? 0 : this.#begin(head);
      }
      case State.payload: {
        this.#left -= part.length;
        const payload = this.#collect(part, this.#frame.length);
        if (payload === undefined) return 0;
        this.#next();
        return this.#incoming.onFrame(this.#frame, payload);
      }
      case State.padLength:
        return this.#padLength(part);
      case State.data:
        return this.#body(part);
      default:
        return this.#skip(part);
    }
  }

  #next(): void {
    this.#state = State.head;
    this.#heldBytes = 0;
    this.#padding = 0;
  }

  /** The whole once it is there: without a copy where it came in one piece. */
  #collect(part: Uint8Array, whole: number): Uint8Array | undefined {
    if (this.#heldBytes === 0 && part.length === whole) return part;
    if (this.#held.length < whole) {
      const larger = new Uint8Array(whole);
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes += part.length;
    if (this.#heldBytes < whole) return undefined;
    this.#heldBytes = 0;
    return this.#held.subarray(0, whole);
  }

  #magic(part: Uint8Array): number {
    for (let i = 0; i < part.length; i++) {
      if (part[i] !== CLIENT_MAGIC.charCodeAt(this.#heldBytes + i)) return LibError.badClientMagic;
    }
    this.#heldBytes += part.length;
    if (this.#heldBytes === CLIENT_MAGIC.length) this.#next();
    return 0;
  }

  #begin(head: Uint8Array): number {
    const connection = this.#connection;
    const frame = (this.#frame = {
      length: readUint24(head, 0),
      type: head[3] as number,
      flags: head[4] as number,
      streamId: readUint31(head, 5),
    });
    this.#heldBytes = 0;
    this.#left = frame.length;
    if (!this.#settingsReceived) {
      if (frame.type !== FrameType.settings || (frame.flags & Flag.ack) !== 0) {
        connection.events.settingsMissing();
        connection.terminate(ErrorCode.protocol, 'SETTINGS expected');
        return 0;
      }
      this.#settingsReceived = true;
    }
    if (frame.length > connection.local.maxFrameSize) {
      connection.terminate(ErrorCode.frameSize, 'too large frame size');
      return 0;
    }
    const expected = this.#incoming.expectedContinuation;
    if (expected !== 0 && (frame.type !== FrameType.continuation || frame.streamId !== expected)) {
      connection.terminate(ErrorCode.protocol, 'unexpected non-CONTINUATION frame or stream_id is invalid');
      return 0;
    }
    if (frame.type === FrameType.data) return this.#beginData(frame);
    if (!isKnown(frame.type, connection.isServer)) {
      this.#state = State.skip;
      if (!EXTENSIONS.includes(frame.type)) connection.countGlitch();
      return 0;
    }
    if (!isLengthRight(frame)) {
      connection.terminate(ErrorCode.frameSize);
      return 0;
    }
    if (frame.type === FrameType.priority) connection.countGlitch();
    this.#state = State.payload;
    return this.#checkFlood(frame);
  }

  /** Before the payload: answers that a peer asks for and does not read. */
  #checkFlood({ type, flags, length }: IncomingFrame): number {
    const connection = this.#connection;
    const asks = (type === FrameType.ping || type === FrameType.settings) && (flags & Flag.ack) === 0;
    if (asks && connection.queuedAnswers >= MAX_QUEUED_ANSWERS) return LibError.flooded;
    if (type === FrameType.settings && length / SETTING_BYTES > connection.options.maxSettingsEntries)
      connection.terminate(ErrorCode.enhanceYourCalm, 'SETTINGS: too many setting entries');
    return 0;
  }

  #beginData(frame: IncomingFrame): number {
    if (!this.#data.begin(frame)) {
      this.#state = State.skip;
      return 0;
    }
    if ((frame.flags & Flag.padded) === 0) this.#state = State.data;
    else if (frame.length === 0)
      this.#connection.terminate(ErrorCode.protocol, 'DATA: insufficient padding space');
    else this.#state = State.padLength;
    return 0;
  }

  #padLength(part: Uint8Array): number {
    this.#padding = part[0] as number;
    this.#left--;
    if (!this.#data.receive(this.#frame, 1)) return 0;
    if (this.#padding > this.#left) {
      this.#connection.terminate(ErrorCode.protocol, 'DATA: invalid padding');
      return 0;
    }
    this.#data.consume(this.#frame, 1);
    this.#state = State.data;
    return 0;
  }

  #body(part: Uint8Array): number {
    const dataLeft = Math.max(0, this.#left - this.#padding);
    const data = part.subarray(0, dataLeft);
    if (part.length > 0) {
      this.#left -= part.length;
      if (!this.#data.receive(this.#frame, part.length)) return 0;
      this.#data.consume(this.#frame, part.length - data.length);
      if (!this.#data.chunk(this.#frame, data)) this.#state = State.skip;
      // What the owner does with it comes first: it may pause before the frame's end.
      return 0;
    }
    if (this.#left > 0) return 0;
    this.#next();
    return this.#data.end(this.#frame) === Continue.yes ? 0 : LibError.callbackFailure;
  }

  #skip(part: Uint8Array): number {
    this.#left -= part.length;
    if (this.#frame.type === FrameType.data && part.length > 0) this.#data.skip(part.length);
    if (this.#left === 0) this.#next();
    return 0;
  }
}

function isKnown(type: number, isServer: boolean): boolean {
  if (type <= FrameType.continuation) return true;
  return !isServer && (type === FrameType.altsvc || type === FrameType.origin);
}

function isLengthRight({ type, flags, length }: IncomingFrame): boolean {
  const exact = EXACT_LENGTH[type];
  if (exact !== undefined) return length === exact;
  if (type === FrameType.settings)
    return length % SETTING_BYTES === 0 && ((flags & Flag.ack) === 0 || length === 0);
  if (type === FrameType.goaway) return length >= GOAWAY_BYTES;
  if (type === FrameType.pushPromise) return length >= PROMISE_BYTES;
  return true;
}
