import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { humanSize, parseCount, parseSize } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { isDirectory, status } from '../files/stat.ts';

const SPECS = {
  all: { short: 'a', long: 'all' },
  apparent: { long: 'apparent-size' },
  blockSize: { short: 'B', long: 'block-size', value: 'required' },
  bytes: { short: 'b', long: 'bytes' },
  total: { short: 'c', long: 'total' },
  maxDepth: { short: 'd', long: 'max-depth', value: 'required' },
  human: { short: 'h', long: 'human-readable' },
  si: { long: 'si' },
  kilobytes: { short: 'k' },
  dereference: { short: 'L', long: 'dereference' },
  countLinks: { short: 'l', long: 'count-links' },
  megabytes: { short: 'm' },
  exclude: { long: 'exclude', value: 'required' },
  separate: { short: 'S', long: 'separate-dirs' },
  summarize: { short: 's', long: 'summarize' },
  threshold: { short: 't', long: 'threshold', value: 'required' },
  oneFileSystem: { short: 'x', long: 'one-file-system' },
  zero: { short: '0', long: 'null' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const BLOCK_BYTES = 512;
const KILOBYTE = 1024;

class Usage {
  failed = false;
  readonly #context: ProgramContext;
  readonly #options: Options;
  readonly #maxDepth: number;
  readonly #unit: number;
  readonly #excluded: readonly RegExp[];
  /** Files with several names count once. */
  readonly #seen = new Set<string>();

  constructor(context: ProgramContext, options: Options) {
    this.#context = context;
    this.#options = options;
    const depth = options.value('maxDepth');
    if (depth !== undefined && !/^\d+$/.test(depth)) throw new Failure(`invalid maximum depth '${depth}'`);
    this.#maxDepth = options.has('summarize')
      ? 0
      : depth === undefined
        ? Infinity
        : parseCount(depth, 'depth');
    const block = options.value('blockSize');
    this.#unit = options.has('bytes')
      ? 1
      : block !== undefined
        ? parseSize(/^\d/.test(block) ? block : `1${block}`, '--block-size argument')
        : options.has('megabytes')
          ? KILOBYTE * KILOBYTE
          : KILOBYTE;
    this.#excluded = options.occurrences
      .filter(({ name }) => name === 'exclude')
      .map(({ value = '' }) => globToRegExp(value));
  }

  print(bytes: number, path: string): void {
    const threshold = this.#options.value('threshold');
    if (threshold !== undefined) {
      const limit = parseSize(threshold.replace(/^-/, ''), '--threshold argument');
      if (threshold.startsWith('-') ? bytes > limit : bytes < limit) return;
    }
    const human = this.#options.has('human') || this.#options.has('si');
    const size = human ? humanSize(bytes, this.#options.has('si')) : String(Math.ceil(bytes / this.#unit));
    this.#context.stdout.write(`${size}\t${path}${this.#options.has('zero') ? '\0' : '\n'}`);
  }

  /** → bytes of the tree, undefined when there is nothing to count */
  count(path: string, depth = 0, device?: number): number | undefined {
    if (
      depth > 0 &&
      this.#excluded.some(
        (pattern) => pattern.test(path) || pattern.test(path.slice(path.lastIndexOf('/') + 1)),
      )
    )
      return 0;
    const { files } = this.#context.system;
    const found = status(files, path, this.#options.has('dereference'));
    if (typeof found === 'number') return this.#fail(`cannot access '${path}': ${errorText(found)}`);
    if (device !== undefined && this.#options.has('oneFileSystem') && found.dev !== device) return 0;
    const folder = isDirectory(found);
    const identity = `${found.dev}:${found.ino}`;
    if ((folder || found.nlink > 1) && !this.#options.has('countLinks')) {
      if (this.#seen.has(identity)) return depth === 0 ? undefined : 0;
      this.#seen.add(identity);
    }
    const apparent = this.#options.has('apparent') || this.#options.has('bytes');
    const own = apparent ? found.size : found.blocks * BLOCK_BYTES;
    if (!folder) {
      if ((this.#options.has('all') || depth === 0) && depth <= this.#maxDepth) this.print(own, path);
      return own;
    }
    const [below, inFiles] = this.#children(path, depth, found.dev);
    if (depth <= this.#maxDepth) this.print(own + (this.#options.has('separate') ? inFiles : below), path);
    return own + below;
  }

  /** Bytes of everything in a folder, and of its files alone. */
  #children(path: string, depth: number, device: number): [all: number, inFiles: number] {
    const { files } = this.#context.system;
    const list = files.readdir(path, false);
    if (typeof list === 'number') {
      this.#fail(`cannot read directory '${path}': ${errorText(list)}`);
      return [0, 0];
    }
    const DIRECTORY_ENTRY = 2;
    let all = 0;
    let inFiles = 0;
    list.names.forEach((name, index) => {
      const bytes = this.count(joinPath(path, name), depth + 1, device) ?? 0;
      all += bytes;
      if (list.types[index] !== DIRECTORY_ENTRY) inFiles += bytes;
    });
    return [all, inFiles];
  }

  #fail(message: string): undefined {
    complain(this.#context, message);
    this.failed = true;
    return undefined;
  }
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const usage = new Usage(context, options);
  let total = 0;
  for (const path of options.operands.length ? options.operands : ['.']) total += usage.count(path) ?? 0;
  if (options.has('total')) usage.print(total, 'total');
  return usage.failed ? 1 : 0;
}

export const du: Program = {
  name: 'du',
  usage: 'du [OPTION]... [FILE]...',
  help: `Print how much space each tree takes, in kilobytes.

  -a, --all              files too, not only folders
      --apparent-size    sizes instead of blocks
  -B, --block-size=SIZE  -k  -m  -b (bytes)  -h (human)  --si
  -c, --total            a sum of all
  -d, --max-depth=N      folders down to N levels; -s is 0
  -L, --dereference      follow links
  -l, --count-links      every name of a file
      --exclude=PATTERN  not what matches
  -S, --separate-dirs    folders without those below
  -s, --summarize        only the operands
  -t, --threshold=SIZE   only what takes at least SIZE (at most, with -)
  -x, --one-file-system
  -0, --null             lines end in NUL`,
  usageStatus: 1,
  main,
};
