/**
 * Process workers: a pool of booted spares, and the end of each. A thread is proved dead by the release of the Web
 * Lock it holds for as long as it lives; only then are its slot and what it may have locked given out again.
 */
import {
  LOCK_GRACE_MS,
  PROCESS_SLOTS,
  SPARE_DELAY_MS,
  THREAD_GRACE_MS,
  THREAD_SPARES,
  USERLAND_LIVES_MAX,
  USERLAND_SPARES,
} from '../../base/limits.ts';
import {
  controlBlock,
  ControlFlag,
  ControlWord,
  type IpcMemory,
  ProcessState,
} from '../../protocol/ipc-layout.ts';
import { forgetDescriptors } from '../../protocol/descriptor-table.ts';
import type { AttachMessage, ProcessToKernel, RunMessage, ThreadRole } from '../../protocol/process.ts';

export interface ThreadHost {
  readonly memory: IpcMemory;
  /** What a worker is made of: with Node, or for commands of the userland. */
  readonly scripts: { node: string; userland: string };
  /** Spares that stand ready. */
  readonly spares: number;
  readonly userlandSpares: number;
  readonly bootsAtOnce: number;
  attachMessage(slot: number, lockName: string, role: ThreadRole, preload: boolean): AttachMessage;
  onMessage(thread: Thread, message: ProcessToKernel): void;
  /** The worker could not start, or failed outside every handler. */
  onFailure(thread: Thread, message: string): void;
  /** It is inside a change of the file system. */
  holdsLock(thread: Thread): boolean;
  /** Nothing of the thread runs any more. Resolves when nothing is left of it. */
  onEnded(thread: Thread): Promise<void>;
}

export class Thread {
  readonly slot: number;
  /** Undefined: a place in the table without a thread of its own, for a program that the kernel hosts. */
  readonly worker: Worker | undefined;
  readonly lockName: string;
  readonly role: ThreadRole;
  state: 'booting' | 'ready' | 'ending' = 'booting';
  /** It was ended while its program ran, rather than by the program. */
  killed = false;
  /** The program's stack is unwound. */
  unwound = false;
  /** How many processes the worker was before. */
  readonly lives: number;
  #pending: { message: RunMessage; transfer: Transferable[] } | undefined;

  constructor(slot: number, worker: Worker | undefined, lockName: string, role: ThreadRole, lives = 0) {
    this.slot = slot;
    this.lives = lives;
    this.worker = worker;
    this.lockName = lockName;
    this.role = role;
  }

  run(message: RunMessage, transfer: Transferable[] = []): void {
    if (this.state === 'ready') this.worker?.postMessage(message, transfer);
    else this.#pending = { message, transfer };
  }

  /** Its program has ended by itself and left nothing behind: the worker can be another process. */
  get reusable(): boolean {
    return this.role === 'userland' && this.unwound && !this.killed && this.lives < USERLAND_LIVES_MAX;
  }

  ready(): void {
    if (this.state !== 'booting') return;
    this.state = 'ready';
    if (this.#pending) this.worker?.postMessage(this.#pending.message, this.#pending.transfer);
    this.#pending = undefined;
  }
}

export class ThreadPool {
  readonly #host: ThreadHost;
  readonly #freeSlots: number[] = [];
  readonly #spares: Thread[] = [];
  readonly #live = new Set<Thread>();
  #generation = 0;
  #closed = false;
  #refillTimer: ReturnType<typeof setTimeout> | undefined;
  /** A worker that cannot boot would be tried for ever. */
  #bootFailures = 0;
  /** Spares for worker_threads: none until a program has used one. */
  #threadSpares = 0;
  #hasRunCommand = false;

  constructor(host: ThreadHost) {
    this.#host = host;
    // Slot 0 is the kernel's own.
    for (let slot = PROCESS_SLOTS - 1; slot > 0; slot--) this.#freeSlots.push(slot);
  }

  /** A thread for a new process: a spare if there is one. Undefined when every slot is taken. */
  take(role: ThreadRole): Thread | undefined {
    const spare = this.#spareFor(role);
    if (role === 'thread') this.#threadSpares = THREAD_SPARES;
    else if (role === 'userland') this.#hasRunCommand = true;
    if (spare) this.#spares.splice(this.#spares.indexOf(spare), 1);
    const thread = spare ?? this.#create(role, false);
    this.#refillLater();
    return thread;
  }

  #spareFor(role: ThreadRole): Thread | undefined {
    const ofRole = this.#spares.filter((spare) => spare.role === role);
    const ready = ofRole.find(({ state }) => state === 'ready');
    if (ready !== undefined || role !== 'userland' || this.#hasRunCommand) return ready ?? ofRole[0];
    // The first command may come before there is a spare for it: one that has booted Node does as well.
    return this.#spares.find((spare) => spare.role === 'main' && spare.state === 'ready') ?? ofRole[0];
  }

  /** Booting a spare costs a core for a while: the program that was just started goes first. */
  #refillLater(): void {
    this.#refillTimer ??= setTimeout(() => this.refill(), SPARE_DELAY_MS);
  }

  refill(): void {
    clearTimeout(this.#refillTimer);
    this.#refillTimer = undefined;
    if (this.#closed || this.#bootFailures > 0) return;
    this.#refillRole('main', this.#host.spares);
    this.#refillRole('userland', this.#host.userlandSpares);
    this.#refillRole('thread', this.#threadSpares);
  }

  /** As many boot at a time as there are cores beside the kernel's: more would only make each of them late. */
  #refillRole(role: ThreadRole, wanted: number): void {
    let have = this.#spares.filter((spare) => spare.role === role).length;
    let booting = this.#spares.filter(({ state }) => state === 'booting').length;
    for (; have < wanted && booting < this.#host.bootsAtOnce; have++, booting++) {
      const thread = this.#create(role, true);
      if (thread === undefined) return;
      this.#spares.push(thread);
    }
  }

  /**
   * Ends a thread whose process is over: wakes it from every wait until its stack is unwound or the grace is over,
   * then terminates it. The browser itself takes two seconds for a thread inside synchronous code.
   */
  end(thread: Thread, wake: () => void): void {
    if (thread.state === 'ending') return;
    // Whoever it was started for has what it wanted: a spare may boot now.
    if (this.#refillTimer !== undefined) this.refill();
    const wasRunning = thread.state === 'ready' && !thread.unwound;
    thread.state = 'ending';
    const spare = this.#spares.indexOf(thread);
    if (spare >= 0) this.#spares.splice(spare, 1);
    if (!wasRunning) {
      this.#terminate(thread);
      return;
    }
    const started = performance.now();
    const again = (): void => {
      const grace = this.#host.holdsLock(thread) ? LOCK_GRACE_MS : THREAD_GRACE_MS;
      if (thread.unwound || performance.now() - started > grace) {
        if (!this.#reuse(thread)) this.#terminate(thread);
        return;
      }
      wake();
      setTimeout(again, 4);
    };
    again();
  }

  /** Every thread, spares too; resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#refillTimer);
    const ends = [...this.#live].map((thread) => {
      thread.state = 'ending';
      return this.#terminate(thread);
    });
    await Promise.all(ends);
  }

  /** A slot for a program that the kernel hosts itself. Undefined when every slot is taken. */
  takeSlot(): Thread | undefined {
    const slot = this.#takeSlot();
    if (slot === undefined) return undefined;
    const thread = new Thread(slot, undefined, `openagents-container:hosted:${crypto.randomUUID()}`, 'main');
    thread.state = 'ready';
    thread.unwound = true;
    this.#live.add(thread);
    return thread;
  }

  #takeSlot(): number | undefined {
    const slot = this.#closed ? undefined : this.#freeSlots.pop();
    if (slot === undefined) return undefined;
    const { words } = this.#host.memory;
    const base = controlBlock(slot);
    for (let word = 0; word <= ControlWord.idle; word++) Atomics.store(words, base + word, 0);
    forgetDescriptors(this.#host.memory, slot);
    Atomics.store(words, base + ControlWord.state, ProcessState.spare);
    return slot;
  }

  #create(role: ThreadRole, preload: boolean): Thread | undefined {
    const slot = this.#takeSlot();
    if (slot === undefined) return undefined;
    const script = this.#scriptOf(role);
    const lockName = `openagents-container:${script}:${crypto.randomUUID()}:${this.#generation++}`;
    const worker = new Worker(script, { name: `process ${slot}` });
    return this.#attach(new Thread(slot, worker, lockName, role), worker, preload);
  }

  #scriptOf(role: ThreadRole): string {
    const { node, userland } = this.#host.scripts;
    return role === 'userland' ? userland : node;
  }

  /** The worker of a command that has ended becomes a spare, in another slot. → whether it does */
  #reuse(ended: Thread): boolean {
    const { worker, role, lockName } = ended;
    const spares = this.#spares.filter((spare) => spare.role === role).length;
    if (worker === undefined || !ended.reusable || spares >= 2 * USERLAND_SPARES) return false;
    const slot = this.#takeSlot();
    if (slot === undefined) return false;
    this.#gone(ended);
    const thread = new Thread(slot, worker, lockName, role, ended.lives + 1);
    this.#spares.push(this.#attach(thread, worker, true));
    return true;
  }

  #attach(thread: Thread, worker: Worker, preload: boolean): Thread {
    this.#live.add(thread);
    worker.onmessage = ({ data }: MessageEvent<ProcessToKernel>) => {
      if (data.type === 'ready') {
        this.#bootFailures = 0;
        thread.ready();
        // Of those wanted, some may have waited for this one.
        if (this.#refillTimer === undefined) this.refill();
      } else if (data.type === 'gone') thread.unwound = true;
      else if (data.type === 'boot-failed') this.#failed(thread, data.message);
      else this.#host.onMessage(thread, data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const script = this.#scriptOf(thread.role);
      this.#failed(thread, event.message || `the worker script ${script} could not be loaded`);
    };
    worker.postMessage(this.#host.attachMessage(thread.slot, thread.lockName, thread.role, preload));
    return thread;
  }

  #failed(thread: Thread, message: string): void {
    if (thread.state === 'booting') this.#bootFailures++;
    this.#host.onFailure(thread, message);
  }

  async #terminate(thread: Thread): Promise<void> {
    thread.worker?.terminate();
    await navigator.locks.request(thread.lockName, () => undefined);
    await this.#gone(thread);
  }

  /** Nothing of what was in the thread's slot runs any more. */
  async #gone(thread: Thread): Promise<void> {
    if (!this.#live.delete(thread)) return;
    const words = this.#host.memory.words;
    Atomics.store(words, controlBlock(thread.slot) + ControlWord.flags, ControlFlag.gone);
    await this.#host.onEnded(thread);
  }

  /** The slot of an ended thread may be given out again: its process has been reaped. */
  releaseSlot(slot: number): void {
    this.#freeSlots.unshift(slot);
  }
}
