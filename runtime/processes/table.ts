/** All processes of the runtime, running and lately ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../errors.ts';
import { EXITED_KEPT_MAX, EXITED_KEPT_MS, SPAWN_ANSWERS_MAX, STOP_GRACE_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { ProcessStats } from '../protocol/runtime/processes.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Settings } from '../settings.ts';
import type { ChildOptions } from './child.ts';
import { programOf, type SpawnRequest } from './command.ts';
import { spawnWithPipes } from './pipes.ts';
import { RuntimeProcess } from './process.ts';
import { spawnWithTerminal } from './pty.ts';

/** The first pid: unlike the pids of the operating system, with which these have nothing to do. */
const FIRST_PID = 1000;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const STOP_POLL_MS = 20;

export class ProcessTable {
  readonly #settings: Settings;
  readonly #sandbox: Sandbox;
  readonly #log: Log;
  readonly #processes = new Map<number, RuntimeProcess>();
  /** Pids by session and request id: a request repeated after a cut finds the process that it started. */
  readonly #answers = new Map<string, Promise<number>>();
  /** When ended processes are forgotten. */
  readonly #expiries = new Map<RuntimeProcess, NodeJS.Timeout>();
  #nextPid = FIRST_PID;
  #starting = 0;
  #stopping = false;
  #totalSpawned = 0;
  #totalKilled = 0;

  constructor(settings: Settings, sandbox: Sandbox, log: Log) {
    this.#settings = settings;
    this.#sandbox = sandbox;
    this.#log = log;
  }

  get all(): RuntimeProcess[] {
    return [...this.#processes.values()];
  }

  get running(): RuntimeProcess[] {
    return this.all.filter((process) => process.running);
  }

  get stats(): ProcessStats {
    return {
      totalSpawned: this.#totalSpawned,
      totalKilled: this.#totalKilled,
      active: this.running.length,
    };
  }

  /** Throws ESRCH. */
  get(pid: number): RuntimeProcess {
    const process = this.#processes.get(pid);
    if (process === undefined) throw new BridgeError('ESRCH', `There is no process ${pid}.`);
    return process;
  }

  /** `key` names the request, so that the same one starts only one process. Throws ESRCH if that is forgotten. */
  async spawn(request: SpawnRequest, key: string | undefined): Promise<RuntimeProcess> {
    if (key === undefined) return await this.#start(request);
    const answered = this.#answers.get(key);
    if (answered !== undefined) return this.get(await answered);
    const started = this.#start(request);
    const answer = started.then(({ pid }) => pid);
    this.#answers.set(key, answer);
    answer.catch(() => this.#answers.delete(key));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > SPAWN_ANSWERS_MAX && oldest !== undefined) this.#answers.delete(oldest);
    return await started;
  }

  async #start(request: SpawnRequest): Promise<RuntimeProcess> {
    if (this.#stopping) throw new BridgeError('ESHUTDOWN', 'The runtime is stopping.');
    const { maxProcesses } = this.#settings;
    if (this.running.length + this.#starting >= maxProcesses) {
      throw new BridgeError('EAGAIN', `${maxProcesses} processes run already (MHNOS_MAX_PROCESSES).`);
    }
    const pid = this.#nextPid++;
    const program = programOf(request, this.#settings, this.#sandbox, pid);
    const { tty = request.processType === 'shell', cols, rows, detached } = request.options;
    const confined = this.#sandbox.confine(program, { dieWithBridge: detached !== true });
    const options: ChildOptions = {
      ...confined,
      cwd: program.cwd,
      columns: cols ?? DEFAULT_COLUMNS,
      rows: rows ?? DEFAULT_ROWS,
    };
    const process = new RuntimeProcess(pid, request, program.cwd, program.cookie, (ended) =>
      this.#ended(ended),
    );
    this.#starting++;
    try {
      process.start(tty ? spawnWithTerminal(options, process) : await spawnWithPipes(options, process));
    } finally {
      this.#starting--;
    }
    this.#processes.set(pid, process);
    this.#totalSpawned++;
    this.#log.info(`process ${pid} (${request.processType}) started as ${process.osPid}`);
    return process;
  }

  kill(pid: number, ...how: Parameters<RuntimeProcess['kill']>): void {
    this.get(pid).kill(...how);
    this.#totalKilled++;
  }

  #ended(process: RuntimeProcess): void {
    const { code, signal, reason } = process.exitMessage ?? {};
    this.#log.info(
      `process ${process.pid} ended: ${signal ?? code}${reason === undefined ? '' : ` (${reason})`}`,
    );
    this.#expiries.set(process, setTimeout(() => this.#forget(process), EXITED_KEPT_MS).unref());
    const exited = this.all.filter((other) => !other.running);
    for (const oldest of exited.slice(0, Math.max(0, exited.length - EXITED_KEPT_MAX))) this.#forget(oldest);
  }

  #forget(process: RuntimeProcess): void {
    this.#processes.delete(process.pid);
    clearTimeout(this.#expiries.get(process));
    this.#expiries.delete(process);
    process.dispose();
  }

  /** SIGTERM to every tree, SIGKILL to what is left after the grace; then every process has its exit. */
  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    this.#stopping = true;
    const message = 'The runtime was stopped.';
    for (const process of this.running) process.stop('stopped', message, 'SIGTERM');
    await this.#untilNoneRuns(graceMs);
    for (const process of this.running) process.stop('stopped', message, 'SIGKILL');
    await this.#untilNoneRuns(graceMs);
    for (const process of this.all) process.dispose();
  }

  async #untilNoneRuns(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (this.running.length > 0 && Date.now() < deadline) await sleep(STOP_POLL_MS);
  }
}
