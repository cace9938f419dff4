/**
 * A session on its socket: what is read goes to the engine, what the engine sends is written in one piece. After each
 * call of the library its ticks and microtasks run before the next frame is looked at (InternalCallbackScope), which here
 * takes a turn: reading is taken up again after it.
 */
import { Errno } from '../../../src/base/errno.ts';
import { type StreamCore, streamsOf } from '../../stream/stream-base.ts';
import { ErrorCode, LibError } from '../constants.ts';
import { copyOf } from './copy.ts';
import { gather } from './gather.ts';
import type { SessionLink } from './session-link.ts';
import { Callback } from './shared.ts';
import { tellSession } from './statistics.ts';
import type { PendingWrite } from './stream-link.ts';

/** With so much to send, it is sent while more is read. */
const SEND_EARLY_BYTES = 4096;
const NOTHING = new Uint8Array(0);

type HandleCallbacks = { ondone?: unknown; ongracefulclosecomplete?: unknown };

export class SessionSocket {
  readonly #session: SessionLink;
  #core: StreamCore | undefined;
  #inScope = false;
  #writeScheduled = false;
  #sending = false;
  #writing = false;
  #readingStopped = false;
  #receiving = false;
  isClosing = false;
  isDestroyed = false;
  #pendingClose: { code: number; socketClosed: boolean } | undefined;
  /** Read and not yet taken by the engine. */
  #input: Uint8Array = NOTHING;
  /** Why the engine stopped within it. */
  #pause: 'no' | 'ticks' | 'write' = 'no';
  #outgoing: PendingWrite[] = [];
  #outgoingBytes = 0;
  chunksSent = 0;

  constructor(session: SessionLink) {
    this.#session = session;
  }
  get isReceiving(): boolean {
    return this.#receiving;
  }
  get isInScope(): boolean {
    return this.#inScope;
  }
  get isClosePending(): boolean {
    return this.#pendingClose !== undefined;
  }

  consume(core: StreamCore): void {
    this.#core = core;
    core.listener = (result, bytes) => {
      if (result < 0) return false;
      if (result > 0 && bytes !== undefined) this.receive(copyOf(bytes, result));
      return true;
    };
  }

  /** What is queued within is sent on the next turn, unless it is sent before (Http2Scope). */
  scope<T>(action: () => T): T {
    if (this.#inScope || this.#writeScheduled) return action();
    this.#inScope = true;
    try {
      return action();
    } finally {
      this.#leaveScope();
    }
  }
  #leaveScope(): void {
    this.#inScope = false;
    if (!this.#writeScheduled) this.#scheduleWrite();
  }
  #scheduleWrite(): void {
    const { engine, shared } = this.#session;
    if (!engine.wantsToSend || this.isDestroyed) return;
    this.#writeScheduled = true;
    shared.later(() => {
      if (this.#writeScheduled) this.sendPending();
    });
  }

  /** Calls the library; while frames are read, its ticks run before the next. */
  call(wrap: object, callback: unknown, ...parameters: unknown[]): unknown {
    this.paused();
    return this.#session.shared.call(wrap, callback, ...parameters);
  }
  paused(): void {
    if (!this.#receiving) return;
    if (this.#pause === 'no') this.#pause = 'ticks';
    this.#session.engine.pause();
  }

  receive(bytes: Uint8Array): void {
    const session = this.#session;
    session.figures.received += bytes.length;
    session.memory += bytes.length;
    const hadInput = this.#receiving || this.#pause === 'write';
    this.#input = this.#input.length === 0 ? bytes : joined(this.#input, bytes);
    if (hadInput) return;
    this.#begin();
  }

  #begin(): void {
    if (!this.#inScope && !this.#writeScheduled) this.#inScope = true;
    this.#goOn();
  }

  #goOn(): void {
    const session = this.#session;
    this.#pause = 'no';
    this.#receiving = true;
    session.receiveError = null;
    const result = session.engine.receive(this.#input);
    if (result >= 0) {
      session.memory -= result;
      this.#input = this.#input.subarray(result);
    }
    if (result >= 0 && this.#outgoingBytesWaiting()) this.#sendEarly();
    if (result >= 0 && this.#pause !== 'no' && !this.isDestroyed) {
      if (this.#writing && this.#input.length > 0) {
        // What the peer sends is read when it has read what is sent to it.
        this.#pause = 'write';
        this.#receiving = false;
        this.#finishPendingClose();
        this.#endReceive(0);
      } else session.shared.context.loop.continueWith(() => this.#goOn());
      return;
    }
    this.#receiving = false;
    session.memory -= this.#input.length;
    this.#input = NOTHING;
    this.#finishPendingClose();
    this.#endReceive(result);
  }

  #outgoingBytesWaiting(): boolean {
    return this.#outgoingBytes > SEND_EARLY_BYTES;
  }
  #sendEarly(): void {
    this.#receiving = false;
    this.sendPending();
    this.#receiving = true;
  }

  #endReceive(result: number): void {
    const session = this.#session;
    if (result >= 0 && !this.isDestroyed && this.#pause !== 'write') this.sendPending();
    if (result < 0) session.call(Callback.error, result, session.receiveError);
    this.#inScope = false;
    if (!this.#writeScheduled) this.#scheduleWrite();
    this.#stopReading();
  }

  #stopReading(): void {
    if (this.#readingStopped || this.isClosing) return;
    if (this.#session.engine.wantsToReceive && !this.#writing) return;
    this.#readingStopped = true;
    this.#core?.driver.readStop();
  }
  #startReading(): void {
    this.#readingStopped = false;
    this.#core?.driver.readStart();
  }

  push(write: PendingWrite): void {
    this.#outgoing.push(write);
    this.#outgoingBytes += write.bytes.length;
  }

  /** False: not now, a write or a read is under way. */
  sendPending(): boolean {
    if (this.isDestroyed) return true;
    this.#writeScheduled = false;
    if (this.#sending || this.#receiving) return false;
    this.#sending = true;
    const session = this.#session;
    session.engine.send((bytes) => this.push({ bytes, done: undefined }));
    const core = this.#core;
    if (core === undefined || this.#outgoing.length === 0) {
      this.#sent(core === undefined ? -Errno.ECANCELED : 0);
      return true;
    }
    session.figures.sent += this.#outgoingBytes;
    this.chunksSent++;
    this.#write(core);
    this.#stopReading();
    if (session.takeInternalEnd() && !this.isClosing && !this.isDestroyed)
      session.call(Callback.error, LibError.protocol);
    return true;
  }

  #write(core: StreamCore): void {
    this.#writing = true;
    const chunks = core.tellsParts ? this.#outgoing.map(({ bytes }) => bytes) : gather(this.#outgoing);
    core.bytesWritten += this.#outgoingBytes;
    const { driver } = core;
    const total = this.#outgoingBytes;
    const taken = driver.tryWrite(chunks);
    const error =
      taken < 0 || taken === total
        ? Math.min(taken, 0)
        : driver.write(rest(chunks, taken), (status) => this.#written(status));
    if (taken >= 0 && taken < total && error === 0) return;
    this.#writing = false;
    this.#sent(error);
    this.#tellGraceful();
  }

  #written(status: number): void {
    this.#tellGraceful();
    this.#writing = false;
    this.#sent(status);
    const session = this.#session;
    if (this.#readingStopped && !this.#writing && session.engine.wantsToReceive) this.#startReading();
    if (this.isDestroyed) {
      this.#done();
      return;
    }
    if (this.#pause === 'write') this.#begin();
    if (!this.#writeScheduled && !this.isDestroyed) this.#scheduleWrite();
  }

  #sent(_status: number): void {
    this.#sending = false;
    const sent = this.#outgoing;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    for (let i = 0; i < sent.length; i++) sent[i]?.done?.(0);
    const resets = this.#session.pendingResets;
    if (resets.size === 0) return;
    const waiting = [...resets];
    resets.clear();
    this.sendPending();
    for (const stream of waiting) {
      if (this.#session.streams.get(stream.id) === stream) stream.flushReset();
    }
  }

  /** Ends the session with a GOAWAY, where its socket still takes one. */
  close(code: number, socketClosed: boolean): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (this.#receiving) this.#pendingClose = { code, socketClosed };
    else this.#finishClose(code, socketClosed);
  }
  #finishPendingClose(): void {
    const pending = this.#pendingClose;
    if (pending === undefined || this.isDestroyed) return;
    this.#pendingClose = undefined;
    this.#finishClose(pending.code, pending.socketClosed);
  }

  #finishClose(code: number, socketClosed: boolean): void {
    const session = this.#session;
    const core = this.#core;
    this.#readingStopped = true;
    core?.driver.readStop();
    if (!socketClosed) {
      session.engine.terminate(code === 0 ? ErrorCode.none : code);
      this.sendPending();
    } else if (core !== undefined) core.listener = undefined;
    this.isDestroyed = true;
    if (!this.#writing || core === undefined) this.#done();
    for (const ping of session.pings.splice(0)) session.shared.later(() => ping.done(false));
    tellSession(session);
  }

  #done(): void {
    const { handle, shared } = this.#session;
    shared.call(handle, (handle as HandleCallbacks).ondone);
    // The other end's end is still to be seen.
    if (this.#core !== undefined) this.#startReading();
  }

  #tellGraceful(): void {
    const { isGraceful, engine, handle, shared } = this.#session;
    if (!isGraceful || engine.wantsToSend || engine.wantsToReceive) return;
    shared.call(handle, (handle as HandleCallbacks).ongracefulclosecomplete);
  }

  static coreOf(session: SessionLink, handle: object): StreamCore | undefined {
    return streamsOf(session.shared.context).coreOf(handle);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

function rest(chunks: readonly Uint8Array[], taken: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = taken;
  for (const chunk of chunks) {
    if (skip < chunk.length) left.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  }
  return left;
}
