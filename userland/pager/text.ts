/** The text that a pager shows: read as far as it is looked at, by lines. */
import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import { concat } from '../../src/base/bytes.ts';
import { Errno } from '../../src/base/errno.ts';
import type { System } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { Failure } from '../program/program.ts';
import { statusOfDescriptor } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';

const NEWLINE = 10;

export interface PagerLine {
  readonly text: string;
  /** Counted from one, in the whole text. */
  readonly number: number;
  /** Bytes of the text up to this line's end. */
  readonly end: number;
}

export class PagerText {
  /** The lines that are shown: all, or those that the filter lets through. */
  lines: PagerLine[] = [];
  /** The end was read. */
  complete = false;
  readonly #system: System;
  readonly #fd: number;
  readonly #name: string;
  readonly #squeeze: boolean;
  #all: PagerLine[] = [];
  #filter: ((text: string) => boolean) | undefined;
  #rest: Uint8Array[] = [];
  #bytes = 0;
  #count = 0;

  constructor(system: System, fd: number, name: string, squeeze: boolean) {
    this.#system = system;
    this.#fd = fd;
    this.#name = name;
    this.#squeeze = squeeze;
  }

  /** True when reading does not wait. */
  get readable(): boolean {
    const { streams } = this.#system;
    return (
      streams.type(this.#fd) === 'FILE' ||
      streams.poll([{ fd: this.#fd, read: true, write: false }], null, 0) === 1
    );
  }

  /** Reads a piece; waits when there is none. → false when a signal came */
  read(): boolean {
    const buffer = new Uint8Array(INPUT_CHUNK_BYTES);
    const count = this.#system.files.read(this.#fd, buffer, null);
    if (count === -Errno.EINTR) return false;
    if (count < 0) throw new Failure(`${this.#name}: ${errorText(count)}`);
    if (count === 0) this.#atEnd();
    else this.#take(buffer.subarray(0, count));
    return true;
  }

  /** Goes on after the end, for what is added to a file. */
  resume(): void {
    this.complete = false;
  }

  /** Bytes of the whole text where that is known: a file's size, or what was read to its end. */
  get sizeBytes(): number | undefined {
    if (this.complete) return this.#bytes;
    if (this.#system.streams.type(this.#fd) !== 'FILE') return undefined;
    const found = statusOfDescriptor(this.#system.files, this.#fd);
    return typeof found === 'number' ? undefined : found.size;
  }

  /** Shows only the lines that `filter` lets through; all without one. */
  filterBy(filter: ((text: string) => boolean) | undefined): void {
    this.#filter = filter;
    this.lines = filter === undefined ? [...this.#all] : this.#all.filter((line) => filter(line.text));
  }
  get filtered(): boolean {
    return this.#filter !== undefined;
  }

  /** What was read, as it came. */
  *everything(): Generator<string> {
    for (const { text } of this.#all) yield `${text}\n`;
  }

  #take(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#add(concat([...this.#rest, bytes.subarray(from, at)]), this.#bytes - bytes.length + at + 1);
      this.#rest = [];
      from = at + 1;
    }
    if (from < bytes.length) this.#rest.push(bytes.slice(from));
  }
  #atEnd(): void {
    if (this.#rest.length > 0) this.#add(concat(this.#rest), this.#bytes);
    this.#rest = [];
    this.complete = true;
  }
  #add(bytes: Uint8Array, end: number): void {
    const line = { text: decodeText(bytes), number: ++this.#count, end };
    if (this.#squeeze && line.text === '' && this.#all.at(-1)?.text === '') return;
    this.#all.push(line);
    if (this.#filter === undefined || this.#filter(line.text)) this.lines.push(line);
  }
}
