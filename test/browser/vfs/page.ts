/** The page of the store's tests: one memory, one storage worker, and what the tests start beside it. */
import { attach } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { stopStorage } from '../../../vfs/persist/worker.ts';
import type { WorkerOrder } from './worker.ts';

const PAGES = 8192;
const STORAGE_SLOT = 1023;

type Message = Record<string, unknown> & { failed?: string };

class StorePage {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  readonly synced: [string, number, number][] = [];
  storage: Worker | undefined;

  constructor() {
    format(this.memory, { capacityBytes: PAGES * 65536 });
  }

  #start(order: Partial<WorkerOrder>): Worker {
    const worker = new Worker('/worker.js');
    worker.postMessage({ memory: this.memory, seed: 1, ...order });
    return worker;
  }

  #answer(worker: Worker, key: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
        if (data.failed !== undefined) reject(new Error(data.failed));
        if (data[key] !== undefined) resolve(data[key]);
      });
    });
  }

  async mount(): Promise<unknown> {
    this.storage = this.#start({ role: 'storage', slot: STORAGE_SLOT });
    return this.#answer(this.storage, 'mounted');
  }

  async stop(): Promise<void> {
    if (!this.storage) return;
    const stopped = this.#answer(this.storage, 'stopped');
    stopStorage(attach(this.memory).volume);
    await stopped;
  }

  write(slot: number, seed: number): void {
    this.#start({ role: 'writer', slot, seed }).addEventListener(
      'message',
      ({ data }: MessageEvent<Message>) => {
        if (data['synced']) console.log(`synced ${JSON.stringify(data['synced'])}`);
      },
    );
  }

  verify(synced: Record<string, [number, number]>): Promise<unknown> {
    return this.#answer(this.#start({ role: 'verify', slot: 10, synced }), 'verified');
  }

  async stress(workers: number): Promise<unknown> {
    const started = Array.from({ length: workers }, (_, index) =>
      this.#answer(this.#start({ role: 'stress', slot: index + 20, seed: index * 31 + 7 }), 'stressed'),
    );
    const reports = await Promise.all(started);
    return { reports, errors: fsck(attach(this.memory).volume).errors };
  }
}

Object.assign(globalThis, { StorePage });
