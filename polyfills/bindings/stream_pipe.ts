import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { copyOf } from '../http2/binding/copy.ts';
import { type StreamCore, StreamState, streamsOf } from '../stream/stream-base.ts';

interface Ends {
  source?: object | null;
  sink?: object | null;
  pipeTarget?: object | null;
  pipeSource?: object | null;
  onunpipe?: unknown;
  oncomplete?: unknown;
}

/** `internalBinding('stream_pipe')` (src/stream_pipe.cc): one handle's bytes into another, past the library. */
export function createStreamPipe(context: NodeContext): object {
  const { async: asyncCalls, loop } = context;
  const streams = streamsOf(context);

  class StreamPipe extends asyncCalls.AsyncWrap {
    readonly #source: StreamCore;
    readonly #sink: StreamCore;
    #closed = true;
    #ended = false;
    #reading = false;
    #pending = 0;

    constructor(source: object, sink: object) {
      super('STREAMPIPE');
      this.#source = coreOf(source);
      this.#sink = coreOf(sink);
      Object.assign(this, { source, sink });
      (source as Ends).pipeTarget = this;
      (sink as Ends).pipeSource = this;
      this.#source.listener = (result, bytes) => this.#read(result, bytes);
      if (this.#sink.wants !== undefined) this.#sink.wants.onWantsWrite = () => this.#want();
    }
    start(): void {
      this.#closed = false;
      this.#want();
    }
    unpipe(): void {
      if (this.#closed) return;
      this.#source.driver.readStop();
      this.#closed = true;
      this.#reading = false;
      this.#source.listener = undefined;
      if (this.#sink.wants !== undefined) this.#sink.wants.onWantsWrite = undefined;
      loop.enqueue(() => this.#tellUnpiped());
    }
    isClosed(): boolean {
      return this.#closed;
    }
    pendingWrites(): number {
      return this.#pending;
    }

    #tellUnpiped(): void {
      const { onunpipe, source, sink } = this as Ends;
      if (typeof onunpipe === 'function') asyncCalls.makeCallback(this, onunpipe);
      Object.assign(this, { source: null, sink: null });
      if (source) (source as Ends).pipeTarget = null;
      if (sink) (sink as Ends).pipeSource = null;
    }

    #want(): void {
      if (this.#reading || this.#closed) return;
      this.#reading = true;
      this.#source.driver.readStart();
    }

    #read(result: number, bytes: Uint8Array | undefined): boolean {
      if (result < 0) {
        this.#ended = true;
        this.#source.driver.readStop();
        // The library first: an error may end the sink otherwise than its end does.
        streams.state[StreamState.readBytesOrError] = result;
        asyncCalls.makeCallback((this as Ends).source ?? this, this.#source.onread, undefined);
        if (this.#pending === 0) this.#finish();
        return true;
      }
      if (bytes !== undefined && result > 0) this.#write(copyOf(bytes, result));
      return true;
    }

    #write(bytes: Uint8Array): void {
      this.#pending++;
      this.#sink.bytesWritten += bytes.length;
      const taken = this.#sink.driver.tryWrite([bytes]);
      if (taken < 0 || taken === bytes.length) {
        this.#written(Math.min(taken, 0));
        return;
      }
      this.#reading = false;
      this.#source.driver.readStop();
      const errno = this.#sink.driver.write([bytes.subarray(taken)], (status) => this.#written(status));
      if (errno !== 0) this.#written(errno);
    }

    #written(status: number): void {
      this.#pending--;
      if (this.#closed) {
        if (this.#pending === 0) asyncCalls.makeCallback(this, (this as Ends).oncomplete);
      } else if (this.#ended) this.#finish();
      else if (status !== 0) this.unpipe();
      else if (this.#sink.wants === undefined) this.#want();
    }

    #finish(): void {
      this.#sink.driver.shutdown(() => undefined);
      this.unpipe();
    }
  }

  function coreOf(handle: object): StreamCore {
    const core = streams.coreOf(handle);
    if (core === undefined) throw context.errors.uvException(-Errno.EINVAL, 'pipe');
    return core;
  }
  return { StreamPipe };
}
