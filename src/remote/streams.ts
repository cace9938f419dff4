/** Byte streams over the connection, as a pair of web streams: ports of remote processes, relayed sockets, files. */
import { FRAME_PAYLOAD_MAX, WINDOW_BYTES, type ServerMessage } from '../protocol/runtime.ts';
import { FrameKind, type Frame } from '../protocol/runtime/frames.ts';
import type { RemoteConnection, Request } from './connection.ts';
import { RemoteError } from './errors.ts';

export interface RemoteStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

type StreamAnswer = Extract<ServerMessage, { stream: number }>;

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,31}$/;

class Stream implements RemoteStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #connection: RemoteConnection;
  readonly #id: number;
  readonly #listening: Disposable;
  #source: ReadableStreamDefaultController<Uint8Array> | undefined;
  #sink: WritableStreamDefaultController | undefined;
  #received = 0;
  #consumed = 0;
  #acknowledged = 0;
  readonly #queue: Uint8Array[] = [];
  #wanted: (() => void) | undefined;
  #sent = 0;
  #acknowledgedByPeer = 0;
  #room: (() => void) | undefined;
  #readEnded = false;
  #writeEnded = false;

  constructor(connection: RemoteConnection, id: number) {
    this.#connection = connection;
    this.#id = id;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#source = controller),
        pull: () => this.#pull(),
        cancel: () => this.#reset('ECANCELED'),
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => void (this.#sink = controller),
      write: (bytes) => this.#write(bytes),
      close: () => {
        this.#writeEnded = true;
        this.#send(FrameKind.streamEnd, this.#sent);
        this.#settle();
      },
      abort: () => this.#reset('ECANCELED'),
    });
    this.#listening = connection.listen({
      frame: (frame) => frame.target === id && this.#frame(frame),
      stateChanged: () => this.#fail(new RemoteError('ECONNRESET', 'The connection to the runtime was cut.')),
    });
  }

  #frame({ kind, offset, bytes }: Frame): void {
    if (kind === FrameKind.streamData) {
      this.#received += bytes.length;
      this.#queue.push(bytes);
      this.#wanted?.();
    } else if (kind === FrameKind.streamAck) {
      this.#acknowledgedByPeer = Math.max(this.#acknowledgedByPeer, offset);
      this.#room?.();
    } else if (kind === FrameKind.streamEnd) {
      this.#readEnded = true;
      this.#wanted?.();
      this.#settle();
    } else if (kind === FrameKind.streamReset) {
      const code = new TextDecoder().decode(bytes);
      const known = ERROR_CODE.test(code) ? code : 'ECONNRESET';
      this.#fail(new RemoteError(known, 'The runtime reset the stream.'));
    }
  }

  async #pull(): Promise<void> {
    while (this.#queue.length === 0 && !this.#readEnded) {
      await new Promise<void>((resolve) => (this.#wanted = resolve));
    }
    this.#wanted = undefined;
    const bytes = this.#queue.shift();
    if (bytes === undefined) {
      this.#source?.close();
      return;
    }
    this.#consumed += bytes.length;
    if (this.#consumed - this.#acknowledged >= FRAME_PAYLOAD_MAX || this.#consumed === this.#received) {
      this.#acknowledged = this.#consumed;
      this.#send(FrameKind.streamAck, this.#consumed);
    }
    this.#source?.enqueue(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      const window = WINDOW_BYTES - (this.#sent - this.#acknowledgedByPeer);
      if (window <= 0) {
        await new Promise<void>((resolve) => (this.#room = resolve));
        continue;
      }
      const part = rest.subarray(0, Math.min(window, FRAME_PAYLOAD_MAX));
      this.#send(FrameKind.streamData, this.#sent, part);
      this.#sent += part.length;
      rest = rest.subarray(part.length);
    }
  }

  #send(kind: FrameKind, offset: number, bytes?: Uint8Array): void {
    this.#connection.sendFrame(kind, this.#id, offset, bytes);
  }

  #reset(code: string): void {
    this.#send(FrameKind.streamReset, this.#sent, new TextEncoder().encode(code));
    this.#fail(new RemoteError(code, 'The stream was given up.'));
  }

  #fail(error: RemoteError): void {
    this.#listening[Symbol.dispose]();
    if (!this.#readEnded) this.#source?.error(error);
    this.#sink?.error(error);
    this.#acknowledgedByPeer = Infinity; // lets a waiting write go on, into the void
    this.#room?.();
    this.#readEnded = true;
    this.#wanted?.();
  }

  #settle(): void {
    if (this.#readEnded && this.#writeEnded) this.#listening[Symbol.dispose]();
  }
}

/** The request's answer and the stream that it opened; `arrived` is called before anything that follows. Rejects with the runtime's refusal. */
export async function openStream<Type extends StreamAnswer['type']>(
  connection: RemoteConnection,
  request: Request,
  answerType: Type,
  arrived?: (id: string | undefined) => void,
): Promise<{ answer: Extract<StreamAnswer, { type: Type }>; stream: RemoteStream }> {
  let stream: RemoteStream | undefined;
  const answer = await connection.request(request, answerType, (message) => {
    stream = new Stream(connection, (message as StreamAnswer).stream);
    arrived?.((message as StreamAnswer).id);
  });
  if (stream === undefined) throw new RemoteError('EPROTO', 'The runtime opened no stream.');
  return { answer: answer as Extract<StreamAnswer, { type: Type }>, stream };
}

/** A byte stream to a port that a process of the runtime listens on. Rejects with ECONNREFUSED if none does. */
export async function connectPort(connection: RemoteConnection, port: number): Promise<RemoteStream> {
  return (await openStream(connection, { type: 'portConnect', port }, 'connected')).stream;
}

/** A byte stream to another host, through the runtime. Rejects with EACCES if its policy forbids it. */
export async function connectRelay(
  connection: RemoteConnection,
  host: string,
  port: number,
): Promise<RemoteStream & { readonly address: string | undefined }> {
  const { answer, stream } = await openStream(connection, { type: 'relayConnect', host, port }, 'connected');
  return { readable: stream.readable, writable: stream.writable, address: answer.address };
}
