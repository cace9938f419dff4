/** A process of the runtime: its child, its output and who reads it, its input and who writes it, its end. */
import { constants } from 'node:os';
import { BridgeError } from '../errors.ts';
import { EXIT_DRAIN_MS, LEFTOVER_GRACE_MS, OUTPUT_RESERVE_BYTES, RECONNECT_GRACE_MS } from '../limits.ts';
import type { MessageOf, ServerMessage } from '../protocol/runtime.ts';
import { FrameKind } from '../protocol/runtime/frames.ts';
import type { ProcessEntry } from '../protocol/runtime/processes.ts';
import type { Child, ChildEvents } from './child.ts';
import { listedType, type SpawnRequest } from './command.ts';
import { ProcessInput } from './input.ts';
import { OutputRing, type Channel } from './ring.ts';
import { Subscription, type OutputReader, type OutputSource } from './subscription.ts';
import { readTasks, signalGroup, signalProcess, signalTree, treeOf, type Tree } from './tree.ts';

type ExitMessage = MessageOf<ServerMessage, 'exit'>;
type ExitReason = NonNullable<ExitMessage['reason']>;
export type KillScope = 'process' | 'group' | 'tree';

/** Fullness at which a paused process goes on: well below 1, so that it is not paused again at once. */
const RESUME_FULLNESS = 0.5;

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}

export class RuntimeProcess implements OutputSource, ChildEvents {
  readonly pid: number;
  readonly request: SpawnRequest;
  readonly cwd: string;
  readonly ring = new OutputRing();
  readonly startTime = Date.now();
  readonly #onExit: (process: RuntimeProcess) => void;
  readonly #cookie: string;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #graces = new Map<string, NodeJS.Timeout>();
  #child: Child | undefined;
  #input: ProcessInput | undefined;
  #paused = false;
  #end: { code: number | null; signal: string | null } | undefined;
  #reason: ExitReason | undefined;
  #reasonMessage: string | undefined;
  #exit: ExitMessage | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(
    pid: number,
    request: SpawnRequest,
    cwd: string,
    cookie: string,
    onExit: (process: RuntimeProcess) => void,
  ) {
    this.pid = pid;
    this.request = request;
    this.cwd = cwd;
    this.#cookie = cookie;
    this.#onExit = onExit;
  }

  start(child: Child): void {
    this.#child = child;
    this.#input = new ProcessInput(child, (session, offset) => {
      const reader = this.#subscriptions.get(session)?.reader;
      if (reader?.binary === true) reader.sendFrame(FrameKind.stdinAck, this.pid, offset);
    });
    const { timeout } = this.request.options;
    if (timeout !== undefined && timeout > 0) {
      this.#later(timeout, () => this.stop('timeout', `It ran longer than its timeout of ${timeout} ms.`));
    }
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  get tty(): boolean {
    return this.#child?.tty ?? false;
  }

  get osPid(): number {
    return this.#child?.osPid ?? 0;
  }

  get exitMessage(): ExitMessage | undefined {
    return this.#exit;
  }

  get entry(): ProcessEntry {
    const { command, args } = this.request;
    return {
      pid: this.pid,
      type: listedType(this.request),
      command,
      args,
      cwd: this.cwd,
      tty: this.tty,
      startTime: this.startTime,
      status: this.running ? 'running' : 'exited',
      ...(this.#exit === undefined ? {} : { code: this.#exit.code, signal: this.#exit.signal }),
    };
  }

  // Output

  output(channel: Channel, bytes: Uint8Array): void {
    if (!this.running) return;
    this.ring.write(channel, bytes);
    for (const subscription of this.#subscriptions.values()) subscription.pump();
    this.#balance();
  }

  /** Output from `from` on (default: all that is kept), to be sent by `pump`. */
  subscribe(session: string, reader: OutputReader, from?: number): { from: number; lost: number } {
    this.#endGrace(session);
    const wanted = Math.min(from ?? this.ring.start, this.ring.end);
    const first = Math.max(wanted, this.ring.start);
    this.#subscriptions.set(session, new Subscription(this, reader, first));
    return { from: first, lost: first - wanted };
  }

  isSubscribed(session: string, reader?: OutputReader): boolean {
    const subscription = this.#subscriptions.get(session);
    return subscription !== undefined && (reader === undefined || subscription.reader === reader);
  }

  unsubscribe(session: string): void {
    this.#endGrace(session);
    this.#subscriptions.delete(session);
    this.#balance();
  }

  /** The session's connection was cut: what it has not consumed is kept until it returns, or the grace is over. */
  suspend(session: string): void {
    const subscription = this.#subscriptions.get(session);
    if (subscription === undefined) return;
    if (subscription.finished) return this.unsubscribe(session);
    subscription.suspend();
    const timer = setTimeout(() => this.unsubscribe(session), RECONNECT_GRACE_MS);
    this.#graces.set(session, timer.unref());
  }

  acknowledge(session: string, offset: number): void {
    this.#subscriptions.get(session)?.acknowledge(offset);
    this.#balance();
  }

  /** The session's connection has room again. */
  pump(session: string): void {
    this.#subscriptions.get(session)?.pump();
    this.#balance();
  }

  /** Pauses the child while any subscriber needs nearly all of the ring. */
  #balance(): void {
    const needed = [...this.#subscriptions.values()].map((subscription) => subscription.needed);
    const fullness = this.ring.fullness(Math.min(this.ring.end, ...needed), OUTPUT_RESERVE_BYTES);
    if (!this.#paused && fullness >= 1) {
      this.#paused = true;
      this.#child?.pause();
    } else if (this.#paused && fullness < RESUME_FULLNESS) {
      this.#paused = false;
      this.#child?.resume();
    }
  }

  #endGrace(session: string): void {
    clearTimeout(this.#graces.get(session));
    this.#graces.delete(session);
  }

  // Input

  /** Bytes of the session's input that arrived here. */
  received(session: string): number {
    return this.#input?.received(session) ?? 0;
  }

  write(session: string, bytes: Uint8Array, offset?: number): void {
    if (!this.running) throw new BridgeError('EPIPE', `Process ${this.pid} has ended.`);
    this.#input?.write(session, bytes, offset);
  }

  endInput(): void {
    this.#input?.end();
  }

  inputClosed(): void {
    this.#input?.close();
  }

  resize(columns: number, rows: number): void {
    if (this.#child?.resize === undefined) {
      throw new BridgeError('ENOTTY', `Process ${this.pid} has no terminal.`);
    }
    if (this.running) this.#child.resize(columns, rows);
  }

  // The end

  /** Throws ESRCH if it is gone, EINVAL for a name that is no signal. */
  kill(signal: string, scope: KillScope): void {
    if (!isSignal(signal)) throw new BridgeError('EINVAL', `${signal} is not a signal.`);
    if (!this.running) throw new BridgeError('ESRCH', `Process ${this.pid} has ended.`);
    const reached =
      signal === 'SIGKILL' || scope === 'tree'
        ? signalTree(this.tree, signal)
        : (scope === 'group' ? signalGroup : signalProcess)(this.osPid, signal);
    if (!reached) throw new BridgeError('ESRCH', `Process ${this.pid} has ended.`);
  }

  /** The bridge ends it, and says why. */
  stop(reason: ExitReason, message: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    if (!this.running) return;
    this.#reason ??= reason;
    this.#reasonMessage ??= message;
    signalTree(this.tree, signal);
  }

  ended(code: number | null, signal: string | null): void {
    this.#end = { code, signal };
    this.#input?.close();
    this.#later(EXIT_DRAIN_MS, () => this.#endLeftovers());
  }

  closed(): void {
    if (this.#child === undefined) return; // it was never started
    this.#finish();
    this.#endLeftovers();
  }

  get tree(): Tree {
    return { leader: this.osPid, cookie: this.#cookie, leaderEnded: this.#end !== undefined };
  }

  /** What the process left in the background: ended with it, unless it was to outlive it. */
  #endLeftovers(): void {
    if (this.#paused) {
      this.#later(EXIT_DRAIN_MS, () => this.#endLeftovers()); // its output is still being read
      return;
    }
    if (this.request.options.detached === true) {
      this.#finish();
      return;
    }
    if (treeOf(this.tree, readTasks()).length === 0) return this.#finish();
    signalTree(this.tree, 'SIGTERM');
    this.#later(LEFTOVER_GRACE_MS, () => {
      signalTree(this.tree, 'SIGKILL');
      this.#finish();
    });
  }

  #finish(): void {
    if (this.#exit !== undefined || this.#end === undefined) return;
    this.#exit = {
      type: 'exit',
      pid: this.pid,
      ...this.#end,
      runtime: Date.now() - this.startTime,
      next: this.ring.end,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#reasonMessage === undefined ? {} : { message: this.#reasonMessage }),
    };
    this.#child?.resume(); // a background process that outlives it must not block on a full pipe
    for (const subscription of this.#subscriptions.values()) subscription.pump();
    this.#onExit(this);
  }

  #later(delayMs: number, action: () => void): void {
    this.#timers.push(setTimeout(action, delayMs).unref());
  }

  /** Forgotten by the table: nothing of it may fire any more. */
  dispose(): void {
    for (const timer of [...this.#timers, ...this.#graces.values()]) clearTimeout(timer);
    this.#subscriptions.clear();
  }
}
