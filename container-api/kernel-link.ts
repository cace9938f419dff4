/** The page's hold on its kernel worker. The one file that knows which RPC library is used. */
import { transfer, wrap } from 'comlink';
import type { KernelControl } from '../src/protocol/container.ts';
import { ContainerError } from './errors.ts';

/** The kernel's calls as they are made from here: each answer comes later. */
export type KernelCalls = {
  [Name in keyof KernelControl]: (
    ...parameters: Parameters<KernelControl[Name]>
  ) => Promise<Awaited<ReturnType<KernelControl[Name]>>>;
};

const NOT_A_SCRIPT =
  "could not be loaded as a script: boot({ assets }) is the address under which the package's folder dist/assets is served.";

/** Marks what moves with a call instead of being copied. */
export function moving<T extends object>(value: T, ...transferables: Transferable[]): T {
  return transfer(value, transferables);
}

export class KernelLink {
  readonly calls: KernelCalls;
  readonly #worker: Worker;
  readonly #failed: Promise<never>;
  readonly #terminated = Promise.withResolvers<void>();

  constructor(script: URL, name: string) {
    this.#worker = new Worker(script, { name });
    this.#failed = new Promise((_, reject) => {
      this.#worker.addEventListener('error', (event) => {
        // A host that answers every address with a page gives one for a script that it does not have.
        const reason =
          /SyntaxError/.test(event.message) || event.message === '' ? NOT_A_SCRIPT : event.message;
        reject(
          new ContainerError('ERR_CONTAINER_BOOT', `The kernel worker failed: ${script.href} ${reason}`),
        );
      });
    });
    this.#failed.catch(() => undefined);
    this.calls = wrap<KernelControl>(this.#worker) as unknown as KernelCalls;
  }

  /** The call's answer, or the failure of the worker itself: a dead worker never answers. */
  guard<T>(answer: Promise<T>): Promise<T> {
    return Promise.race([answer, this.#failed]);
  }

  get terminated(): Promise<void> {
    return this.#terminated.promise;
  }

  terminate(): void {
    this.#terminated.resolve();
    this.#worker.terminate();
  }
}
