/** The server side of Wisp 1 (github.com/MercuryWorkshop/wisp-protocol): TCP and UDP streams over one WebSocket. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { codeOf } from '../errors.ts';
import { SOCKET_HIGH_BYTES, SOCKET_LOW_BYTES, STREAMS_MAX } from '../limits.ts';
import type { Log } from '../log.ts';
import type { RelayPolicy } from './policy.ts';

const Packet = { connect: 1, data: 2, continue: 3, close: 4 } as const;
const StreamType = { tcp: 1, udp: 2 } as const;
const Reason = {
  unspecified: 0x01,
  voluntary: 0x02,
  networkError: 0x03,
  invalid: 0x41,
  unreachable: 0x42,
  timedOut: 0x43,
  refused: 0x44,
  blocked: 0x48,
  throttled: 0x49,
} as const;

/** Packets that a client may send on one TCP stream before the next CONTINUE. */
const BUFFER_PACKETS = 128;
const HEADER_BYTES = 5;
const CONNECT_TIMEOUT_MS = 20_000;

const REASONS: Readonly<Record<string, number>> = {
  EACCES: Reason.blocked,
  ENOTFOUND: Reason.unreachable,
  EAI_AGAIN: Reason.unreachable,
  EHOSTUNREACH: Reason.unreachable,
  ENETUNREACH: Reason.unreachable,
  ETIMEDOUT: Reason.timedOut,
  ECONNREFUSED: Reason.refused,
};

interface RelayedStream {
  write(data: Buffer): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

interface StreamEvents {
  data(data: Buffer): void;
  /** The target took what was written: the client may send as much again. */
  drained(): void;
  closed(reason: number): void;
}

function packet(type: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt32LE(stream, 1);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function openTcp(address: string, port: number, events: StreamEvents): RelayedStream {
  const socket = connect({ host: address, port, timeout: CONNECT_TIMEOUT_MS });
  let reason: number = Reason.voluntary;
  let unanswered = 0;
  socket.on('connect', () => socket.setTimeout(0));
  socket.on('timeout', () => {
    reason = Reason.timedOut;
    socket.destroy();
  });
  socket.on('data', (data) => events.data(data));
  socket.on('error', (error) => (reason = REASONS[codeOf(error)] ?? Reason.networkError));
  socket.on('close', () => events.closed(reason));
  return {
    write: (data) => {
      unanswered++;
      socket.write(data, () => {
        if (unanswered < BUFFER_PACKETS / 2 || socket.destroyed) return;
        unanswered = 0;
        events.drained();
      });
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    destroy: () => socket.destroy(),
  };
}

/** Datagrams are dropped rather than held back: that is what UDP is. */
function openUdp(address: string, family: 4 | 6, port: number, events: StreamEvents): RelayedStream {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  let paused = false;
  let closed = false;
  const close = (reason: number): void => {
    if (closed) return;
    closed = true;
    socket.close();
    events.closed(reason);
  };
  socket.on('message', (data) => {
    if (!paused) events.data(data);
  });
  socket.on('error', () => close(Reason.networkError));
  const connected = new Promise<void>((resolve) => socket.connect(port, address, resolve));
  return {
    write: (data) => void connected.then(() => !closed && socket.send(data)),
    pause: () => (paused = true),
    resume: () => (paused = false),
    destroy: () => close(Reason.voluntary),
  };
}

class WispSession {
  readonly #socket: WebSocket;
  readonly #policy: RelayPolicy;
  /** Undefined while the stream is being connected: what comes meanwhile is queued, within the client's buffer. */
  readonly #streams = new Map<number, { stream: RelayedStream | undefined; queue: Buffer[] }>();
  #paused = false;

  constructor(socket: WebSocket, policy: RelayPolicy) {
    this.#socket = socket;
    this.#policy = policy;
    socket.on('message', (data, isBinary) => isBinary && this.#received(data));
    socket.on('close', () => {
      for (const { stream } of this.#streams.values()) stream?.destroy();
      this.#streams.clear();
    });
    this.#send(Packet.continue, 0, uint32(BUFFER_PACKETS));
  }

  #received(data: RawData): void {
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (bytes.length < HEADER_BYTES) {
      this.#socket.close(1002, 'A packet shorter than its header.');
      return;
    }
    const id = bytes.readUInt32LE(1);
    const payload = bytes.subarray(HEADER_BYTES);
    const type = bytes.readUInt8(0);
    if (type === Packet.connect) void this.#connect(id, payload);
    else if (type === Packet.data) this.#data(id, payload);
    else if (type === Packet.close) this.#forget(id);
    else this.#socket.close(1002, 'A packet of no known type.');
  }

  async #connect(id: number, payload: Buffer): Promise<void> {
    if (id === 0 || payload.length < 4 || this.#streams.has(id)) return this.#refuse(id, Reason.invalid);
    if (this.#streams.size >= STREAMS_MAX) return this.#refuse(id, Reason.throttled);
    const type = payload.readUInt8(0);
    const port = payload.readUInt16LE(1);
    const host = payload.subarray(3).toString();
    if (port === 0 || (type !== StreamType.tcp && type !== StreamType.udp))
      return this.#refuse(id, Reason.invalid);
    const entry: { stream: RelayedStream | undefined; queue: Buffer[] } = { stream: undefined, queue: [] };
    this.#streams.set(id, entry);
    try {
      const { address, family } = await this.#policy.target(host, port);
      if (this.#streams.get(id) !== entry) return; // closed meanwhile
      const events: StreamEvents = {
        data: (data) => this.#send(Packet.data, id, data),
        drained: () => this.#send(Packet.continue, id, uint32(BUFFER_PACKETS)),
        closed: (reason) => {
          if (this.#streams.delete(id)) this.#refuse(id, reason);
        },
      };
      const { tcp } = StreamType;
      entry.stream = type === tcp ? openTcp(address, port, events) : openUdp(address, family, port, events);
      for (const data of entry.queue.splice(0)) entry.stream.write(data);
    } catch (error) {
      if (this.#streams.delete(id)) this.#refuse(id, REASONS[codeOf(error)] ?? Reason.unspecified);
    }
  }

  #data(id: number, payload: Buffer): void {
    const entry = this.#streams.get(id);
    if (entry === undefined) return; // under way when the stream closed
    if (entry.stream !== undefined) return entry.stream.write(payload);
    if (entry.queue.length < BUFFER_PACKETS) entry.queue.push(payload);
    else {
      this.#forget(id);
      this.#refuse(id, Reason.throttled);
    }
  }

  #forget(id: number): void {
    const entry = this.#streams.get(id);
    this.#streams.delete(id);
    entry?.stream?.destroy();
  }

  #refuse(id: number, reason: number): void {
    this.#send(Packet.close, id, Uint8Array.of(reason));
  }

  /** The sources pause while the client does not read. */
  #send(type: number, id: number, payload: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(packet(type, id, payload), () => {
      if (!this.#paused || this.#socket.bufferedAmount > SOCKET_LOW_BYTES) return;
      this.#paused = false;
      for (const { stream } of this.#streams.values()) stream?.resume();
    });
    if (this.#paused || this.#socket.bufferedAmount < SOCKET_HIGH_BYTES) return;
    this.#paused = true;
    for (const { stream } of this.#streams.values()) stream?.pause();
  }
}

export function serveWisp(socket: WebSocket, policy: RelayPolicy, log: Log): void {
  socket.on('error', (error) => log.debug(`relay: ${error.message}`));
  new WispSession(socket, policy);
}
