import { startChild, waitForChild } from '../program/child.ts';
import { lines, openInput } from '../program/input.ts';
import { Output } from '../program/output.ts';
import { Failure, type ProgramContext } from '../program/program.ts';
import { errorText } from '../program/errors.ts';
import { decodeText } from '../text/text.ts';
import { chunks } from '../program/input.ts';

const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
const CREATE_APPEND = 0o2101; // O_WRONLY | O_CREAT | O_APPEND
const FATAL = 2;
const PARAGRAPHS = /\n\n+/g;

/** Records of a stream as RS says: a character, an expression, or (empty) paragraphs. RS may change between records. */
export class RecordReader {
  readonly #chunks: Iterator<Uint8Array>;
  readonly #decode = decodeText;
  #held = '';
  #pending = new Uint8Array(0);
  #ended = false;

  constructor(context: ProgramContext, fd: number, name: string) {
    this.#chunks = chunks(context.system.files, fd, name);
  }

  next(separator: string): string | undefined {
    if (separator === '') this.#skipNewlines();
    for (;;) {
      const found = this.#split(separator);
      if (found !== undefined) return found;
      if (this.#ended) break;
      this.#fill();
    }
    if (this.#held === '') return undefined;
    const last = separator === '' ? this.#held.replace(/\n+$/, '') : this.#held;
    this.#held = '';
    return last === '' && separator === '' ? undefined : last;
  }

  /** Whole lines are decoded, so that no character is cut. */
  #fill(): void {
    const next = this.#chunks.next();
    this.#ended = next.done === true;
    const fresh = next.done ? new Uint8Array(0) : next.value;
    const all = new Uint8Array(this.#pending.length + fresh.length);
    all.set(this.#pending);
    all.set(fresh, this.#pending.length);
    const end = this.#ended ? all.length : all.lastIndexOf(10) + 1;
    this.#held += this.#decode(all.subarray(0, end));
    this.#pending = all.slice(end);
  }

  #skipNewlines(): void {
    for (;;) {
      this.#held = this.#held.replace(/^\n+/, '');
      if (this.#held !== '' || this.#ended) return;
      this.#fill();
    }
  }

  #split(separator: string): string | undefined {
    if (separator.length === 1) {
      const at = this.#held.indexOf(separator, this.#searched);
      if (at < 0) {
        this.#searched = this.#held.length;
        return undefined;
      }
      return this.#cut(at, 1);
    }
    const pattern = separator === '' ? PARAGRAPHS : new RegExp(separator, 'gu');
    pattern.lastIndex = 0;
    const match = pattern.exec(this.#held);
    // A match that reaches the end may go on in what is not read yet.
    if (
      match === null ||
      match[0] === '' ||
      (!this.#ended && match.index + match[0].length === this.#held.length)
    )
      return undefined;
    return this.#cut(match.index, match[0].length);
  }
  #searched = 0;

  #cut(at: number, length: number): string {
    const record = this.#held.slice(0, at);
    this.#held = this.#held.slice(at + length);
    this.#searched = 0;
    return record;
  }
}

/** Files and commands that print, getline and close name. */
export class Streams {
  readonly #context: ProgramContext;
  readonly #outputs = new Map<string, { output: Output; pid: number | undefined }>();
  readonly #inputs = new Map<string, { reader: RecordReader; fd: number; pid: number | undefined }>();

  constructor(context: ProgramContext) {
    this.#context = context;
  }

  output(kind: '>' | '>>' | '|', name: string): Output {
    const known = this.#outputs.get(name);
    if (known !== undefined) return known.output;
    if (kind !== '|' && (name === '/dev/stdout' || name === '-')) return this.#context.stdout;
    if (kind !== '|' && name === '/dev/stderr') return this.#context.stderr;
    const made = kind === '|' ? this.#writePipe(name) : { fd: this.#open(name, kind), pid: undefined };
    const output = new Output(this.#context.system, made.fd);
    this.#outputs.set(name, { output, pid: made.pid });
    return output;
  }

  #open(name: string, kind: '>' | '>>'): number {
    const fd = this.#context.system.files.open(name, kind === '>' ? CREATE_TRUNCATE : CREATE_APPEND, 0o666);
    if (fd < 0) throw new Failure(`cannot open "${name}" for output: ${errorText(fd)}`, FATAL);
    return fd;
  }

  #writePipe(command: string): { fd: number; pid: number } {
    this.flush();
    const pipes = new Map<number, number>();
    const pid = startChild(this.#context, ['sh', '-c', command], { stdin: { kind: 'pipe' }, pipes });
    return { fd: pipes.get(0) ?? -1, pid };
  }

  /** → the reader, or undefined when the file cannot be read */
  input(kind: 'file' | 'command', name: string): RecordReader | undefined {
    const key = `${kind} ${name}`;
    const known = this.#inputs.get(key);
    if (known !== undefined) return known.reader;
    let fd: number;
    let pid: number | undefined;
    if (kind === 'file') {
      fd = name === '-' || name === '/dev/stdin' ? 0 : this.#context.system.files.open(name, 0, 0);
      if (fd < 0) return undefined;
    } else {
      this.flush();
      const pipes = new Map<number, number>();
      pid = startChild(this.#context, ['sh', '-c', name], { stdout: { kind: 'pipe' }, pipes });
      fd = pipes.get(1) ?? -1;
    }
    const reader = new RecordReader(this.#context, fd, name);
    this.#inputs.set(key, { reader, fd, pid });
    return reader;
  }

  flush(): void {
    this.#context.stdout.flush();
    for (const { output } of this.#outputs.values()) output.flush();
  }

  /** → 0 or the command's status, -1 when nothing of that name is open */
  close(name: string): number {
    const out = this.#outputs.get(name);
    if (out !== undefined) {
      this.#outputs.delete(name);
      out.output.flush();
      this.#context.system.files.close(out.output.fd);
      return out.pid === undefined ? 0 : waitForChild(this.#context, out.pid);
    }
    for (const kind of ['file', 'command']) {
      const key = `${kind} ${name}`;
      const input = this.#inputs.get(key);
      if (input === undefined) continue;
      this.#inputs.delete(key);
      if (input.fd > 2) this.#context.system.files.close(input.fd);
      return input.pid === undefined ? 0 : waitForChild(this.#context, input.pid);
    }
    return -1;
  }

  closeAll(): void {
    for (const name of [...this.#outputs.keys()]) this.close(name);
    for (const key of [...this.#inputs.keys()]) this.close(key.slice(key.indexOf(' ') + 1));
  }
}

/** Reads the program's text from a -f file. */
export function readProgram(context: ProgramContext, path: string): string {
  const { files } = context.system;
  try {
    return [...lines(files, openInput(files, path), path)].join('\n');
  } catch (error) {
    throw error instanceof Failure ? new Failure(`can't open file ${error.message}`, FATAL) : error;
  }
}
