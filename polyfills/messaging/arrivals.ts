/** What is due: looks at a queue, and calls `done` when it has nothing more to do in this turn. */
export interface Arrival {
  /** Lower ones were made earlier. */
  readonly order: number;
  run(done: () => void): void;
}

/**
 * The ports for which something has arrived, looked at in one turn of the loop, in the order in which they were made: as
 * libuv calls the async handles that were signalled (uv__async_io). One that is signalled meanwhile takes part if its place is yet to
 * come, and waits for the next turn if not.
 */
export class Arrivals {
  readonly #enqueue: (callback: () => void) => void;
  readonly #continueWith: (callback: () => void) => void;
  readonly #due = new Set<Arrival>();
  #scheduled = false;

  constructor(loop: { enqueueUnref(callback: () => void): void; continueWith(callback: () => void): void }) {
    this.#enqueue = (callback) => loop.enqueueUnref(callback);
    this.#continueWith = (callback) => loop.continueWith(callback);
  }

  add(arrival: Arrival): void {
    this.#due.add(arrival);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#enqueue(() => {
      this.#scheduled = false;
      this.#next(-1);
    });
  }

  /** The earliest of those that were made after `order`. */
  #next(order: number): void {
    let next: Arrival | undefined;
    for (const arrival of this.#due) {
      if (arrival.order > order && (next === undefined || arrival.order < next.order)) next = arrival;
    }
    if (next === undefined) {
      if (this.#due.size > 0) this.#schedule();
      return;
    }
    const { order: reached } = next;
    this.#due.delete(next);
    next.run(() => this.#continueWith(() => this.#next(reached)));
  }
}
