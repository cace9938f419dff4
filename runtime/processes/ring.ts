/**
 * The last output of a process by offset, stdout and stderr in the order in which they came.
 * Every subscriber reads from here, so a process's output is in memory once however many watch it.
 */
import { OUTPUT_RING_BYTES, OUTPUT_RING_START_BYTES, OUTPUT_SEGMENTS_MAX } from '../limits.ts';

export type Channel = 'stdout' | 'stderr';

export interface Slice {
  readonly channel: Channel;
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Segment {
  readonly channel: Channel;
  readonly start: number;
}

export class OutputRing {
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** Where stdout turned to stderr or back; the first covers `#start`. */
  #segments: Segment[] = [];

  /** Offset of the oldest byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** Offset that the next byte will have. */
  get end(): number {
    return this.#end;
  }

  /** How near to full the ring is, from `offset` on: 1 when either its bytes or its index are used up. */
  fullness(offset: number, reserveBytes: number): number {
    const from = Math.max(offset, this.#start);
    const bytes = (this.#end - from + reserveBytes) / OUTPUT_RING_BYTES;
    return Math.max(bytes, (2 * this.#segmentsFrom(from)) / OUTPUT_SEGMENTS_MAX);
  }

  write(channel: Channel, bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - OUTPUT_RING_BYTES));
    this.#end += bytes.length - kept.length;
    this.#reserve(kept.length);
    if (this.#segments.at(-1)?.channel !== channel) this.#segments.push({ channel, start: this.#end });
    this.#copyIn(kept);
    this.#end += kept.length;
    this.#start = Math.max(this.#start, this.#end - this.#buffer.length);
    this.#dropSegments();
  }

  /** At most `limit` bytes of one channel from `offset`, copied out; undefined at the end or before the start. */
  read(offset: number, limit: number): Slice | undefined {
    if (offset < this.#start || offset >= this.#end) return undefined;
    const index = this.#segmentAt(offset);
    const segment = this.#segments[index];
    if (segment === undefined) return undefined;
    const segmentEnd = this.#segments[index + 1]?.start ?? this.#end;
    const length = Math.min(limit, segmentEnd - offset);
    return { channel: segment.channel, offset, bytes: this.#copyOut(offset, length) };
  }

  #segmentAt(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#segments[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #segmentsFrom(offset: number): number {
    return this.#segments.length - this.#segmentAt(offset);
  }

  /** Doubles the buffer while everything kept and the new bytes do not fit, up to the ring's size. */
  #reserve(added: number): void {
    const wanted = Math.min(OUTPUT_RING_BYTES, this.#end - this.#start + added);
    if (wanted <= this.#buffer.length) return;
    let size = Math.max(OUTPUT_RING_START_BYTES, this.#buffer.length);
    while (size < wanted) size *= 2;
    const kept = this.#copyOut(this.#start, this.#end - this.#start);
    this.#buffer = Buffer.alloc(Math.min(size, OUTPUT_RING_BYTES));
    this.#place(this.#start, kept);
  }

  #copyIn(bytes: Uint8Array): void {
    this.#place(this.#end, bytes);
  }

  #place(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const at = offset % this.#buffer.length;
    const first = bytes.subarray(0, this.#buffer.length - at);
    this.#buffer.set(first, at);
    this.#buffer.set(bytes.subarray(first.length), 0);
  }

  #copyOut(offset: number, length: number): Buffer {
    const out = Buffer.allocUnsafe(length);
    if (length === 0) return out;
    const at = offset % this.#buffer.length;
    const first = Math.min(length, this.#buffer.length - at);
    this.#buffer.copy(out, 0, at, at + first);
    this.#buffer.copy(out, first, 0, length - first);
    return out;
  }

  #dropSegments(): void {
    const excess = this.#segments.length - OUTPUT_SEGMENTS_MAX;
    if (excess > 0) this.#start = Math.max(this.#start, this.#segments[excess]?.start ?? this.#start);
    const first = this.#segmentAt(this.#start);
    if (first > 0) this.#segments.splice(0, first);
  }
}
