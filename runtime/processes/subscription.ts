/**
 * One session's view of a process's output: a cursor into the ring, moved on while its connection has room.
 * It holds nothing itself. A session that was cut keeps its place, and so the process's output, for a while.
 */
import { StringDecoder } from 'node:string_decoder';
import { FRAME_PAYLOAD_MAX, type ServerMessage } from '../protocol/runtime.ts';
import { FrameKind } from '../protocol/runtime/frames.ts';
import type { Channel, OutputRing, Slice } from './ring.ts';

/** The connection, as far as output is concerned. */
export interface OutputReader {
  /** Takes binary frames and acknowledges them; else JSON, which the socket alone holds back. */
  readonly binary: boolean;
  hasRoom(): boolean;
  send(message: ServerMessage): void;
  sendFrame(kind: FrameKind, target: number, offset: number, bytes?: Uint8Array): void;
}

export interface OutputSource {
  readonly pid: number;
  readonly ring: OutputRing;
  /** The message that follows the last byte, once there is one. */
  readonly exitMessage: ServerMessage | undefined;
}

export class Subscription {
  readonly #source: OutputSource;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #reader: OutputReader | undefined;
  readonly #acknowledges: boolean;
  #cursor: number;
  #consumed: number;
  #exitSent = false;

  constructor(source: OutputSource, reader: OutputReader, from: number) {
    this.#source = source;
    this.#reader = reader;
    this.#acknowledges = reader.binary;
    this.#cursor = from;
    this.#consumed = from;
  }

  get reader(): OutputReader | undefined {
    return this.#reader;
  }

  /** Output before this is needed no more by this session. */
  get needed(): number {
    return this.#acknowledges ? this.#consumed : this.#cursor;
  }

  get finished(): boolean {
    return this.#exitSent && this.needed >= this.#source.ring.end;
  }

  acknowledge(offset: number): void {
    this.#consumed = Math.max(this.#consumed, Math.min(offset, this.#cursor));
  }

  suspend(): void {
    this.#reader = undefined;
  }

  /** Sends what there is and the connection has room for. */
  pump(): void {
    const { ring, pid } = this.#source;
    while (this.#reader?.hasRoom() === true) {
      if (this.#cursor < ring.start) this.#skipLost(ring.start - this.#cursor);
      const slice = ring.read(this.#cursor, FRAME_PAYLOAD_MAX);
      if (slice === undefined) break;
      this.#cursor = slice.offset + slice.bytes.length;
      this.#sendSlice(this.#reader, pid, slice);
    }
    this.#sendExit();
  }

  #sendSlice(reader: OutputReader, pid: number, { channel, offset, bytes }: Slice): void {
    if (reader.binary) {
      reader.sendFrame(FrameKind[channel], pid, offset, bytes);
      return;
    }
    this.#sendText(reader, pid, channel, this.#decoders[channel].write(bytes));
  }

  #sendText(reader: OutputReader, pid: number, channel: Channel, data: string): void {
    if (data !== '') reader.send({ type: channel, pid, data });
  }

  #skipLost(bytes: number): void {
    this.#cursor += bytes;
    this.#consumed = Math.max(this.#consumed, this.#cursor);
    this.#reader?.send({
      type: 'notice',
      code: 'EOVERFLOW',
      pid: this.#source.pid,
      message: `${bytes} bytes of output came too long ago to be kept.`,
    });
  }

  #sendExit(): void {
    const exit = this.#source.exitMessage;
    if (exit === undefined || this.#exitSent || this.#reader?.hasRoom() !== true) return;
    if (this.#cursor < this.#source.ring.end) return;
    this.#exitSent = true;
    if (!this.#reader.binary) {
      for (const channel of ['stdout', 'stderr'] as const) {
        this.#sendText(this.#reader, this.#source.pid, channel, this.#decoders[channel].end());
      }
    }
    this.#reader.send(exit);
  }
}
