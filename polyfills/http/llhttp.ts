/**
 * llhttp as WebAssembly: one instance for the process, one llhttp_t a parser. The module is the one that Node's library
 * carries for undici; what its callback table leaves out (chunk headers and extensions) is put in here.
 */
import { toBuffer } from '../node-buffer.ts';
import { latin1Decode } from '../text/latin1.ts';

/** llhttp_t* and llhttp_errno_t are plain numbers here. */
interface Exports {
  memory: WebAssembly.Memory;
  __indirect_function_table: WebAssembly.Table;
  _initialize(): void;
  malloc(bytes: number): number;
  free(address: number): void;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_pause(parser: number): void;
  llhttp_resume(parser: number): void;
  llhttp_resume_after_upgrade(parser: number): void;
  llhttp_should_keep_alive(parser: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_get_status_code(parser: number): number;
  llhttp_get_http_major(parser: number): number;
  llhttp_get_http_minor(parser: number): number;
  llhttp_get_upgrade(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_set_error_reason(parser: number, reason: number): void;
  llhttp_errno_name(errno: number): number;
  [setLenient: `llhttp_set_lenient_${string}`]: (parser: number, on: number) => void;
}

/** What a parser does with what llhttp finds. Each returns 0 to go on, or an llhttp_errno_t. */
export interface LlhttpEvents {
  onMessageBegin(): number;
  onUrl(at: number, length: number): number;
  onStatus(at: number, length: number): number;
  onHeaderField(at: number, length: number): number;
  onHeaderValue(at: number, length: number): number;
  onHeadersComplete(): number;
  onBody(at: number, length: number): number;
  onMessageComplete(): number;
  onChunkExtension(at: number, length: number): number;
  onChunkHeader(): number;
  onChunkComplete(): number;
}

export const HpeUser = 24;
export const HpePausedUpgrade = 22;
const INPUT_BYTES = 64 * 1024;

/** Places in llhttp_settings_t that the module's own table leaves empty. */
const Setting = {
  chunkExtensionName: 8,
  chunkExtensionValue: 9,
  chunkHeader: 22,
  chunkComplete: 23,
} as const;
/** Word of llhttp_t that points to its settings. */
const SETTINGS_WORD = 14;

/**
 * (module (import "" "a" (func (param i32) (result i32))) … (export "a" (func 0)) …) for
 * the three functions: a table takes functions of WebAssembly only, and an imported one that is exported
 * again is one.
 */
const ADAPTERS = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 13, 2, 96, 1, 127, 1, 127, 96, 3, 127, 127, 127, 1, 127, 2, 16, 3, 0, 1, 97,
  0, 0, 0, 1, 98, 0, 0, 0, 1, 99, 0, 1, 7, 13, 3, 1, 97, 0, 0, 1, 98, 0, 1, 1, 99, 0, 2,
];

const ADDED_CALLBACKS = 3;
const TABLE_SECTION = 4;
const HEADER_BYTES = 8;

/** The module's table has no room for further functions: its limits, minimum and maximum, are raised. */
function widenTable(wasm: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const wide = wasm.slice();
  for (let at = HEADER_BYTES; at < wide.length;) {
    const section = wide[at++];
    let size = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = wide[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
    }
    if (section === TABLE_SECTION) {
      // count 1, funcref, limits with a maximum: numbers below 128 are one byte each.
      const [count, , flags, minimum = 0x80, maximum = 0x80] = wide.subarray(at, at + size);
      if (count !== 1 || flags !== 1 || minimum + ADDED_CALLBACKS > 0x7f || maximum !== minimum) break;
      wide[at + 3] = wide[at + 4] = minimum + ADDED_CALLBACKS;
      return wide;
    }
    at += size;
  }
  throw new Error('llhttp: its table is not of the form that was expected');
}

const { Module, Instance } = WebAssembly;
const Bytes = Uint8Array;
const Words = Uint32Array;

export class Llhttp {
  readonly #exports: Exports;
  readonly #parsers = new Map<number, LlhttpEvents>();
  readonly #input: number;
  #inputTaken = false;
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #reasons = new Map<string, number>();

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    const of = (parser: number): LlhttpEvents => this.#parsers.get(parser) as LlhttpEvents;
    const env = {
      wasm_on_message_begin: (p: number) => of(p).onMessageBegin(),
      wasm_on_url: (p: number, at: number, length: number) => of(p).onUrl(at, length),
      wasm_on_status: (p: number, at: number, length: number) => of(p).onStatus(at, length),
      wasm_on_header_field: (p: number, at: number, length: number) => of(p).onHeaderField(at, length),
      wasm_on_header_value: (p: number, at: number, length: number) => of(p).onHeaderValue(at, length),
      wasm_on_headers_complete: (p: number) => of(p).onHeadersComplete(),
      wasm_on_body: (p: number, at: number, length: number) => of(p).onBody(at, length),
      wasm_on_message_complete: (p: number) => of(p).onMessageComplete(),
    };
    this.#exports = new Instance(new Module(widenTable(wasm)), { env }).exports as unknown as Exports;
    this.#exports._initialize();
    this.#bytes = new Bytes(this.#exports.memory.buffer as ArrayBuffer);
    this.#input = this.#exports.malloc(INPUT_BYTES);
    this.#addChunkCallbacks(of);
  }

  alloc(type: number, events: LlhttpEvents): number {
    const parser = this.#exports.llhttp_alloc(type);
    this.#parsers.set(parser, events);
    return parser;
  }
  free(parser: number): void {
    this.#parsers.delete(parser);
    this.#exports.llhttp_free(parser);
  }

  /** → errno; `consumed` then tells how far it came. */
  execute(parser: number, data: Uint8Array, length: number): { errno: number; consumed: number } {
    const shared = !this.#inputTaken && length <= INPUT_BYTES;
    const input = shared ? this.#input : this.#exports.malloc(length);
    if (shared) this.#inputTaken = true;
    this.bytes.set(data.length === length ? data : new Bytes(data.buffer, data.byteOffset, length), input);
    const errno = this.#exports.llhttp_execute(parser, input, length);
    const consumed = errno === 0 ? length : this.#exports.llhttp_get_error_pos(parser) - input;
    if (shared) this.#inputTaken = false;
    else this.#exports.free(input);
    return { errno, consumed };
  }
  finish(parser: number): number {
    return this.#exports.llhttp_finish(parser);
  }
  pause(parser: number): void {
    this.#exports.llhttp_pause(parser);
  }
  resume(parser: number): void {
    this.#exports.llhttp_resume(parser);
  }
  resumeAfterUpgrade(parser: number): void {
    this.#exports.llhttp_resume_after_upgrade(parser);
  }

  shouldKeepAlive(parser: number): boolean {
    return this.#exports.llhttp_should_keep_alive(parser) !== 0;
  }
  method(parser: number): number {
    return this.#exports.llhttp_get_method(parser);
  }
  statusCode(parser: number): number {
    return this.#exports.llhttp_get_status_code(parser);
  }
  version(parser: number): [major: number, minor: number] {
    return [this.#exports.llhttp_get_http_major(parser), this.#exports.llhttp_get_http_minor(parser)];
  }
  upgrade(parser: number): boolean {
    return this.#exports.llhttp_get_upgrade(parser) !== 0;
  }
  /** `flag` as in llhttp_set_lenient_<flag>. */
  setLenient(parser: number, flag: string): void {
    this.#exports[`llhttp_set_lenient_${flag}`]?.(parser, 1);
  }
  errorName(errno: number): string {
    return this.#text(this.#exports.llhttp_errno_name(errno));
  }
  errorReason(parser: number): string {
    return this.#text(this.#exports.llhttp_get_error_reason(parser));
  }
  setErrorReason(parser: number, reason: string): void {
    let address = this.#reasons.get(reason);
    if (address === undefined) {
      address = this.#exports.malloc(reason.length + 1);
      for (let i = 0; i < reason.length; i++) this.bytes[address + i] = reason.charCodeAt(i);
      this.bytes[address + reason.length] = 0;
      this.#reasons.set(reason, address);
    }
    this.#exports.llhttp_set_error_reason(parser, address);
  }

  latin1(at: number, length: number): string {
    return latin1Decode(this.bytes, at, at + length);
  }
  copy(at: number, length: number): Uint8Array<ArrayBuffer> {
    return toBuffer(this.bytes.slice(at, at + length));
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#bytes = new Bytes(this.#exports.memory.buffer as ArrayBuffer);
    return this.#bytes;
  }

  #text(address: number): string {
    let end = address;
    while (this.bytes[end] !== 0) end++;
    return this.latin1(address, end - address);
  }

  #addChunkCallbacks(of: (parser: number) => LlhttpEvents): void {
    const adapters = new Instance(new Module(new Bytes(ADAPTERS)), {
      '': {
        a: (p: number) => of(p).onChunkHeader(),
        b: (p: number) => of(p).onChunkComplete(),
        c: (p: number, at: number, length: number) => of(p).onChunkExtension(at, length),
      },
    }).exports;
    const table = this.#exports.__indirect_function_table;
    const first = table.length - ADDED_CALLBACKS;
    for (const [index, name] of ['a', 'b', 'c'].entries()) table.set(first + index, adapters[name]);
    const parser = this.#exports.llhttp_alloc(1);
    const words = new Words(this.bytes.buffer);
    const settings = (words[(parser >> 2) + SETTINGS_WORD] ?? 0) >> 2;
    words[settings + Setting.chunkHeader] = first;
    words[settings + Setting.chunkComplete] = first + 1;
    words[settings + Setting.chunkExtensionName] = first + 2;
    words[settings + Setting.chunkExtensionValue] = first + 2;
    this.#exports.llhttp_free(parser);
  }
}
