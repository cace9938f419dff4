/** Listeners by event. One that throws does not keep the others from theirs: its error is reported by the page. */
type Listeners = Record<string, (...parameters: never[]) => void>;

export class EventHub<Events extends Listeners> {
  readonly #listeners = new Map<keyof Events, Set<(...parameters: never[]) => void>>();

  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit<E extends keyof Events>(event: E, ...parameters: Parameters<Events[E]>): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(...(parameters as never[]));
      } catch (error) {
        reportError(error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
