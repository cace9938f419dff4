/**
 * spawnSync's own little event loop: feeds a child its input, gathers its output and waits for its end, while the
 * process stands still. Limits of time and of output end the child.
 */
import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import type { ExitStatus, Fd, PollInterest } from '../system.ts';

const READ_BYTES = 64 * 1024;
const SIGKILL = 9;
const Bytes = Uint8Array;

export interface SyncLimits {
  /** 0 for none. */
  timeoutMs: number;
  /** Bytes of all outputs together, 0 for no bound. */
  maxBufferBytes: number;
  killSignal: number;
}

/** The parent's end of one of the child's descriptors. */
interface End {
  readonly index: number;
  fd: Fd;
  /** What is left to write; undefined for an end that is read. */
  input: Uint8Array | undefined;
  readonly output: Uint8Array[];
}

export interface SyncOutcome {
  status: ExitStatus | undefined;
  /** 0 or -errno: the first failure that ended the child; else the first of a pipe. */
  error: number;
  /** By the child's descriptor: what it wrote. */
  outputs: Map<number, Uint8Array<ArrayBuffer>>;
}

export class SyncRun {
  readonly #context: NodeContext;
  readonly #pid: number;
  readonly #limits: SyncLimits;
  readonly #ends: End[] = [];
  readonly #deadline: number;
  #status: ExitStatus | undefined;
  #error = 0;
  #pipeError = 0;
  #killed = false;
  #outputBytes = 0;

  constructor(context: NodeContext, pid: number, limits: SyncLimits) {
    this.#context = context;
    this.#pid = pid;
    this.#limits = limits;
    this.#deadline = limits.timeoutMs > 0 ? context.system.clock.now() + limits.timeoutMs : Infinity;
  }

  addInput(index: number, fd: Fd, input: Uint8Array | undefined): void {
    this.#add({ index, fd, input: input ?? new Bytes(0), output: [] });
  }

  addOutput(index: number, fd: Fd): void {
    this.#add({ index, fd, input: undefined, output: [] });
  }

  #add(end: End): void {
    this.#context.system.streams.setNonBlocking(end.fd, true);
    this.#ends[this.#ends.length] = end;
  }

  run(): SyncOutcome {
    for (;;) {
      let open = false;
      for (let i = 0; i < this.#ends.length; i++) {
        const end = this.#ends[i] as End;
        if (end.fd < 0) continue;
        if (end.input === undefined) this.#read(end);
        else this.#write(end);
        if (end.fd >= 0) open = true;
      }
      this.#reap(0);
      if (!open) break;
      this.#sleep();
    }
    // With every pipe closed only the end of the child remains, and the limit of time.
    while (this.#status === undefined) {
      const left = this.#deadline - this.#context.system.clock.now();
      if (this.#killed || left === Infinity) this.#reap(null);
      else if (left > 0) this.#reap(left);
      else this.#fail(-Errno.ETIMEDOUT);
    }
    return { status: this.#status, error: this.#error || this.#pipeError, outputs: this.#outputs() };
  }

  #reap(timeoutMs: number | null): void {
    if (this.#status !== undefined) return;
    const status = this.#context.system.process.waitSync(this.#pid, timeoutMs);
    if (typeof status !== 'number') this.#status = status;
    else if (status === -Errno.ECHILD) this.#status = { code: 0, signal: 0 };
  }

  #sleep(): void {
    const { streams, clock } = this.#context.system;
    const interests: PollInterest[] = [];
    for (let i = 0, count = 0; i < this.#ends.length; i++) {
      const { fd, input } = this.#ends[i] as End;
      if (fd >= 0) interests[count++] = { fd, read: input === undefined, write: input !== undefined };
    }
    const left = this.#deadline - clock.now();
    if (left <= 0) {
      this.#fail(-Errno.ETIMEDOUT);
      return;
    }
    streams.poll(interests, this.#status === undefined ? this.#pid : null, left === Infinity ? null : left);
  }

  #read(end: End): void {
    const { files } = this.#context.system;
    while (end.fd >= 0) {
      const chunk = new Bytes(READ_BYTES);
      const result = files.read(end.fd, chunk, null);
      if (result === -Errno.EAGAIN) return;
      if (result <= 0) {
        if (result < 0) this.#pipeError ||= result;
        this.#close(end);
        return;
      }
      end.output[end.output.length] = new Bytes(chunk.buffer, 0, result);
      this.#outputBytes += result;
      const { maxBufferBytes } = this.#limits;
      if (maxBufferBytes > 0 && this.#outputBytes > maxBufferBytes) this.#fail(-Errno.ENOBUFS);
    }
  }

  #write(end: End): void {
    const { files } = this.#context.system;
    let rest = end.input as Uint8Array;
    while (rest.length > 0) {
      const result = files.write(end.fd, rest, null);
      if (result === -Errno.EAGAIN) break;
      if (result < 0) {
        this.#pipeError ||= result;
        rest = new Bytes(0);
        break;
      }
      rest = new Bytes(rest.buffer, rest.byteOffset + result, rest.length - result);
    }
    end.input = rest;
    if (rest.length === 0) this.#close(end);
  }

  #close(end: End): void {
    if (end.fd >= 0) this.#context.system.files.close(end.fd);
    end.fd = -1;
  }

  /** Ends the child, once, and lets its pipes go: a grandchild that holds them is not waited for. */
  #fail(error: number): void {
    if (this.#error === 0) this.#error = error;
    if (this.#killed) return;
    this.#killed = true;
    if (this.#status === undefined) {
      const { process } = this.#context.system;
      const result = process.kill(this.#pid, this.#limits.killSignal);
      if (result < 0 && result !== -Errno.ESRCH) {
        this.#error = result;
        process.kill(this.#pid, SIGKILL);
      }
    }
    for (let i = 0; i < this.#ends.length; i++) this.#close(this.#ends[i] as End);
  }

  #outputs(): Map<number, Uint8Array<ArrayBuffer>> {
    const outputs = new Map<number, Uint8Array<ArrayBuffer>>();
    for (let i = 0; i < this.#ends.length; i++) {
      const { index, input, output } = this.#ends[i] as End;
      if (input === undefined) outputs.set(index, join(output));
    }
    return outputs;
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (let i = 0; i < chunks.length; i++) size += (chunks[i] as Uint8Array).length;
  const joined = new Bytes(size);
  for (let i = 0, at = 0; i < chunks.length; i++) {
    joined.set(chunks[i] as Uint8Array, at);
    at += (chunks[i] as Uint8Array).length;
  }
  return joined;
}
