import type { System } from '../system.ts';
import { createImports } from './imports.ts';

/** Exported functions that give a number (or nothing), and those that give 64 bits. */
type Call = (...parameters: (number | bigint)[]) => number;
type Call64 = (...parameters: (number | bigint)[]) => bigint;

type Calls64 =
  'sqlite3_column_int64' | 'sqlite3_value_int64' | 'sqlite3_last_insert_rowid' | 'sqlite3_changes64';

type Plain =
  | `bind_${'blob' | 'double' | 'int' | 'int64' | 'null' | 'text' | 'zeroblob'}`
  | `bind_parameter_${'count' | 'name' | 'index'}`
  | `column_${'blob' | 'bytes' | 'count' | 'decltype' | 'double' | 'name' | 'text' | 'type'}`
  | `column_${'database' | 'origin' | 'table'}_name`
  | `result_${'blob' | 'double' | 'error' | 'int64' | 'null' | 'text' | 'zeroblob'}`
  | `value_${'blob' | 'bytes' | 'double' | 'text' | 'type'}`
  | `create_${'function_v2' | 'window_function'}`
  | `${'open' | 'close' | 'prepare'}_v2`
  | 'aggregate_context'
  | 'busy_timeout'
  | 'clear_bindings'
  | 'db_filename'
  | 'deserialize'
  | 'errmsg'
  | 'errstr'
  | 'exec'
  | 'expanded_sql'
  | 'extended_errcode'
  | 'finalize'
  | 'free'
  | 'get_autocommit'
  | 'initialize'
  | 'limit'
  | 'malloc64'
  | 'reset'
  | 'serialize'
  | 'set_authorizer'
  | 'sql'
  | 'step'
  | 'stmt_status'
  | 'user_data'
  | 'vfs_register';

type Sessions = 'attach' | 'changeset' | 'create' | 'delete' | 'patchset';

export type SqliteCalls = Record<`sqlite3_${Plain}` | `sqlite3session_${Sessions}`, Call> &
  Record<'sqlite3changeset_apply' | 'sqlite3__wasm_db_config_ip' | '__wasm_call_ctors', Call> &
  Record<Calls64, Call64> & { readonly __indirect_function_table: WebAssembly.Table };

type Parameter = 'i' | 'j' | 'd';
type CallbackShape = `${'i' | 'v'}:${string}`;
/** What SQLite calls: addresses and numbers in, a number out. */
export type Callback = (...parameters: never[]) => number | void;

const WASM_PAGE_BYTES = 64 * 1024;
/** As the module asks for them: 8 MiB at first, at most 2 GiB. */
const INITIAL_PAGES = 128;
const MAXIMUM_PAGES = 32_768;
const VALUE_TYPES: Readonly<Record<string, number>> = { i: 0x7f, j: 0x7e, d: 0x7c };
/** Up to this length ASCII text is read faster by hand. */
const SHORT_TEXT_BYTES = 24;

/** SQLite as WebAssembly, and its memory: one instance a program. */
export class Engine {
  readonly api: SqliteCalls;
  readonly #memory: WebAssembly.Memory;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #adapters = new Map<string, WebAssembly.Module>();
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;

  constructor(wasm: WebAssembly.Module, system: System) {
    this.#memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
    this.#bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    this.#view = new DataView(this.#bytes.buffer);
    const imports = createImports(system, {
      view: () => this.view,
      memory: this.#memory,
      maximumBytes: MAXIMUM_PAGES * WASM_PAGE_BYTES,
    });
    const { exports } = new WebAssembly.Instance(wasm, imports);
    this.api = exports as unknown as SqliteCalls;
    this.api.__wasm_call_ctors();
  }

  /** Anew after each call that may allocate: memory that grew has another buffer. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    return this.#bytes;
  }
  get view(): DataView<ArrayBuffer> {
    if (this.#view.buffer !== this.bytes.buffer) this.#view = new DataView(this.bytes.buffer);
    return this.#view;
  }
  pointer(at: number): number {
    return this.view.getUint32(at, true);
  }

  text(at: number, length: number): string {
    const { bytes } = this;
    if (length < SHORT_TEXT_BYTES) {
      let short = '';
      let i = at;
      for (; i < at + length; i++) {
        const byte = bytes[i] ?? 0;
        if (byte > 0x7f) break;
        short += String.fromCharCode(byte);
      }
      if (i === at + length) return short;
    }
    return this.#decoder.decode(bytes.subarray(at, at + length));
  }
  /** Text up to its NUL; null for the null pointer. */
  cString(at: number): string | null {
    if (at === 0) return null;
    return this.text(at, this.bytes.indexOf(0, at) - at);
  }

  allocate(size: number): number {
    const at = this.api.sqlite3_malloc64(BigInt(Math.max(size, 1)));
    if (at === 0) throw new RangeError('Array buffer allocation failed');
    return at;
  }
  /** A copy, which whoever asked for it frees. */
  copyIn(bytes: Uint8Array): number {
    const at = this.allocate(bytes.length);
    this.bytes.set(bytes, at);
    return at;
  }
  encode(text: string): Uint8Array<ArrayBuffer> {
    return this.#encoder.encode(text);
  }
  copyOut(at: number, length: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(at, at + length);
  }
  /** Runs `use` with each text as a C string. */
  withTexts<T>(texts: readonly string[], use: (...at: number[]) => T): T {
    const places = texts.map((text) => this.copyIn(this.encode(`${text}\0`)));
    try {
      return use(...places);
    } finally {
      for (const at of places) this.api.sqlite3_free(at);
    }
  }
  /** Runs `use` with room for so many pointers. */
  withRoom<T>(pointers: number, use: (at: number) => T): T {
    const at = this.allocate(pointers * 4);
    this.bytes.fill(0, at, at + pointers * 4);
    try {
      return use(at);
    } finally {
      this.api.sqlite3_free(at);
    }
  }

  /** A JavaScript function as a C function pointer. `shape` is such as `i:iij`: result, then parameters. */
  callback(shape: CallbackShape, callback: Callback): number {
    let module = this.#adapters.get(shape);
    if (module === undefined) this.#adapters.set(shape, (module = adapterModule(shape)));
    const { f } = new WebAssembly.Instance(module, { e: { f: callback } }).exports;
    return this.exported(f);
  }
  /** The pointer of a function that a module exports. */
  exported(callee: unknown): number {
    const table = this.api.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, callee);
    return index;
  }
}

/** `(module (import "e" "f" (func …)) (export "f" (func 0)))`: tables hold only functions of WebAssembly. */
function adapterModule(shape: CallbackShape): WebAssembly.Module {
  const [result = 'v', parameters = ''] = shape.split(':');
  const types = [...(parameters as Iterable<Parameter>)].map((letter) => VALUE_TYPES[letter] ?? 0);
  const results = result === 'v' ? [] : [VALUE_TYPES[result] ?? 0];
  const section = (id: number, body: readonly number[]): number[] => [id, body.length, ...body];
  return new WebAssembly.Module(
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [1, 0x60, types.length, ...types, results.length, ...results]),
      ...section(2, [1, 1, 0x65, 1, 0x66, 0, 0]),
      ...section(7, [1, 1, 0x66, 0, 0]),
    ]),
  );
}
