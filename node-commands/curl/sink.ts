/** Where the body of an answer goes. */
import fs from 'node:fs';
import path from 'node:path';
import { writeAll } from '../standard-io.ts';
import { CurlFailure, CurlStatus } from './failure.ts';

const STDOUT = 1;

export interface SinkOptions {
  /** undefined = standard output. */
  readonly file: string | undefined;
  readonly createDirs: boolean;
  readonly append: boolean;
  /** No warnings. */
  readonly silent: boolean;
}

export class Sink {
  readonly #options: SinkOptions;
  #fd: number | undefined;
  size = 0;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  get isTerminal(): boolean {
    return this.#options.file === undefined && process.stdout.isTTY;
  }

  write(bytes: Uint8Array): void {
    if (this.isTerminal && this.size === 0 && bytes.includes(0)) {
      process.stderr.write(
        'Warning: Binary output can mess up your terminal. Use "--output -" to tell \n' +
          'Warning: curl to output it to your terminal anyway, or consider "--output \nWarning: <FILE>" to save to a file.\n',
      );
      throw new CurlFailure(CurlStatus.write, 'Failure writing output to destination');
    }
    this.head(bytes);
    this.size += bytes.length;
  }

  /** Headers among the output do not count. */
  head(bytes: string | Uint8Array): void {
    try {
      writeAll(this.#open(), bytes);
    } catch (error) {
      if (error instanceof CurlFailure) throw error;
      throw new CurlFailure(CurlStatus.write, 'Failure writing output to destination');
    }
  }

  /** A file is there even when nothing came. */
  end(): void {
    this.#open();
    this.close();
  }
  close(): void {
    if (this.#fd !== undefined && this.#fd !== STDOUT) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    const { file, createDirs, append, silent } = this.#options;
    if (file === undefined || file === '-') return STDOUT;
    if (this.#fd !== undefined) return this.#fd;
    try {
      if (createDirs) fs.mkdirSync(path.dirname(file), { recursive: true });
      this.#fd = fs.openSync(file, append || this.size > 0 ? 'a' : 'w');
      return this.#fd;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!silent) process.stderr.write(`Warning: Failed to open the file ${file}: ${reason(code)}\n`);
      throw new CurlFailure(CurlStatus.write, 'Failure writing output to destination');
    }
  }
}

const reason = (code: string | undefined): string =>
  ({ ENOENT: 'No such file or directory', EACCES: 'Permission denied', EISDIR: 'Is a directory' })[
    code ?? ''
  ] ??
  code ??
  'unknown';
