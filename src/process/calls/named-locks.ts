/** Named locks of the process's threads, kept by the browser under names that only they know. */
import type { NamedLockCalls } from '../../../polyfills/system.ts';

const { navigator } = globalThis;
const { locks } = navigator;

export function createNamedLocks(processKey: () => string): NamedLockCalls {
  return {
    async request(name, { mode, steal, ifAvailable }, granted) {
      const options: LockOptions = { mode };
      if (steal) options.steal = true;
      if (ifAvailable) options.ifAvailable = true;
      await locks.request(`${processKey()}:${name}`, options, (lock) => granted(lock !== null));
    },
  };
}
