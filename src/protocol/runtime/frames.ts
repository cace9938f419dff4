/**
 * The binary frames of `mhnos.v1`: process output and input, and the byte streams of ports and file sync.
 * They are binary because a chunk may end within a UTF-8 sequence, which a JSON string cannot carry.
 *
 *     u8 kind | u32 target (pid or stream) | u64 offset | bytes        (big-endian)
 */

export const FrameKind = {
  /** Server to client. `offset` is the place of the first byte in the process's output, stdout and stderr counted together. */
  stdout: 1,
  stderr: 2,
  /** Client to server. `offset` counts the bytes that this session wrote to this process, so a resend is recognised. */
  stdin: 3,
  /** Client to server, no bytes: everything of the process before `offset` was consumed. */
  outputAck: 4,
  /** Server to client, no bytes: everything of this session before `offset` was taken by the process. */
  stdinAck: 5,
  /** Client to server, no bytes: this session's input ends at `offset`. */
  stdinEnd: 6,
  /** Both ways: bytes of a stream; `offset` counts what the sender sent on it. */
  streamData: 16,
  /** Both ways, no bytes: everything that the other side sent before `offset` was consumed. */
  streamAck: 17,
  /** Both ways, no bytes: the sender will send no more on this stream. */
  streamEnd: 18,
  /** Both ways: the stream broke; the bytes are its error code in ASCII. */
  streamReset: 19,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export interface Frame {
  kind: FrameKind;
  target: number;
  offset: number;
  bytes: Uint8Array;
}

export const FRAME_HEADER_BYTES = 13;

const KINDS: ReadonlySet<number> = new Set(Object.values(FrameKind));

/** Writes the 13 bytes before a frame's payload. */
export function frameHeader(kind: FrameKind, target: number, offset: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, target);
  view.setBigUint64(5, BigInt(offset));
  return header;
}

export function encodeFrame(
  kind: FrameKind,
  target: number,
  offset: number,
  bytes?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const header = frameHeader(kind, target, offset);
  if (bytes === undefined || bytes.length === 0) return header;
  const frame = new Uint8Array(FRAME_HEADER_BYTES + bytes.length);
  frame.set(header);
  frame.set(bytes, FRAME_HEADER_BYTES);
  return frame;
}

/** The frame in these bytes (its payload a view on them), or undefined if they are not one. */
export function decodeFrame(data: Uint8Array): Frame | undefined {
  if (data.length < FRAME_HEADER_BYTES) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const kind = view.getUint8(0);
  const offset = view.getBigUint64(5);
  if (!KINDS.has(kind) || offset > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return {
    kind: kind as FrameKind,
    target: view.getUint32(1),
    offset: Number(offset),
    bytes: data.subarray(FRAME_HEADER_BYTES),
  };
}
