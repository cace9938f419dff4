/** JavaScript objects by number, for C code that can hold only numbers. */
export class Objects {
  readonly #objects = new Map<number, unknown>();
  #last = 0;

  add(object: unknown): number {
    this.#objects.set(++this.#last, object);
    return this.#last;
  }
  get(number: number): unknown {
    return this.#objects.get(number);
  }
  set(number: number, object: unknown): void {
    this.#objects.set(number, object);
  }
  remove(number: number): void {
    this.#objects.delete(number);
  }
}
