/** How long nothing used the bridge: what a launcher reaps by. */
export class IdleTime {
  readonly #busy: () => boolean;
  #since = Date.now();

  constructor(busy: () => boolean) {
    this.#busy = busy;
  }

  /** Called at an interval. */
  look(): void {
    if (this.#busy()) this.#since = Date.now();
  }

  get milliseconds(): number {
    this.look();
    return Date.now() - this.#since;
  }
}
