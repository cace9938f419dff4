/** Positions in the minified bundles → positions in Node's own files, by the mappings that the build keeps beside them. */
export interface Place {
  /** `node:internal/errors` */
  file: string;
  line: number;
  column: number;
}

interface Chunk {
  name: string;
  ids: string[];
  starts: number[];
}

/** Generated column, source line, source column: one triple a segment, grouped by generated line. */
type Segments = number[][];

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digits = new Uint8Array(128);
for (let i = 0; i < BASE64.length; i++) digits[BASE64.charCodeAt(i)] = i;

/** Decodes a source map's `mappings` of a single source without names. */
export function decodeMappings(mappings: string): Segments {
  const lines: Segments = [[]];
  const state = [0, 0, 0, 0]; // generated column, source, source line, source column
  let field = 0;
  let shift = 0;
  let value = 0;
  let current = lines[0] ?? [];
  const endSegment = () => {
    if (field >= 4) current.push(state[0] ?? 0, state[2] ?? 0, state[3] ?? 0);
    field = 0;
  };
  for (let i = 0; i < mappings.length; i++) {
    const code = mappings.charCodeAt(i);
    if (code === 0x2c || code === 0x3b) {
      endSegment();
      if (code === 0x3b) {
        state[0] = 0;
        current = [];
        lines.push(current);
      }
      continue;
    }
    const digit = digits[code] ?? 0;
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    state[field] = (state[field] ?? 0) + (value & 1 ? -(value >>> 1) : value >>> 1);
    field++;
    value = shift = 0;
  }
  endSegment();
  return lines;
}

export class SourcePositions {
  readonly #chunks = new Map<string, Chunk>();
  readonly #readMap: (chunk: string) => string;
  readonly #texts = new Map<string, string>();
  readonly #decoded = new Map<string, Segments>();

  constructor(readMap: (chunk: string) => string) {
    this.#readMap = readMap;
  }

  add(url: string, name: string, lines: readonly [string, number][]): void {
    this.#chunks.set(url, { name, ids: lines.map(([id]) => id), starts: lines.map(([, line]) => line) });
  }

  /** Lines and columns count from 1. */
  locate(url: string, line: number, column: number): Place | undefined {
    const chunk = this.#chunks.get(url);
    if (chunk === undefined || line < (chunk.starts[0] ?? 0)) return undefined;
    let low = 0;
    for (let high = chunk.starts.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((chunk.starts[middle] ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    const id = chunk.ids[low] ?? '';
    const segments = this.#segments(chunk.name, id)[line - (chunk.starts[low] ?? 0)] ?? [];
    let found = 0;
    for (let i = 0; i < segments.length && (segments[i] ?? 0) <= column - 1; i += 3) found = i;
    return {
      file: `node:${id}`,
      line: (segments[found + 1] ?? 0) + 1,
      column: (segments[found + 2] ?? 0) + 1,
    };
  }

  #segments(chunk: string, id: string): Segments {
    let segments = this.#decoded.get(id);
    if (segments === undefined) {
      segments = decodeMappings(this.#mappings(chunk, id));
      this.#decoded.set(id, segments);
    }
    return segments;
  }

  #mappings(chunk: string, id: string): string {
    let text = this.#texts.get(chunk);
    if (text === undefined) this.#texts.set(chunk, (text = this.#readMap(chunk)));
    const start = text.indexOf(`\n${id} `);
    if (start < 0) return '';
    const from = start + id.length + 2;
    const to = text.indexOf('\n', from);
    return text.slice(from, to < 0 ? undefined : to);
  }
}
