import {
  zlibDeflate,
  zlibDeflateEnd,
  zlibDeflateInit2,
  zlibDeflateReset,
  zlibDeflateSetDictionary,
  zlibInflate,
  zlibInflateEnd,
  zlibInflateInit2,
  zlibInflateReset,
  zlibInflateSetDictionary,
  ZStream,
} from 'pako';
import { deflateParams } from './deflate-params.ts';
import type { CompressionEngine, ZlibError } from './engine.ts';

/** node_zlib_mode, as the constants of the zlib binding number it. */
export const Mode = {
  none: 0,
  deflate: 1,
  inflate: 2,
  gzip: 3,
  gunzip: 4,
  deflateRaw: 5,
  inflateRaw: 6,
  unzip: 7,
} as const;
type Mode = (typeof Mode)[keyof typeof Mode];

const Z_OK = 0;
const Z_STREAM_END = 1;
const Z_NEED_DICT = 2;
const Z_DATA_ERROR = -3;
const Z_BUF_ERROR = -5;
const Z_FINISH = 4;
const Z_DEFLATED = 8;

const STATUS_NAMES: Readonly<Record<number, string>> = {
  [Z_OK]: 'Z_OK',
  [Z_STREAM_END]: 'Z_STREAM_END',
  [Z_NEED_DICT]: 'Z_NEED_DICT',
  [-1]: 'Z_ERRNO',
  [-2]: 'Z_STREAM_ERROR',
  [Z_DATA_ERROR]: 'Z_DATA_ERROR',
  [-4]: 'Z_MEM_ERROR',
  [Z_BUF_ERROR]: 'Z_BUF_ERROR',
  [-6]: 'Z_VERSION_ERROR',
};

const GZIP_ID = [0x1f, 0x8b] as const;

export interface ZlibSettings {
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
  readonly strategy: number;
  readonly dictionary: Uint8Array | undefined;
  readonly rejectGarbageAfterEnd: boolean;
}

/** Node's ZlibContext: one stream in either direction, with gzip members, dictionaries and header sniffing. */
export class ZlibStream implements CompressionEngine {
  readonly #stream = new ZStream();
  #mode: number;
  #settings: ZlibSettings | undefined;
  #initialized = false;
  #status: number = Z_OK;
  #flush = 0;
  #gzipIdBytesRead = 0;

  constructor(mode: number) {
    this.#mode = mode;
  }

  get remainingInput(): number {
    return this.#stream.avail_in;
  }

  get remainingOutput(): number {
    return this.#stream.avail_out;
  }

  /** The stream itself is set up at its first use, so that one that is never used costs nothing. */
  configure(settings: ZlibSettings): void {
    this.#settings = settings;
  }

  run(flush: number, input: Uint8Array<ArrayBuffer>, output: Uint8Array<ArrayBuffer>): ZlibError | undefined {
    const stream = this.#stream;
    stream.input = input;
    stream.next_in = 0;
    stream.avail_in = input.length;
    stream.output = output;
    stream.next_out = 0;
    stream.avail_out = output.length;
    this.#flush = flush;
    if (this.#initialize()) this.#process();
    return this.#errorOfRun();
  }

  reset(): ZlibError | undefined {
    if (!this.#initialize()) return this.#error('Failed to init stream before reset');
    if (this.#compresses()) this.#status = zlibDeflateReset(this.#stream);
    else if (this.#mode !== Mode.unzip) this.#status = zlibInflateReset(this.#stream);
    else this.#status = Z_OK;
    if (this.#status !== Z_OK) return this.#error('Failed to reset stream');
    return this.#setDictionary();
  }

  /** Changes level and strategy from here on. Only zlib and raw deflate streams can (as in Node). */
  params(level: number, strategy: number): ZlibError | undefined {
    if (!this.#initialize()) return this.#error('Failed to init stream before set parameters');
    this.#status = Z_OK;
    if (this.#mode === Mode.deflate || this.#mode === Mode.deflateRaw) {
      this.#status = deflateParams(this.#stream, level, strategy);
    }
    if (this.#status === Z_OK || this.#status === Z_BUF_ERROR) return undefined;
    return this.#error('Failed to set parameters');
  }

  close(): void {
    if (this.#initialized) {
      if (this.#compresses()) zlibDeflateEnd(this.#stream);
      else if (this.#mode !== Mode.none) zlibInflateEnd(this.#stream);
    }
    this.#mode = Mode.none;
    this.#settings = undefined;
  }

  #compresses(): boolean {
    return this.#mode === Mode.deflate || this.#mode === Mode.gzip || this.#mode === Mode.deflateRaw;
  }

  /** False when the stream could not be set up; `#status` says why. */
  #initialize(): boolean {
    if (this.#initialized) return true;
    const settings = this.#settings;
    if (settings === undefined) throw new TypeError('write before init');
    this.#status = this.#compresses()
      ? zlibDeflateInit2(
          this.#stream,
          settings.level as never,
          Z_DEFLATED,
          this.#windowBits(settings.windowBits),
          settings.memLevel as never,
          settings.strategy as never,
        )
      : zlibInflateInit2(this.#stream, this.#windowBits(settings.windowBits));
    if (this.#status !== Z_OK) {
      this.#mode = Mode.none;
      return false;
    }
    this.#initialized = true;
    this.#setDictionary();
    return true;
  }

  /** zlib says by offsets and sign which wrapper is meant. */
  #windowBits(bits: number): number {
    switch (this.#mode) {
      case Mode.gzip:
      case Mode.gunzip:
        return bits + 16;
      case Mode.unzip:
        return bits + 32;
      case Mode.deflateRaw:
      case Mode.inflateRaw:
        return -bits;
      default:
        return bits;
    }
  }

  #setDictionary(): ZlibError | undefined {
    const dictionary = this.#settings?.dictionary;
    if (dictionary === undefined || dictionary.length === 0) return undefined;
    this.#status = Z_OK;
    if (this.#mode === Mode.deflate || this.#mode === Mode.deflateRaw) {
      this.#status = zlibDeflateSetDictionary(this.#stream, dictionary);
    } else if (this.#mode === Mode.inflateRaw) {
      this.#status = zlibInflateSetDictionary(this.#stream, dictionary);
    }
    return this.#status === Z_OK ? undefined : this.#error('Failed to set dictionary');
  }

  #process(): void {
    if (this.#status !== Z_OK && this.#settings === undefined) return;
    if (this.#compresses()) {
      this.#status = zlibDeflate(this.#stream, this.#flush as never);
      return;
    }
    if (this.#mode === Mode.unzip) this.#sniffHeader();
    this.#inflate();
    this.#inflateFurtherMembers();
  }

  /** Unzip becomes gunzip when the stream begins with gzip's two bytes, which may come one at a time. */
  #sniffHeader(): void {
    const stream = this.#stream;
    let at = stream.next_in;
    const end = stream.next_in + stream.avail_in;
    while (at < end && this.#mode === Mode.unzip) {
      if (stream.input[at++] !== GZIP_ID[this.#gzipIdBytesRead]) this.#mode = Mode.inflate;
      else if (++this.#gzipIdBytesRead === GZIP_ID.length) this.#mode = Mode.gunzip;
    }
  }

  #inflate(): void {
    const stream = this.#stream;
    this.#status = zlibInflate(stream, this.#flush as never);
    const dictionary = this.#settings?.dictionary;
    if (this.#mode === Mode.inflateRaw || this.#status !== Z_NEED_DICT || dictionary === undefined) return;
    this.#status = zlibInflateSetDictionary(stream, dictionary);
    if (this.#status === Z_OK) this.#status = zlibInflate(stream, this.#flush as never);
    // Both calls say Z_DATA_ERROR: this one means a wrong dictionary.
    else if (this.#status === Z_DATA_ERROR) this.#status = Z_NEED_DICT;
  }

  /** A gzip file may hold several members; zero bytes behind the last are padding. */
  #inflateFurtherMembers(): void {
    const stream = this.#stream;
    while (
      stream.avail_in > 0 &&
      this.#mode === Mode.gunzip &&
      this.#status === Z_STREAM_END &&
      this.#settings?.rejectGarbageAfterEnd !== true &&
      stream.input[stream.next_in] !== 0
    ) {
      this.reset();
      this.#status = zlibInflate(stream, this.#flush as never);
    }
  }

  #errorOfRun(): ZlibError | undefined {
    switch (this.#status) {
      case Z_OK:
      case Z_BUF_ERROR: {
        const cut = this.#stream.avail_out !== 0 && this.#flush === Z_FINISH;
        return cut ? this.#error('unexpected end of file') : undefined;
      }
      case Z_STREAM_END:
        return undefined;
      case Z_NEED_DICT: {
        const given = (this.#settings?.dictionary?.length ?? 0) > 0;
        return this.#error(given ? 'Bad dictionary' : 'Missing dictionary');
      }
      default:
        return this.#error('Zlib error');
    }
  }

  #error(message: string): ZlibError {
    const { msg } = this.#stream;
    // pako names each status in `msg`; zlib leaves it alone unless it has something to tell.
    const told = msg !== '' && !PAKO_STATUS_MESSAGES.has(msg);
    return {
      message: told ? msg : message,
      errno: this.#status,
      code: STATUS_NAMES[this.#status] ?? 'Z_ERRNO',
    };
  }
}

const PAKO_STATUS_MESSAGES = new Set([
  'need dictionary',
  'stream end',
  'file error',
  'stream error',
  'data error',
  'insufficient memory',
  'buffer error',
  'incompatible version',
]);
