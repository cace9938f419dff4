/** WebSocket frames (RFC 6455, section 5): what a client sends is masked, what a server sends must not be. */
import { SOCKET_MESSAGE_MAX_BYTES } from '../../base/limits.ts';

/** Which side this is of the connection. */
export type SocketRole = 'client' | 'server';

/** Where the other side's bytes come from. */
export interface FrameSource {
  /** → undefined when the connection ends before so many. */
  exactly(count: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Reasons of a close (section 7.4.1). */
export const CloseCode = {
  normal: 1000,
  protocol: 1002,
  noStatus: 1005,
  abnormal: 1006,
  data: 1007,
  tooBig: 1009,
} as const;

/** The server has broken the protocol; the connection is to be closed with this code. */
export class SocketFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const FINAL = 0x80;
const MASKED = 0x80;
const RESERVED = 0x70;
const CONTROL_MAX_BYTES = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

export function encodeFrame(role: SocketRole, opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const lengthBytes = length < TWO_BYTES ? 0 : length < 65_536 ? 2 : 8;
  const start = 2 + lengthBytes;
  const maskBytes = role === 'client' ? 4 : 0;
  const frame = new Uint8Array(start + maskBytes + length);
  const view = new DataView(frame.buffer);
  frame[0] = FINAL | opcode;
  frame[1] =
    (maskBytes > 0 ? MASKED : 0) | (lengthBytes === 0 ? length : lengthBytes === 2 ? TWO_BYTES : EIGHT_BYTES);
  if (lengthBytes === 2) view.setUint16(2, length);
  else if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  frame.set(payload, start + maskBytes);
  if (maskBytes > 0) {
    const mask = crypto.getRandomValues(new Uint8Array(maskBytes));
    frame.set(mask, start);
    applyMask(frame.subarray(start + maskBytes), mask);
  }
  return frame;
}

function applyMask(payload: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
}

interface Frame {
  final: boolean;
  opcode: number;
  payload: Uint8Array<ArrayBuffer>;
}

export interface SocketMessage {
  opcode: number;
  payload: Uint8Array<ArrayBuffer>;
}

/** Whole messages and control frames, in the order of their ends. Throws SocketFailure; ends with the connection. */
export async function* readMessages(role: SocketRole, input: FrameSource): AsyncGenerator<SocketMessage> {
  let begun: { readonly opcode: number; readonly fragments: Fragments } | undefined;
  for (;;) {
    const frame = await readFrame(role, input, begun?.fragments.size ?? 0);
    if (frame === undefined) return;
    if (frame.opcode >= Opcode.close) {
      yield frame;
      continue;
    }
    const continues = frame.opcode === Opcode.continuation;
    if (continues !== (begun !== undefined)) {
      throw new SocketFailure(
        CloseCode.protocol,
        'a message is continued that has not begun, or begun in another',
      );
    }
    if (begun === undefined && frame.final) {
      yield frame;
      continue;
    }
    begun ??= { opcode: frame.opcode, fragments: new Fragments() };
    begun.fragments.add(frame.payload);
    if (!frame.final) continue;
    yield { opcode: begun.opcode, payload: begun.fragments.whole };
    begun = undefined;
  }
}

/** A message as it grows: however small and many its fragments are, it takes twice its size at most. */
class Fragments {
  #bytes = new Uint8Array(0);
  size = 0;

  add(fragment: Uint8Array): void {
    const size = this.size + fragment.length;
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(
        Math.max(size, Math.min(2 * this.#bytes.length, SOCKET_MESSAGE_MAX_BYTES)),
      );
      larger.set(this.#bytes.subarray(0, this.size));
      this.#bytes = larger;
    }
    this.#bytes.set(fragment, this.size);
    this.size = size;
  }
  get whole(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.size);
  }
}

async function readFrame(role: SocketRole, input: FrameSource, before: number): Promise<Frame | undefined> {
  const head = await input.exactly(2);
  if (head === undefined) return undefined;
  const [first = 0, second = 0] = head;
  const opcode = first & 15;
  const final = (first & FINAL) !== 0;
  const control = opcode >= Opcode.close;
  const isMasked = (second & MASKED) !== 0;
  if (first & RESERVED || isMasked !== (role === 'server'))
    throw new SocketFailure(CloseCode.protocol, 'reserved bits are set, or the mask is not as it should be');
  if ((opcode > Opcode.binary && !control) || opcode > Opcode.pong) {
    throw new SocketFailure(CloseCode.protocol, `the opcode ${opcode} is not known`);
  }
  const length = await frameLength(input, second & ~MASKED);
  if (length === undefined) return undefined;
  if (control && (!final || length > CONTROL_MAX_BYTES)) {
    throw new SocketFailure(CloseCode.protocol, 'a control frame is fragmented or too long');
  }
  if (before + length > SOCKET_MESSAGE_MAX_BYTES) {
    throw new SocketFailure(CloseCode.tooBig, 'a message is too long');
  }
  const mask = isMasked ? await input.exactly(4) : undefined;
  const payload = await input.exactly(length);
  if (payload === undefined || (isMasked && mask === undefined)) return undefined;
  if (mask !== undefined) applyMask(payload, mask);
  return { final, opcode, payload };
}

async function frameLength(input: FrameSource, short: number): Promise<number | undefined> {
  if (short < TWO_BYTES) return short;
  const bytes = await input.exactly(short === TWO_BYTES ? 2 : 8);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return short === TWO_BYTES ? view.getUint16(0) : Number(view.getBigUint64(0));
}
