/** Numbers of processes: one sequence for all kernels of a container. */
import { INIT_PID } from './process.ts';

/** Highest pid before numbers begin anew (Linux's default pid_max). */
const PID_MAX = 32_768;

export class PidNumbers {
  readonly #users = new Set<(pid: number) => boolean>();
  #last = INIT_PID;

  /** The number last given. */
  get last(): number {
    return this.#last;
  }

  /** `isTaken` is asked of every number, until the function that this returns is called. */
  join(isTaken: (pid: number) => boolean): () => void {
    this.#users.add(isTaken);
    return () => this.#users.delete(isTaken);
  }

  next(): number {
    do this.#last = this.#last >= PID_MAX ? INIT_PID + 1 : this.#last + 1;
    while ([...this.#users].some((isTaken) => isTaken(this.#last)));
    return this.#last;
  }
}
