/** A process of the runtime, as a client holds it: its output in order and without loss over cuts, its input likewise. */
import { FRAME_PAYLOAD_MAX, WINDOW_BYTES, type MessageOf, type ServerMessage } from '../protocol/runtime.ts';
import { FrameKind, type Frame } from '../protocol/runtime/frames.ts';
import type { SpawnOptions, ProcessType } from '../protocol/runtime/processes.ts';
import type { RemoteConnection } from './connection.ts';
import { RemoteError } from './errors.ts';

export type RemoteExit = MessageOf<ServerMessage, 'exit'>;
export type Channel = 'stdout' | 'stderr';
/** May return a promise: the next bytes come when it is fulfilled, and the process is paused if it takes long. */
export type OutputListener = (channel: Channel, bytes: Uint8Array) => void | Promise<void>;

/** Output consumed between two acknowledgements. */
const ACK_BYTES = 64 * 1024;

export class RemoteProcess {
  readonly pid: number;
  readonly exit: Promise<RemoteExit>;
  readonly #connection: RemoteConnection;
  readonly #onOutput: OutputListener;
  readonly #listening: Disposable;
  #settleExit: { resolve(exit: RemoteExit): void; reject(error: RemoteError): void } | undefined;
  #queue: { channel: Channel; offset: number; bytes: Uint8Array }[] = [];
  #delivering = false;
  #received: number;
  #consumed: number;
  #acknowledged: number;
  #exited: RemoteExit | undefined;
  #lost = 0;
  // Input: what was written from `#inputStart` on and is not acknowledged yet
  #unsent: Uint8Array[] = [];
  #inputStart = 0;
  #inputEnd = 0;
  #inputClosed = false;
  #inputFailure: RemoteError | undefined;
  #untaken: Uint8Array[] = [];
  #waiting: (() => void)[] = [];
  /** Between a new socket and the runtime's word on what it has: what is written meanwhile is sent with the rest. */
  #resuming = false;

  constructor(connection: RemoteConnection, pid: number, onOutput: OutputListener, from = 0, stdin = 0) {
    this.pid = pid;
    this.#connection = connection;
    this.#onOutput = onOutput;
    this.#received = this.#consumed = this.#acknowledged = from;
    this.#inputStart = this.#inputEnd = stdin;
    this.exit = new Promise((resolve, reject) => (this.#settleExit = { resolve, reject }));
    this.exit.catch(() => undefined); // whoever does not wait for the exit is not told of it by a crash
    this.#listening = connection.listen({
      frame: (frame) => this.#frame(frame),
      message: (message) => this.#message(message),
      resumed: () => void this.#resume(),
      stateChanged: (state, reason) => {
        if (state === 'closed')
          this.#fail(reason ?? new RemoteError('ENOTCONN', 'The connection is closed.'));
      },
    });
  }

  /** Bytes of output that came too long ago for the runtime to keep them. */
  get lost(): number {
    return this.#lost;
  }

  /** What was written too late: the process had ended when it arrived. */
  get untaken(): readonly Uint8Array[] {
    return this.#untaken;
  }

  /** Resolves when the runtime may take more. Rejects with EPIPE after the end. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += FRAME_PAYLOAD_MAX) {
      const part = bytes.slice(at, at + FRAME_PAYLOAD_MAX);
      while (
        this.#inputEnd - this.#inputStart + part.length > WINDOW_BYTES &&
        this.#inputFailure === undefined
      ) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      if (this.#inputFailure !== undefined) {
        this.#untaken.push(bytes.slice(at));
        throw this.#inputFailure;
      }
      if (this.#inputClosed) throw new RemoteError('EPIPE', 'The input was ended.');
      this.#unsent.push(part);
      if (!this.#resuming) this.#connection.sendFrame(FrameKind.stdin, this.pid, this.#inputEnd, part);
      this.#inputEnd += part.length;
    }
  }

  end(): void {
    if (this.#inputClosed) return;
    this.#inputClosed = true;
    if (!this.#resuming) this.#connection.sendFrame(FrameKind.stdinEnd, this.pid, this.#inputEnd);
  }

  async kill(signal = 'SIGTERM', scope: 'process' | 'group' | 'tree' = 'group'): Promise<void> {
    await this.#connection.request({ type: 'kill', pid: this.pid, signal, scope }, 'killed');
  }

  async resize(cols: number, rows: number): Promise<void> {
    await this.#connection.request({ type: 'resize', pid: this.pid, cols, rows }, 'resized');
  }

  /** The process goes on; this client hears no more of it. */
  async detach(): Promise<void> {
    await this.#connection.request({ type: 'detach', pid: this.pid }, 'detached');
    this.#fail(new RemoteError('ENOTCONN', `Process ${this.pid} was detached from.`));
  }

  #frame({ kind, target, offset, bytes }: Frame): void {
    if (target !== this.pid) return;
    if (kind === FrameKind.stdout || kind === FrameKind.stderr) {
      this.#output(kind === FrameKind.stdout ? 'stdout' : 'stderr', offset, bytes);
    } else if (kind === FrameKind.stdinAck) this.#inputTaken(offset);
  }

  #output(channel: Channel, offset: number, bytes: Uint8Array): void {
    const fresh = bytes.subarray(Math.max(0, this.#received - offset));
    if (fresh.length === 0) return; // seen before the cut
    const start = offset + bytes.length - fresh.length;
    if (start > this.#received) this.#lost += start - this.#received;
    this.#received = start + fresh.length;
    this.#queue.push({ channel, offset: start, bytes: fresh });
    void this.#deliver();
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const pause = this.#onOutput(next.channel, next.bytes);
        if (pause !== undefined) await pause;
        this.#consumed = next.offset + next.bytes.length;
        if (this.#consumed - this.#acknowledged >= ACK_BYTES) this.#acknowledge();
      }
      this.#acknowledge();
    } finally {
      this.#delivering = false;
    }
    this.#settle();
  }

  #acknowledge(): void {
    if (this.#consumed === this.#acknowledged) return;
    this.#acknowledged = this.#consumed;
    this.#connection.sendFrame(FrameKind.outputAck, this.pid, this.#consumed);
  }

  #inputTaken(offset: number): void {
    while (this.#inputStart < offset) {
      const first = this.#unsent[0];
      if (first === undefined || this.#inputStart + first.length > offset) break;
      this.#inputStart += first.length;
      this.#unsent.shift();
    }
    this.#wakeWriters();
  }

  #wakeWriters(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #message(message: ServerMessage): void {
    if (message.type === 'exit' && message.pid === this.pid) {
      this.#exited = message;
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#exited === undefined || this.#delivering || this.#consumed < this.#exited.next) return;
    this.#untaken = this.#unsent;
    this.#closeInput(new RemoteError('EPIPE', `Process ${this.pid} has ended.`));
    this.#listening[Symbol.dispose]();
    this.#settleExit?.resolve(this.#exited);
  }

  #closeInput(error: RemoteError): void {
    this.#inputFailure ??= error;
    this.#unsent = [];
    this.#wakeWriters();
  }

  #fail(error: RemoteError): void {
    this.#closeInput(error);
    this.#listening[Symbol.dispose]();
    this.#settleExit?.reject(error);
  }

  #gone(): RemoteError {
    return new RemoteError(
      'ESRCH',
      `Process ${this.pid} ended with its runtime, which was started anew. What it had printed and synced is here.`,
    );
  }

  /** A new socket: output from where it broke off, input from what the runtime has. */
  async #resume(): Promise<void> {
    this.#resuming = true;
    try {
      const attached = await this.#connection.request(
        { type: 'attach', pid: this.pid, from: this.#received },
        'attached',
      );
      this.#resuming = false;
      this.#inputTaken(attached.stdin);
      let offset = this.#inputStart;
      for (const part of this.#unsent) {
        this.#connection.sendFrame(FrameKind.stdin, this.pid, offset, part);
        offset += part.length;
      }
      if (this.#inputClosed) this.#connection.sendFrame(FrameKind.stdinEnd, this.pid, this.#inputEnd);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.code === 'ECONNRESET') return;
      this.#fail(error.code === 'ESRCH' ? this.#gone() : error);
    }
  }
}

export interface RemoteSpawn {
  processType: ProcessType;
  command?: string;
  args?: string[];
  options?: SpawnOptions;
}

/** Rejects with the runtime's refusal: EACCES, ENOENT, EAGAIN, EPERM, EINVAL. */
export async function spawnRemote(
  connection: RemoteConnection,
  spawn: RemoteSpawn,
  onOutput: OutputListener,
): Promise<RemoteProcess> {
  let process: RemoteProcess | undefined;
  const { pid } = await connection.request({ type: 'spawn', ...spawn }, 'spawned', (spawned) => {
    process = new RemoteProcess(connection, spawned.pid, onOutput);
  });
  return process ?? new RemoteProcess(connection, pid, onOutput);
}

/** A process that runs already: its output from `from` on (default: all that the runtime keeps). Rejects with ESRCH. */
export async function attachRemote(
  connection: RemoteConnection,
  pid: number,
  onOutput: OutputListener,
  from?: number,
): Promise<RemoteProcess> {
  let process: RemoteProcess | undefined;
  const request = { type: 'attach', pid, ...(from === undefined ? {} : { from }) } as const;
  const attached = await connection.request(request, 'attached', (place) => {
    process = new RemoteProcess(connection, pid, onOutput, place.from, place.stdin);
  });
  return process ?? new RemoteProcess(connection, pid, onOutput, attached.from, attached.stdin);
}
