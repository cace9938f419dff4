/** The last ones count. */
const HELD_EVENTS_MAX = 100;

type Listeners = Record<string, (...parameters: never[]) => void>;

/**
 * Listeners by event. One that throws does not keep the others from theirs: its error is reported by the page. Of the
 * kinds that are `held`, what comes before anybody can listen is told to the first who does.
 */
export class EventHub<Events extends Listeners> {
  readonly #listeners = new Map<keyof Events, Set<(...parameters: never[]) => void>>();
  readonly #held: ReadonlyMap<keyof Events, unknown[][]>;

  constructor(held: readonly (keyof Events)[] = []) {
    this.#held = new Map(held.map((event) => [event, []]));
  }

  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    const held = this.#held.get(event)?.splice(0) ?? [];
    if (held.length > 0) {
      queueMicrotask(() => {
        for (const parameters of held) this.emit(event, ...(parameters as Parameters<Events[E]>));
      });
    }
    return () => void listeners.delete(listener);
  }

  emit<E extends keyof Events>(event: E, ...parameters: Parameters<Events[E]>): void {
    const held = this.#held.get(event);
    if (held !== undefined && !this.#listeners.get(event)?.size) {
      held.push(parameters);
      if (held.length > HELD_EVENTS_MAX) held.shift();
    }
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
