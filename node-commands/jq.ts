/** jq itself, compiled to WebAssembly (jq-web): its files and streams are those of this process. */
import fs from 'node:fs';
import path from 'node:path';
import createJq from 'jq-web';
import wasmBinary from 'jq-web/jq.wasm';
import { readStandardInput, writeAll } from './standard-io.ts';

const OUTPUT_BYTES = 64 * 1024;
const FILE_ERROR = 2;
/** Options that take so many words after them. */
const VALUES: Readonly<Record<string, number>> = {
  '--arg': 2,
  '--argjson': 2,
  '--slurpfile': 2,
  '--rawfile': 2,
  '--indent': 1,
  '-f': 1,
  '--from-file': 1,
  '-L': 1,
  '--library-path': 1,
};
const REST = new Set(['--args', '--jsonargs']);

/** What the words of the command line name: files that jq is to find in its own file system. */
function filesOf(args: readonly string[]): { files: string[]; inputs: number; readsInput: boolean } {
  const files: string[] = [];
  let filter: string | undefined;
  let inputs = 0;
  let nullInput = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const count = VALUES[word];
    if (count !== undefined) {
      const values = args.slice(at + 1, at + 1 + count);
      if (word === '--slurpfile' || word === '--rawfile') files.push(values[1] ?? '');
      if (word === '-f' || word === '--from-file') {
        files.push(values[0] ?? '');
        filter = '';
      }
      at += count;
    } else if (REST.has(word)) {
      if (filter === undefined) filter = args[at + 1];
      break;
    } else if (word.startsWith('-') && word !== '-') {
      if (/^-[a-zA-Z]*n/.test(word) || word === '--null-input') nullInput = true;
    } else if (filter === undefined) filter = word;
    else {
      files.push(word);
      inputs++;
    }
  }
  return { files, inputs, readsInput: filter !== undefined && !nullInput };
}

class Sink {
  readonly #fd: number;
  #bytes = new Uint8Array(OUTPUT_BYTES);
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  put(code: number | null): void {
    if (code === null) return;
    this.#bytes[this.#length++] = code;
    if (this.#length === OUTPUT_BYTES) this.flush();
  }

  flush(): void {
    writeAll(this.#fd, this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { files, inputs } = filesOf(args);
  const [output, errors] = [new Sink(1), new Sink(2)];
  let input: Uint8Array | undefined;
  let at = 0;
  const read = (): number | null => {
    input ??= inputs === 0 ? readStandardInput() : new Uint8Array();
    return at < input.length ? (input[at++] ?? null) : null;
  };
  const jq = await createJq({
    wasmBinary,
    noInitialRun: true,
    preRun: [
      ({ FS }) =>
        FS.init(
          read,
          (code) => output.put(code),
          (code) => errors.put(code),
        ),
    ],
  });
  for (const file of files) {
    try {
      const bytes = fs.readFileSync(file);
      jq.FS.mkdirTree(path.posix.resolve('/', path.posix.dirname(file)));
      jq.FS.writeFile(path.posix.resolve('/', file), bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      // jq says so itself: the file is not there for it either.
    }
  }
  const colors = process.stdout.isTTY && !process.env['NO_COLOR'] ? [] : ['-M'];
  const explicit = args.some((word) => /^-[a-zA-Z]*[CM]/.test(word) || word.endsWith('color-output'));
  let status: number;
  try {
    status = jq.callMain([...(explicit ? [] : colors), ...args]);
  } catch (error) {
    writeAll(2, `jq: ${error instanceof Error ? error.message : String(error)}\n`);
    status = FILE_ERROR;
  }
  output.flush();
  errors.flush();
  return status;
}

void main(process.argv.slice(1)).then((status) => {
  process.exitCode = status;
});
