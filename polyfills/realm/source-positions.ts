/** Positions in the bundles → positions in Node's own files: lines are kept by the build, columns lack what led the line. */
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

/** A character's code less this is the number of columns that the build cut from the head of that line. */
const FIRST_CHARACTER = 33;

export class SourcePositions {
  readonly #chunks = new Map<string, Chunk>();
  readonly #readColumns: (chunk: string) => string;
  readonly #texts = new Map<string, string>();

  constructor(readColumns: (chunk: string) => string) {
    this.#readColumns = readColumns;
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
    const row = line - (chunk.starts[low] ?? 0);
    const cut = this.#leads(chunk.name, id).charCodeAt(row) - FIRST_CHARACTER;
    return { file: `node:${id}`, line: row + 1, column: Number.isNaN(cut) ? column : column + cut };
  }

  #leads(chunk: string, id: string): string {
    let text = this.#texts.get(chunk);
    if (text === undefined) this.#texts.set(chunk, (text = this.#readColumns(chunk)));
    const start = text.indexOf(`\n${id} `);
    if (start < 0) return '';
    const from = start + id.length + 2;
    const to = text.indexOf('\n', from);
    return text.slice(from, to < 0 ? undefined : to);
  }
}
