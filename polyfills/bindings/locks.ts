import type { NodeContext } from '../context.ts';

const STOLEN = 'LOCK_STOLEN';
const EXCLUSIVE = 'exclusive';

interface LockInfo {
  readonly name: string;
  readonly mode: string;
  readonly clientId: string;
}

interface Waiting extends LockInfo {
  /** Lets the loop end. */
  release?: (() => void) | undefined;
}

type Granted = (lock: { name: string; mode: string } | null) => unknown;

/** node_locks.cc: `navigator.locks`. The locks are of all threads of the process; `query` tells of this one's. */
export function createLocks({ system, loop, realm }: NodeContext): object {
  const held = new Set<LockInfo>();
  const waiting = new Set<Waiting>();

  /** A request keeps the loop alive unless it waits for a lock of this very thread, which nothing may ever give back. */
  function wakeFor(name: string): void {
    const mine = [...held].filter((lock) => lock.name === name);
    for (const request of waiting) {
      if (request.name !== name) continue;
      const blocked = mine.some(({ mode }) => mode === EXCLUSIVE || request.mode === EXCLUSIVE);
      if (!blocked) request.release ??= loop.beginRequest('LockRequest');
      else stopWaiting(request);
    }
  }
  function stopWaiting(request: Waiting): void {
    request.release?.();
    request.release = undefined;
  }

  function request(
    name: string,
    clientId: string,
    mode: string,
    steal: boolean,
    ifAvailable: boolean,
    callback: Granted,
  ): Promise<unknown> {
    const info: Waiting = { name, mode, clientId };
    return new Promise((resolve, reject) => {
      let given = false;
      const granted = (available: boolean): Promise<void> =>
        new Promise((free) => {
          given = true;
          const run = (): void => {
            waiting.delete(info);
            if (available) held.add(info);
            const lock = available ? { name, mode } : null;
            let result: unknown;
            try {
              result = callback(lock);
            } catch (error) {
              result = Promise.reject(error as Error);
            }
            stopWaiting(info);
            wakeFor(name);
            const end = (): void => {
              held.delete(info);
              free();
              wakeFor(name);
            };
            Promise.resolve(result).then(
              (value) => {
                end();
                resolve(value);
              },
              (error: unknown) => {
                end();
                reject(error as Error);
              },
            );
          };
          loop.enqueue(run);
        });
      waiting.add(info);
      wakeFor(name);
      const options = {
        mode: mode === EXCLUSIVE ? ('exclusive' as const) : ('shared' as const),
        steal,
        ifAvailable,
      };
      system.namedLocks.request(name, options, granted).catch((error: unknown) => {
        if (realm.exiting) return;
        stopWaiting(info);
        waiting.delete(info);
        held.delete(info);
        wakeFor(name);
        // The browser ends a request early when another steals its lock.
        reject(given ? new Error(STOLEN) : (error as Error));
      });
    });
  }

  const copy = (locks: Iterable<LockInfo>): object[] =>
    [...locks].map(({ name, mode, clientId }) => ({ name, mode, clientId }));
  return {
    LOCK_MODE_SHARED: 'shared',
    LOCK_MODE_EXCLUSIVE: EXCLUSIVE,
    LOCK_STOLEN_ERROR: STOLEN,
    request,
    query: () => Promise.resolve({ held: copy(held), pending: copy(waiting) }),
  };
}
