import { bytesOf, lengthOf, min, range, setBytes } from '../text/captured.ts';

/** A stretch of bytes of a Blob: in memory, or of a file that is read when it is asked for. */
export type Part = MemoryPart | FilePart;

export interface MemoryPart {
  readonly kind: 'memory';
  readonly bytes: Uint8Array;
}

export interface FilePart {
  readonly kind: 'file';
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** What the file was when the Blob was made: read only as long as it is still that. */
  readonly size: number;
  readonly modifiedNanoseconds: number;
}

export function memoryPart(source: ArrayBufferView | ArrayBufferLike): MemoryPart {
  return { kind: 'memory', bytes: bytesOf(source) };
}

export function partLength(part: Part): number {
  return part.kind === 'memory' ? lengthOf(part.bytes) : part.end - part.start;
}

/** The parts of `parts[start…end)`, in bytes over all of them. */
export function sliceParts(parts: readonly Part[], start: number, end: number): Part[] {
  const result: Part[] = [];
  let offset = 0;
  for (const part of parts) {
    const length = partLength(part);
    const from = start > offset ? start - offset : 0;
    const to = min(length, end - offset);
    if (from < to) result.push(slicePart(part, from, to));
    offset += length;
  }
  return result;
}

function slicePart(part: Part, from: number, to: number): Part {
  if (part.kind === 'memory') return { kind: 'memory', bytes: range(part.bytes, from, to) };
  return { ...part, start: part.start + from, end: part.start + to };
}

export function concatenate(sources: readonly (ArrayBufferView | ArrayBufferLike)[]): ArrayBuffer {
  let total = 0;
  for (const source of sources) total += lengthOf(bytesOf(source));
  const joined = new Uint8Array(total);
  let at = 0;
  for (const source of sources) {
    const bytes = bytesOf(source);
    setBytes(joined, bytes, at);
    at += lengthOf(bytes);
  }
  return joined.buffer;
}
