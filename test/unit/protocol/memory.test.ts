import path from 'node:path';
import { expect, test } from 'vitest';
import { IpcMemory, pipeByteOffset, PipeWord } from '../../../src/protocol/ipc-layout.ts';
import { answerOf, startWorker } from '../../support/worker.ts';
import type { GrowthJob } from './grow-worker.ts';

const GROWTHS = 3000;
const WAIT_MS = 1000;

test('what one thread adds to the memory is there for another that is told of it at once', async () => {
  const { memory, words, bytes } = IpcMemory.create();
  const ring = pipeByteOffset(0) >> 2;
  const [told, seen] = [ring + PipeWord.columns, ring + PipeWord.rows];
  const job: GrowthJob = { memory, begin: bytes.length, growths: GROWTHS, told, seen };
  const worker = await startWorker(path.join(import.meta.dirname, 'grow-worker.ts'), job);
  const answer = answerOf<number>(worker);
  await new Promise((resolve) => worker.once('online', resolve));
  for (let growth = 1; growth <= GROWTHS; growth++) {
    memory.grow(1);
    Atomics.store(words, told, growth);
    while (Atomics.load(words, seen) !== growth) Atomics.wait(words, seen, growth - 1, WAIT_MS);
  }
  expect(await answer).toBe(GROWTHS);
});
