import { fillRandom } from '../crypto/random.ts';
import { SourcePositions } from './source-positions.ts';

/** How the library's scripts and their maps are read: synchronously, as `require` demands. */
export interface BuiltinHost {
  /** Runs the script of a chunk; it puts its functions into `registry`. */
  runChunk(name: string, registry: BuiltinRegistry): void;
  /** The address under which a chunk's frames appear in stack traces. */
  chunkUrl(name: string): string;
  readText(file: string): string;
  readBytes(file: string): Uint8Array<ArrayBuffer>;
}

/** What a chunk says of itself when it has run (scripts/node-layer/bundle.mjs). */
interface ChunkInfo {
  name: string;
  /** Builtin id and the line of the chunk on which it begins, in order. */
  lines: [string, number][];
  /** Only the boot chunk: `process.config` as JSON, and which ids the other chunks hold. */
  config?: string;
  chunks?: Record<string, string[]>;
}

export type BuiltinFunction = (...parameters: unknown[]) => unknown;
/** What the chunks' scripts call: first each function with its place in the chunk, then what they are. */
export interface BuiltinRegistry {
  $add(index: number, compiled: BuiltinFunction): void;
  $chunk(info: ChunkInfo): void;
  /** A library of this layer that loads on demand (polyfills/cryptography/chunk.ts). */
  $library(library: unknown): void;
  /** The host's generator, for such a library: `crypto` is the program's by then (polyfills/cryptography/host-crypto.ts). */
  $random(bytes: Uint8Array): void;
}

/** Node's library: what node_builtins.cc is to the binary. */
export class Builtins {
  readonly #host: BuiltinHost;
  readonly #functions = Object.create(null) as Record<string, BuiltinFunction | undefined>;
  #arriving: BuiltinFunction[] = [];
  readonly #registry: BuiltinRegistry = {
    $add: (index, compiled) => {
      this.#arriving[index] = compiled;
    },
    $chunk: (info) => this.#add(info),
    $library: (library) => {
      this.#arrivedLibrary = library;
    },
    $random: (bytes) => fillRandom(bytes, 0, bytes.length),
  };
  #arrivedLibrary: unknown;
  readonly #chunkOf = new Map<string, string>();
  readonly #positions: SourcePositions;
  config = '{}';

  constructor(host: BuiltinHost) {
    this.#host = host;
    this.#positions = new SourcePositions((chunk) => host.readText(`${chunk}.columns`));
    host.runChunk('boot', this.#registry);
  }

  #add({ name, lines, config, chunks }: ChunkInfo): void {
    this.#positions.add(this.#host.chunkUrl(name), name, lines);
    lines.forEach(([id], index) => {
      this.#functions[id] = this.#arriving[index];
    });
    this.#arriving = [];
    if (config !== undefined) this.config = config;
    for (const [chunk, ids] of Object.entries(chunks ?? {})) {
      for (const id of ids) this.#chunkOf.set(id, chunk);
    }
  }

  /** The function that a builtin's file is: its parameters are those of BuiltinLoader::LookupAndCompile. */
  compile(id: string): BuiltinFunction {
    const known = this.#functions[id];
    if (known !== undefined) return known;
    const chunk = this.#chunkOf.get(id);
    if (chunk === undefined) throw new Error(`No such built-in module: ${id}`);
    this.#host.runChunk(chunk, this.#registry);
    const loaded = this.#functions[id];
    if (loaded === undefined) throw new Error(`${chunk} does not hold ${id}`);
    return loaded;
  }

  /** Loads one of this layer's own libraries, which stand beside the workers' scripts. */
  library(name: string): unknown {
    this.#host.runChunk(`../${name}`, this.#registry);
    const library = this.#arrivedLibrary;
    this.#arrivedLibrary = undefined;
    if (library === undefined) throw new Error(`${name} does not hold a library`);
    return library;
  }

  /** Compiles a module that stands beside the workers' scripts. */
  webAssembly(file: string): WebAssembly.Module {
    return new WebAssembly.Module(this.#host.readBytes(`../${file}`));
  }

  /** A text beside the library's scripts. */
  text(file: string): string {
    return this.#host.readText(file);
  }

  /** `node --help`: option → text. */
  helpTexts(): Record<string, string> {
    return JSON.parse(this.#host.readText('help.json')) as Record<string, string>;
  }

  /** A file of the library as Node has it; undefined for those that are not kept (deps). */
  sourceOf(id: string): string | undefined {
    if (!(id in this.#functions) || id.startsWith('internal/deps/')) return undefined;
    return this.#host.readText(`source/${id.replaceAll('/', '__')}.txt`);
  }

  /** A place in a chunk → the place in the library's file; undefined for any other script. */
  locate(script: string, line: number, column: number) {
    return this.#positions.locate(script, line, column);
  }
}
