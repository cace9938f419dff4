import { Errno } from '../../src/base/errno.ts';
import type { ChildChange, ExitStatus, System } from '../../polyfills/system.ts';

/** A pipeline that runs beside the shell, or was stopped. */
export interface Job {
  id: number;
  /** Process group: the pid of its first process. */
  group: number;
  processes: JobProcess[];
  command: string;
  background: boolean;
  /** `disown -h`: not sent SIGHUP when the shell ends. */
  keep: boolean;
  /** Its end (or stop) was told to the user. */
  told: boolean;
}
export interface JobProcess {
  pid: number;
  state: 'running' | 'stopped' | 'done';
  status: ExitStatus | undefined;
}

export function statusNumber({ code, signal }: ExitStatus): number {
  return signal === 0 ? code : 128 + signal;
}

export function jobState(job: Job): 'running' | 'stopped' | 'done' {
  if (job.processes.every((process) => process.state === 'done')) return 'done';
  return job.processes.some((process) => process.state === 'running') ? 'running' : 'stopped';
}

/** The status of a job: of its last process. */
export function jobStatus(job: Job): number {
  const last = job.processes.at(-1);
  return last?.status === undefined ? 0 : statusNumber(last.status);
}

/** The jobs of one shell. */
export class Jobs {
  readonly #system: System;
  readonly list: Job[] = [];
  /** Statuses of background processes that are gone from the list, for `wait pid`. */
  readonly #past = new Map<number, number>();
  #lastChange: Job[] = [];
  /** Of the shell that this is a subshell of: shown while there are none of its own, and not waited for. */
  readonly #parent: Jobs | undefined;

  constructor(system: System, parent?: Jobs) {
    this.#system = system;
    this.#parent = parent;
  }
  /** A subshell starts without jobs: they are its parent's children. */
  forSubshell(): Jobs {
    return new Jobs(this.#system, this);
  }
  /** What `jobs` shows: `kill $(jobs -p)` speaks of the jobs of the shell around it. */
  get shown(): Jobs {
    return this.list.length > 0 || this.#parent === undefined ? this : this.#parent.shown;
  }
  /** For a subshell in a process of its own. */
  snapshot(): Job[] {
    const { list, current, previous } = this.shown;
    const last = [previous, current].filter((job) => job !== undefined);
    return [...list.filter((job) => !last.includes(job)), ...new Set(last)];
  }
  /** The parent's jobs in such a process. */
  static inherited(system: System, jobs: readonly Job[]): Jobs {
    const parent = new Jobs(system);
    parent.list.push(...[...jobs].sort((a, b) => a.id - b.id));
    parent.#lastChange = [...jobs].reverse();
    return new Jobs(system, parent);
  }

  add(pids: readonly number[], command: string, background: boolean): Job {
    const id = 1 + Math.max(0, ...this.list.map((job) => job.id));
    const processes = pids.map((pid): JobProcess => ({ pid, state: 'running', status: undefined }));
    const job: Job = { id, group: pids[0] ?? 0, processes, command, background, keep: false, told: false };
    this.list.push(job);
    this.touch(job);
    return job;
  }
  remove(job: Job): void {
    const at = this.list.indexOf(job);
    if (at >= 0) this.list.splice(at, 1);
    this.#lastChange = this.#lastChange.filter((other) => other !== job);
    for (const { pid, status } of job.processes)
      if (status !== undefined) this.#past.set(pid, statusNumber(status));
  }
  /** The job becomes the current one (`%+`). */
  touch(job: Job): void {
    this.#lastChange = [job, ...this.#lastChange.filter((other) => other !== job)];
  }
  get current(): Job | undefined {
    return this.#lastChange[0];
  }
  get previous(): Job | undefined {
    return this.#lastChange[1] ?? this.#lastChange[0];
  }

  /** `%1`, `%%`, `%+`, `%-`, `%name`, `%?text`, a pid. */
  find(spec: string): Job | undefined {
    if (/^\d+$/.test(spec))
      return this.list.find((job) => job.processes.some((process) => process.pid === Number(spec)));
    const name = spec.replace(/^%/, '');
    if (name === '' || name === '%' || name === '+') return this.current;
    if (name === '-') return this.previous;
    if (/^\d+$/.test(name)) return this.list.find((job) => job.id === Number(name));
    if (name.startsWith('?')) return this.list.find((job) => job.command.includes(name.slice(1)));
    return this.list.find((job) => job.command.startsWith(name));
  }
  pastStatus(pid: number): number | undefined {
    return this.#past.get(pid);
  }

  /** Waits for one change among `jobs`. → 0, or -EINTR, -ECHILD, -ETIMEDOUT */
  waitChange(jobs: readonly Job[], stopped: boolean, timeoutMs: number | null): number {
    const pids = jobs.flatMap((job) =>
      job.processes.filter(({ state }) => state !== 'done').map(({ pid }) => pid),
    );
    if (pids.length === 0) return -Errno.ECHILD;
    const change = this.#system.unix.waitChild(pids, { stopped, timeoutMs });
    if (typeof change === 'number') return change;
    this.#note(change);
    return 0;
  }

  /** Waits until the job is done, or stopped where that is watched. → 0 or -EINTR */
  waitFor(job: Job, stopped: boolean): number {
    while (jobState(job) === 'running') {
      const result = this.waitChange([job], stopped, null);
      if (result < 0) return result;
    }
    return 0;
  }

  /** Takes note of what has changed meanwhile. */
  poll(): void {
    while (this.waitChange(this.list, true, 0) === 0);
  }

  #note(change: ChildChange): void {
    for (const job of this.list) {
      const process = job.processes.find(({ pid }) => pid === change.pid);
      if (process === undefined) continue;
      if (change.kind === 'exited') {
        process.state = 'done';
        process.status = change.status;
      } else process.state = change.kind === 'stopped' ? 'stopped' : 'running';
      job.told = false;
      if (change.kind === 'stopped') this.touch(job);
    }
  }
}
