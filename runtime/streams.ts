/**
 * Byte streams over a connection: ports, relayed sockets, files. Each is a Duplex, so `pipeline` does the rest.
 * Both sides may send WINDOW_BYTES unacknowledged; what is received is acknowledged as it is read.
 */
import { Duplex } from 'node:stream';
import { BridgeError, codeOf } from './errors.ts';
import { STREAMS_MAX } from './limits.ts';
import { FRAME_PAYLOAD_MAX, WINDOW_BYTES } from './protocol/runtime.ts';
import { FrameKind, type Frame } from './protocol/runtime/frames.ts';

/** The connection, as far as streams are concerned. */
export interface FrameSink {
  hasRoom(): boolean;
  sendFrame(kind: FrameKind, target: number, offset: number, bytes?: Uint8Array): void;
}

/** Bytes that a stream buffers before its reader takes them: beyond this, nothing is acknowledged. */
const READ_BUFFER_BYTES = 256 * 1024;
const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,31}$/;

class MuxStream extends Duplex {
  readonly id: number;
  readonly #sink: FrameSink;
  readonly #gone: (id: number) => void;
  #received = 0;
  #consumed = 0;
  #remoteEnded = false;
  #sent = 0;
  #acknowledged = 0;
  #waiting: (() => void) | undefined;
  #resetByPeer = false;

  constructor(id: number, sink: FrameSink, gone: (id: number) => void) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: READ_BUFFER_BYTES,
      writableHighWaterMark: READ_BUFFER_BYTES,
    });
    this.id = id;
    this.#sink = sink;
    this.#gone = gone;
  }

  receive({ kind, offset, bytes }: Frame): void {
    if (kind === FrameKind.streamData) this.#receiveData(offset, bytes);
    else if (kind === FrameKind.streamAck) {
      this.#acknowledged = Math.max(this.#acknowledged, Math.min(offset, this.#sent));
      this.flush();
    } else if (kind === FrameKind.streamEnd) {
      this.#remoteEnded = true;
      this.push(null);
    } else {
      this.#resetByPeer = true;
      const code = Buffer.from(bytes).toString('latin1');
      this.destroy(
        new BridgeError(ERROR_CODE.test(code) ? code : 'ECONNRESET', 'The client reset the stream.'),
      );
    }
  }

  #receiveData(offset: number, bytes: Uint8Array): void {
    if (this.#remoteEnded || offset !== this.#received) {
      this.destroy(
        new BridgeError('EPROTO', `Bytes at ${offset} of a stream that stands at ${this.#received}.`),
      );
      return;
    }
    this.#received += bytes.length;
    if (this.#received - this.#consumed > WINDOW_BYTES) {
      this.destroy(new BridgeError('EOVERFLOW', 'More bytes than the window of a stream allows.'));
      return;
    }
    this.push(Buffer.from(bytes));
  }

  /** The connection has room, or the client took something. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  override _read(): void {
    const consumed = this.#received - this.readableLength;
    if (consumed === this.#consumed) return;
    this.#consumed = consumed;
    this.#sink.sendFrame(FrameKind.streamAck, this.id, consumed);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    let rest = chunk;
    const send = (): void => {
      while (rest.length > 0) {
        const window = WINDOW_BYTES - (this.#sent - this.#acknowledged);
        if (window === 0 || !this.#sink.hasRoom()) {
          this.#waiting = send;
          return;
        }
        const part = rest.subarray(0, Math.min(window, FRAME_PAYLOAD_MAX));
        this.#sink.sendFrame(FrameKind.streamData, this.id, this.#sent, part);
        this.#sent += part.length;
        rest = rest.subarray(part.length);
      }
      done();
    };
    send();
  }

  override _final(done: () => void): void {
    this.#sink.sendFrame(FrameKind.streamEnd, this.id, this.#sent);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const clean = error === null && this.#remoteEnded && this.writableFinished;
    if (!clean && !this.#resetByPeer) {
      const code = error === null ? 'ECONNRESET' : codeOf(error);
      this.#sink.sendFrame(FrameKind.streamReset, this.id, this.#sent, Buffer.from(code));
    }
    this.#gone(this.id);
    done(error);
  }
}

export class StreamMux {
  readonly #sink: FrameSink;
  readonly #streams = new Map<number, MuxStream>();
  #nextId = 1;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Throws EMFILE when the connection has too many already. */
  open(): Duplex & { readonly id: number } {
    if (this.#streams.size >= STREAMS_MAX) {
      throw new BridgeError('EMFILE', `${STREAMS_MAX} streams of this connection are open already.`);
    }
    const stream = new MuxStream(this.#nextId++, this.#sink, (id) => this.#streams.delete(id));
    stream.on('error', () => undefined); // told to the client by the reset
    this.#streams.set(stream.id, stream);
    return stream;
  }

  /** False for a frame that is not a stream's. One of a stream that is gone was under way when it went. */
  frame(frame: Frame): boolean {
    if (frame.kind < FrameKind.streamData || frame.kind > FrameKind.streamReset) return false;
    this.#streams.get(frame.target)?.receive(frame);
    return true;
  }

  flush(): void {
    for (const stream of [...this.#streams.values()]) stream.flush();
  }

  destroy(): void {
    for (const stream of [...this.#streams.values()]) stream.destroy();
  }
}
