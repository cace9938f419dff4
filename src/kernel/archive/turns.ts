/** Long work of the kernel in turns: between them everything else is answered. */
import { TREE_TURN_MS } from '../../base/limits.ts';

export class Turns {
  #since = performance.now();

  /** Returns at once until the turn is over. */
  pause(): Promise<void> | undefined {
    if (performance.now() - this.#since < TREE_TURN_MS) return undefined;
    return new Promise((resolve) => {
      // A timer would be delayed by 4 ms once it is nested.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        this.#since = performance.now();
        resolve();
      };
      port2.postMessage(0);
    });
  }
}
