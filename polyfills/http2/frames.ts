/** Frames as they are sent (RFC 9113, section 4.1). */
import { ByteWriter } from './bytes.ts';
import { Flag, FRAME_HEADER_BYTES, FrameType } from './constants.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

function begin(payloadBytes: number, { type, flags, streamId }: FrameHead): ByteWriter {
  return new ByteWriter(FRAME_HEADER_BYTES + payloadBytes)
    .uint24(payloadBytes)
    .uint8(type)
    .uint8(flags)
    .uint32(streamId);
}

export function frame(head: FrameHead, payload: Uint8Array): Bytes {
  return begin(payload.length, head).raw(payload).bytes;
}

/** The head of a DATA frame, with the length of its padding where there is any. */
export function dataHead(streamId: number, flags: number, length: number, padding: number): Bytes {
  const head = { type: FrameType.data, flags: flags | (padding > 0 ? Flag.padded : 0), streamId };
  const payload = length + padding;
  const writer = new ByteWriter(FRAME_HEADER_BYTES + (padding > 0 ? 1 : 0))
    .uint24(payload)
    .uint8(head.type)
    .uint8(head.flags)
    .uint32(streamId);
  return padding > 0 ? writer.uint8(padding - 1).bytes : writer.bytes;
}

/** A header block in one frame and as many CONTINUATIONs as it takes. */
export function headerFrames(head: FrameHead, start: Bytes, block: Bytes, options: HeaderLayout): Bytes[] {
  const { maxFrameSize, padding } = options;
  const padBytes = padding > 0 ? 1 : 0;
  const room = maxFrameSize - start.length - padding;
  const first = block.subarray(0, room);
  let flags = head.flags | (padding > 0 ? Flag.padded : 0);
  if (first.length === block.length) flags |= Flag.endHeaders;
  const writer = begin(start.length + first.length + padding, { ...head, flags });
  if (padBytes > 0) writer.uint8(padding - 1);
  const frames = [writer.raw(start).raw(first).bytes];
  for (let at = first.length; at < block.length; at += maxFrameSize) {
    const part = block.subarray(at, at + maxFrameSize);
    const isLast = at + part.length === block.length;
    const { streamId } = head;
    frames.push(frame({ type: FrameType.continuation, flags: isLast ? Flag.endHeaders : 0, streamId }, part));
  }
  return frames;
}
export interface HeaderLayout {
  readonly maxFrameSize: number;
  /** With the byte that tells its length. */
  readonly padding: number;
}

export const uint32Payload = (value: number): Bytes => new ByteWriter(4).uint32(value).bytes;

export function goawayPayload(lastStreamId: number, code: number, data: Uint8Array): Bytes {
  return new ByteWriter(8 + data.length).uint32(lastStreamId).uint32(code).raw(data).bytes;
}

export function altsvcPayload(origin: string, value: string): Bytes {
  return new ByteWriter(2 + origin.length + value.length).uint16(origin.length).latin1(origin).latin1(value)
    .bytes;
}

export function originPayload(origins: readonly string[]): Bytes {
  const length = origins.reduce((total, origin) => total + 2 + origin.length, 0);
  const writer = new ByteWriter(length);
  for (const origin of origins) writer.uint16(origin.length).latin1(origin);
  return writer.bytes;
}
