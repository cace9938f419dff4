/** One end of a pipe in a thread of its own; see pipe.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { IpcMemory } from '../../../src/protocol/ipc-layout.ts';
import { PipeRing } from '../../../src/protocol/pipe.ts';
import { whenWord } from '../../../src/protocol/wait-async.ts';
import { Errno } from '../../../src/base/errno.ts';

export interface PipeJob {
  memory: WebAssembly.Memory;
  ring: number;
  owner: number;
  role: 'read' | 'write';
  mode: 'blocking' | 'async';
  /** Sizes of the calls, in turn. */
  sizes: number[];
  totalBytes: number;
}

const job = workerData as PipeJob;
const block = (words: Int32Array, index: number, value: number): void => {
  Atomics.wait(words, index, value, 1000);
};
const ring = new PipeRing(
  new IpcMemory(job.memory),
  job.ring,
  job.owner,
  job.mode === 'blocking' ? block : undefined,
);

/** Byte `i` of writer w's stream: each writer's bytes are recognisable and ordered. */
const pattern = (i: number): number => (i * 31 + (i >> 8)) & 0xff;

async function pause(word: number, seen: number, ready: () => boolean): Promise<void> {
  if (job.mode === 'blocking') block(ring.words, word, seen);
  else await new Promise<void>((resolve) => whenWord(ring.words, word, ready, resolve));
}

async function write(): Promise<number> {
  const data = Uint8Array.from({ length: job.totalBytes }, (_, i) => pattern(i));
  for (let done = 0, turn = 0; done < data.length; turn++) {
    const size = job.sizes[turn % job.sizes.length] ?? 1;
    const seen = Atomics.load(ring.words, ring.writeWord);
    const count = ring.tryWrite(data.subarray(done, done + size));
    if (count === -Errno.EAGAIN) await pause(ring.writeWord, seen, () => ring.writable);
    else if (count < 0) return count;
    else done += count;
  }
  return job.totalBytes;
}

async function read(): Promise<{ bytes: Uint8Array }> {
  const parts: Uint8Array[] = [];
  for (let turn = 0; ; turn++) {
    const into = new Uint8Array(job.sizes[turn % job.sizes.length] ?? 1);
    const seen = Atomics.load(ring.words, ring.readWord);
    const count = ring.tryRead(into);
    if (count === -Errno.EAGAIN) await pause(ring.readWord, seen, () => ring.readable);
    else if (count === 0) return { bytes: new Uint8Array(Buffer.concat(parts)) };
    else parts.push(into.subarray(0, count));
  }
}

// Node's event loop does not count Atomics.waitAsync as work: something must keep the thread alive meanwhile.
const alive = setInterval(() => {}, 1000);
void (job.role === 'write' ? write() : read()).then((answer) => {
  clearInterval(alive);
  parentPort?.postMessage(answer);
});
