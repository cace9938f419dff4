/** The streams that the event loop waits for: they can be looked at all at once, when what came first matters. */
import { SafeMap } from '../base/intrinsics.ts';
import type { Wait } from '../protocol/wait-async.ts';

export class Readiness {
  readonly #waits = new SafeMap<number, Wait>();
  #last = 0;

  /** → what takes the wait off again */
  add(wait: Wait): () => void {
    const id = ++this.#last;
    this.#waits.set(id, wait);
    return () => void this.#waits.delete(id);
  }

  /** Those that are ready say so now, before anything that happens after this. → whether there was one */
  lookAtAll(): boolean {
    let found = false;
    this.#waits.forEach((wait) => {
      if (wait.look()) found = true;
    });
    return found;
  }
}
