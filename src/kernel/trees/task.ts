/**
 * A task: a process as the files of /task make, configure, start and watch it. One that was made by reading /task/new
 * keeps its record, and what it wrote, until it is closed; every other process is a task for as long as it lives.
 */
import { Errno } from '../../base/errno.ts';
import { TASKS_MAX } from '../../base/limits.ts';
import { splitWords } from '../../base/words.ts';
import type { DescriptorGrant, PipeEnds } from '../../protocol/process.ts';
import { environmentOf } from '../process/environment.ts';
import { resolveProgram } from '../process/exec.ts';
import type { Kernel } from '../kernel.ts';
import { type ExitInfo, INIT_PID, type Process } from '../process/process.ts';
import { startProcess } from '../process/start.ts';
import { Holdings } from '../pipes/books.ts';

const SHELL = '/bin/sh';

export class Task {
  readonly id: number;
  commandLine = '';
  cwd: string;
  readonly env = new Map<string, string>();
  /** Rings of descriptors 0–2. */
  readonly stdio: PipeEnds[] = [];
  /** The other ends, until the task is closed: output can be read after the end. */
  readonly holdings = new Holdings();
  process: Process | undefined;
  exit: ExitInfo | undefined;

  constructor(id: number, cwd: string) {
    this.id = id;
    this.cwd = cwd;
  }

  get status(): 'new' | 'running' | 'stopped' | 'exited' {
    return this.exit ? 'exited' : (this.process?.state ?? 'new');
  }
}

export class TaskTable {
  readonly #kernel: Kernel;
  readonly #tasks = new Map<number, Task>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get(id: number): Task | undefined {
    return this.#tasks.get(id);
  }
  ids(): number[] {
    return [...this.#tasks.keys()];
  }

  /** → the task, or -EAGAIN with too many that nobody closed, -ENFILE without pipes for it. */
  allocate(): Task | number {
    const { table, books, options } = this.#kernel;
    if (this.#tasks.size >= TASKS_MAX) this.#closeOldest();
    if (this.#tasks.size >= TASKS_MAX) return -Errno.EAGAIN;
    const task = new Task(table.reservePid(), options.workdir);
    for (let fd = 0; fd < 3; fd++) {
      const ring = books.allocate();
      if (ring < 0) {
        this.close(task);
        return ring;
      }
      books.hold(task.holdings, fd === 0 ? { output: ring } : { input: ring });
      task.stdio.push(fd === 0 ? { input: ring } : { output: ring });
    }
    this.#tasks.set(task.id, task);
    return task;
  }

  /** Runs its command line. → 0 or -errno */
  start(task: Task): number {
    const kernel = this.#kernel;
    if (task.process) return task.exit ? -Errno.ESRCH : -Errno.EBUSY;
    const words = splitWords(task.commandLine);
    const args = words ?? [SHELL, '-c', task.commandLine];
    const file = args[0];
    if (file === undefined) return -Errno.EINVAL;
    if (!kernel.isFolder(task.cwd, kernel.trees.page)) return -Errno.ENOENT;
    const env = environmentOf(kernel.options.workdir, task.cwd, Object.fromEntries(task.env));
    const program = resolveProgram(kernel.programFiles, { file, args, env, cwd: task.cwd });
    if (typeof program === 'number') return program;
    const { uid, gid, groups, umask } = kernel.files.credentials;
    const descriptors = task.stdio.map((ends): DescriptorGrant => ({ kind: 'stream', ...ends }));
    const process = startProcess(kernel, {
      pid: task.id,
      program,
      cwd: task.cwd,
      descriptors,
      ppid: INIT_PID,
      terminal: null,
      credentials: { uid, gid, groups: [...groups], umask },
    });
    if (typeof process === 'number') return process;
    task.process = process;
    process.onExit = (exit) => (task.exit = exit);
    return 0;
  }

  /** No more input for it: what is written is what there is. */
  endInput(task: Task): void {
    const ring = task.stdio[0]?.input;
    if (ring !== undefined) this.#kernel.books.drop(task.holdings, { output: ring });
  }

  /** The record goes; what still runs is a process like any other. */
  close(task: Task): void {
    this.#kernel.books.dropAll(task.holdings);
    if (task.exit !== undefined || !task.process) this.#kernel.binds.release(task.id);
    this.#tasks.delete(task.id);
    this.#kernel.table.releasePid(task.id);
  }

  #closeOldest(): void {
    for (const task of this.#tasks.values()) {
      if (task.exit === undefined) continue;
      this.close(task);
      return;
    }
  }
}
