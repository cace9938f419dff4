/** The engine on a real socket: a server that echoes, and a client. */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { ErrorCode, Flag, LibError } from '../../../polyfills/http2/constants.ts';
import type { SessionOptions } from '../../../polyfills/http2/connection.ts';
import { Continue, type ReceivedFrame, type SessionEvents } from '../../../polyfills/http2/events.ts';
import type { SentField } from '../../../polyfills/http2/hpack/encoder.ts';
import { Session } from '../../../polyfills/http2/session.ts';
import type { Setting } from '../../../polyfills/http2/settings.ts';

export type Headers = Record<string, string>;
export const fieldsOf = (headers: Headers): SentField[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value, sensitive: false }));

/** What one side knows of a stream. */
export class PeerStream {
  headers: Headers = {};
  trailers: Headers = {};
  readonly body: Buffer[] = [];
  ended = false;
  closeCode: number | undefined;
  pushed: PeerStream[] = [];
  readonly sending: Buffer[] = [];
  sendingEnded = false;
  sentTrailers: Headers | undefined;
  #fields: Headers = {};
  addField(name: string, value: string): void {
    this.#fields[name] = value;
  }
  takeFields(): Headers {
    const fields = this.#fields;
    this.#fields = {};
    return fields;
  }
}

/** Errors of frames that end a session of Node's. */
const TOLD = new Set<number>([LibError.streamClosed, LibError.flowControl, LibError.protocol]);

const OPTIONS: Omit<SessionOptions, 'isServer' | 'now'> = {
  maxEncoderTableBytes: 4096,
  maxReservedStreams: 200,
  maxSentHeaderBytes: 65_536,
  peerMaxConcurrentStreams: 100,
  maxSettingsEntries: 32,
  strictFieldSpaces: true,
  streamResetBurst: 1000,
  streamResetsPerSecond: 33,
};

export class Peer implements SessionEvents {
  readonly session: Session;
  readonly socket: net.Socket;
  readonly streams = new Map<number, PeerStream>();
  readonly goaways: number[] = [];
  errors: number[] = [];
  onRequest: (streamId: number, stream: PeerStream) => void = () => undefined;
  #waiters: (() => void)[] = [];
  #scheduled = false;
  #receiving = false;
  #failed = false;

  constructor(socket: net.Socket, isServer: boolean, settings: Setting[] = []) {
    this.socket = socket;
    this.session = new Session({ ...OPTIONS, isServer, now: () => performance.now() }, this);
    this.session.submitSettings(settings);
    socket.on('data', (bytes) => {
      this.#receiving = true;
      const result = this.session.receive(new Uint8Array(bytes));
      this.#receiving = false;
      if (result < 0) this.errors.push(result);
      // As Node's library does when it is told of an error.
      if (result < 0 || this.#failed) this.session.terminate(ErrorCode.internal);
      this.flush();
      this.#changed();
    });
    socket.on('close', () => this.#changed());
    socket.on('error', () => this.#changed());
    this.flush();
  }

  flush(): void {
    if (this.#scheduled || this.#receiving) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.socket.writable) return;
      this.session.send((bytes) => this.socket.write(bytes));
      if (!this.session.wantsToSend && !this.session.wantsToReceive) this.socket.end();
    });
  }

  /** Resolves as soon as `holds` does, looked at after every read. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }
  #changed(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
  stream(streamId: number): PeerStream {
    let stream = this.streams.get(streamId);
    if (stream === undefined) this.streams.set(streamId, (stream = new PeerStream()));
    return stream;
  }

  request(headers: Headers, body?: Buffer, trailers?: Headers): PeerStream {
    const id = this.session.submitRequest(fieldsOf(headers), body !== undefined);
    const stream = this.stream(id);
    if (body !== undefined) this.sendBody(stream, body, trailers);
    this.flush();
    return stream;
  }
  respond(streamId: number, headers: Headers, body?: Buffer, trailers?: Headers): void {
    const stream = this.stream(streamId);
    if (body !== undefined) this.sendBody(stream, body, trailers);
    this.session.submitResponse(streamId, fieldsOf(headers), body !== undefined);
    this.flush();
  }
  sendBody(stream: PeerStream, body: Buffer, trailers?: Headers): void {
    stream.sending.push(body);
    stream.sendingEnded = true;
    stream.sentTrailers = trailers;
  }

  headersBegin(): Continue {
    return Continue.yes;
  }
  header(streamId: number, name: string, value: string): Continue {
    this.stream(streamId).addField(name, value);
    return Continue.yes;
  }
  frameReceived(frame: ReceivedFrame): Continue {
    if (frame.kind === 'goaway') this.goaways.push(frame.code);
    if (frame.kind === 'headers') {
      const stream = this.stream(frame.streamId);
      const fields = stream.takeFields();
      if (frame.category === 3 && fields[':status'] === undefined) stream.trailers = fields;
      else stream.headers = fields;
    } else if (frame.kind === 'pushPromise') {
      const promised = this.stream(frame.promisedId);
      promised.headers = promised.takeFields();
      this.stream(frame.streamId).pushed.push(promised);
    }
    const ends = (frame.kind === 'headers' || frame.kind === 'data') && (frame.flags & Flag.endStream) !== 0;
    if (ends) {
      const stream = this.stream(frame.streamId);
      stream.ended = true;
      this.onRequest(frame.streamId, stream);
    }
    return Continue.yes;
  }
  invalidFrame(_streamId: number, error: number): Continue {
    this.errors.push(error);
    if (TOLD.has(error)) this.#failed = true;
    return Continue.yes;
  }
  frameSent(): void {}
  frameNotSent(): void {}
  streamClosed(streamId: number, code: number): void {
    this.stream(streamId).closeCode = code;
  }
  data(streamId: number, chunk: Uint8Array): void {
    this.stream(streamId).body.push(Buffer.from(chunk));
    this.session.consumeConnection(chunk.length);
    this.session.consumeStream(streamId, chunk.length);
  }
  readData(streamId: number, maxLength: number) {
    const stream = this.stream(streamId);
    const available = stream.sending.reduce((total, part) => total + part.length, 0);
    const length = Math.min(available, maxLength);
    const isLast = length === available && stream.sendingEnded;
    if (length === 0 && !isLast) return undefined;
    const trailersFollow = isLast && stream.sentTrailers !== undefined;
    if (trailersFollow) {
      const fields = fieldsOf(stream.sentTrailers ?? {});
      setImmediate(() => {
        this.session.submitTrailers(streamId, fields);
        this.flush();
      });
    }
    return { length, isLast, trailersFollow };
  }
  writeData(streamId: number, head: Uint8Array, length: number, padding: number): void {
    const { sending } = this.stream(streamId);
    const whole = Buffer.concat(sending);
    sending.splice(0, sending.length, whole.subarray(length));
    this.socket.write(Buffer.concat([head, whole.subarray(0, length), Buffer.alloc(padding)]));
  }
  padTo(length: number): number {
    return length;
  }
  settingsMissing(): void {}
}

export interface Listening {
  readonly port: number;
  readonly peers: readonly Peer[];
  close(): Promise<void>;
}

/** A server of the engine's. */
export async function listen(prepare: (peer: Peer) => void, settings: Setting[] = []): Promise<Listening> {
  const peers: Peer[] = [];
  const server = net.createServer((socket) => {
    const peer = new Peer(socket, true, settings);
    peers.push(peer);
    prepare(peer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    peers,
    async close() {
      for (const { socket } of peers) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function connect(port: number, settings: Setting[] = []): Promise<Peer> {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return new Peer(socket, false, settings);
}
