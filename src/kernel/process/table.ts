/** The living and the zombies. A pid is free when its status has been taken, its slot when its thread has ended too. */
import { Signal } from '../../base/signals.ts';
import { ControlFlag, ControlWord, ProcessState } from '../../protocol/ipc-layout.ts';
import { PidNumbers } from './pid-numbers.ts';
import { type ExitInfo, INIT_PID, type Process } from './process.ts';
import { sendSignal, signalGroup } from './signals.ts';

export interface TableHost {
  /** A process has ended: what it held is let go, its thread is ended. Runs before anyone learns of the end. */
  released(process: Process): void;
  /** The same, after everyone could learn of it. */
  ended(process: Process, exit: ExitInfo): void;
  /** Nothing refers to the slot any more. */
  slotFree(slot: number): void;
}

export class ProcessTable {
  readonly #processes = new Map<number, Process>();
  readonly #bySlot = new Map<number, Process>();
  /** First slots of processes that run another program by now: their parents look there for their end. */
  readonly #firstSlots = new Map<number, { process: Process; threadEnded: boolean }>();
  readonly #host: TableHost;
  readonly #reserved = new Set<number>();
  readonly numbers: PidNumbers;
  readonly #leaveNumbers: () => void;
  #started = 0;

  constructor(host: TableHost, numbers = new PidNumbers()) {
    this.#host = host;
    this.numbers = numbers;
    this.#leaveNumbers = numbers.join((pid) => this.#isTaken(pid));
  }

  get(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }
  bySlot(slot: number): Process | undefined {
    return this.#bySlot.get(slot);
  }
  all(): Process[] {
    return [...this.#processes.values()];
  }
  get livingCount(): number {
    let count = 0;
    for (const process of this.#processes.values()) if (process.state !== 'exited') count++;
    return count;
  }

  /** Processes ever started, and the number last given. */
  get started(): number {
    return this.#started;
  }
  get lastPid(): number {
    return this.numbers.last;
  }

  /** No process comes to this table any more. */
  close(): void {
    this.#leaveNumbers();
  }

  /** A number for a process that is to come. */
  reservePid(): number {
    const pid = this.nextPid();
    this.#reserved.add(pid);
    return pid;
  }
  releasePid(pid: number): void {
    this.#reserved.delete(pid);
  }

  nextPid(): number {
    return this.numbers.next();
  }

  add(process: Process): void {
    this.#started++;
    this.#processes.set(process.pid, process);
    this.#bySlot.set(process.slot, process);
  }

  /** The process runs in another slot; the thread in its former one is being ended. */
  moved(process: Process, former: number): void {
    this.#bySlot.delete(former);
    this.#bySlot.set(process.slot, process);
    process.threadEnded = false;
    if (former === process.firstSlot) this.#firstSlots.set(former, { process, threadEnded: false });
  }

  /** The process is over, to everyone at once; its thread may take longer. */
  finish(process: Process, exit: ExitInfo): void {
    if (process.state === 'exited') return;
    process.state = 'exited';
    process.exit = exit;
    process.raise(ControlWord.flags, ControlFlag.gone);
    process.wake();
    this.#host.released(process);
    process.showState(ProcessState.exited);
    this.#leaveChildren(process);
    // A session that loses its leader loses its terminal.
    if (process.sid === process.pid) this.#hangUpSession(process);
    this.#tellParent(process);
    process.onExit?.(exit);
    this.#host.ended(process, exit);
  }

  /** The parent has taken the status (or will never). */
  reap(process: Process): void {
    if (process.state !== 'exited' || process.reaped) return;
    process.reaped = true;
    this.#processes.delete(process.pid);
    this.#freeSlot(process);
  }

  /** Nothing runs in the slot any more. */
  threadEnded(slot: number): void {
    const process = this.#bySlot.get(slot);
    const first = this.#firstSlots.get(slot);
    if (process) {
      process.threadEnded = true;
      this.#freeSlot(process);
    } else if (first) {
      first.threadEnded = true;
      this.#freeSlot(first.process);
    } else this.#host.slotFree(slot);
  }

  #freeSlot(process: Process): void {
    if (!process.reaped) return;
    const { firstSlot } = process;
    if (this.#firstSlots.get(firstSlot)?.threadEnded) {
      this.#firstSlots.delete(firstSlot);
      this.#host.slotFree(firstSlot);
    }
    if (!process.threadEnded || !this.#bySlot.delete(process.slot)) return;
    this.#host.slotFree(process.slot);
  }

  /** Threads do not outlive who started them. */
  endThreads(process: Process): void {
    for (const child of this.all()) {
      if (child.ppid !== process.pid || child.leader === undefined) continue;
      this.finish(child, { code: 1, signal: Signal.SIGKILL });
      this.reap(child);
    }
  }

  #leaveChildren(process: Process): void {
    this.endThreads(process);
    for (const child of this.all()) {
      if (child.ppid !== process.pid) continue;
      child.ppid = INIT_PID;
      if (child.state === 'exited') this.reap(child);
    }
  }

  #hangUpSession(leader: Process): void {
    for (const process of this.all()) {
      if (process.sid !== leader.sid || process.terminal === null || process === leader) continue;
      sendSignal(this, process, Signal.SIGHUP);
      sendSignal(this, process, Signal.SIGCONT);
    }
  }

  #tellParent(process: Process): void {
    const parent = this.#processes.get(process.ppid);
    if (parent === undefined || parent.state === 'exited') {
      this.reap(process);
      return;
    }
    parent.bump(ControlWord.wake);
    if (process.leader === undefined) sendSignal(this, parent, Signal.SIGCHLD);
  }

  #isTaken(pid: number): boolean {
    return this.#processes.has(pid) || this.#reserved.has(pid) || this.#groupExists(pid);
  }

  #groupExists(pgid: number): boolean {
    for (const process of this.#processes.values()) {
      if (process.pgid === pgid || process.sid === pgid) return true;
    }
    return false;
  }

  signal(process: Process, signal: number): void {
    sendSignal(this, process, signal);
  }
  signalGroup(pgid: number, signal: number): void {
    signalGroup(this, pgid, signal);
  }
}
