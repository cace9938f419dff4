import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { PIPE_ATOMIC_BYTES, PIPE_BUFFER_BYTES } from '../../../src/base/limits.ts';
import { IpcMemory, KERNEL_OWNER, PipeFlag, PipeWord, TTY_COOKED } from '../../../src/protocol/ipc-layout.ts';
import { PipeRing } from '../../../src/protocol/pipe.ts';
import { answerOf, startWorker } from '../../support/worker.ts';
import type { PipeJob } from './pipe-worker.ts';

const WORKER = path.join(import.meta.dirname, 'pipe-worker.ts');
const bytes = (text: string) => new TextEncoder().encode(text);
const newRing = (memory = IpcMemory.create(), id = 0) => new PipeRing(memory, id, KERNEL_OWNER);

function readText(ring: PipeRing, size = 100): string | number {
  const into = new Uint8Array(size);
  const count = ring.tryRead(into);
  return count < 0 ? count : new TextDecoder().decode(into.subarray(0, count));
}

describe('a pipe ring in one thread', () => {
  test('behaves as a bounded queue of bytes', () => {
    const step = fc.oneof(
      fc.record({ write: fc.uint8Array({ maxLength: 3 * PIPE_ATOMIC_BYTES }) }),
      fc.record({ read: fc.integer({ min: 1, max: 20_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ring = newRing();
        let model: number[] = [];
        for (const s of steps) {
          if ('write' in s) {
            const count = ring.tryWrite(s.write);
            const room = PIPE_BUFFER_BYTES - model.length;
            const whole = s.write.length <= PIPE_ATOMIC_BYTES;
            const fits = whole
              ? s.write.length <= room
                ? s.write.length
                : 0
              : Math.min(room, s.write.length);
            expect(count).toBe(fits === 0 && s.write.length > 0 ? -Errno.EAGAIN : fits);
            model = model.concat([...s.write.subarray(0, fits)]);
          } else {
            const into = new Uint8Array(s.read);
            const count = ring.tryRead(into);
            expect(count).toBe(model.length === 0 ? -Errno.EAGAIN : Math.min(model.length, s.read));
            if (count > 0) expect([...into.subarray(0, count)]).toEqual(model.splice(0, count));
          }
          expect(ring.length).toBe(model.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('drains before it ends, and refuses writes without readers', () => {
    const ring = newRing();
    ring.tryWrite(bytes('last'));
    ring.raise(PipeFlag.noWriters);
    expect(readText(ring)).toBe('last');
    expect(readText(ring)).toBe('');
    ring.raise(PipeFlag.noReaders);
    expect(ring.tryWrite(bytes('x'))).toBe(-Errno.EPIPE);
  });

  test('gives a cooked terminal a line at a time, and ^D ends one read only', () => {
    const ring = newRing();
    ring.setWord(PipeWord.ttyFlags, TTY_COOKED);
    ring.tryWrite(bytes('one\ntwo\n'));
    ring.markEnd();
    expect(readText(ring)).toBe('one\n');
    expect(readText(ring)).toBe('two\n');
    expect(readText(ring)).toBe('');
    expect(readText(ring)).toBe(-Errno.EAGAIN);
  });

  test('counters wrap at 2^32 without loss', () => {
    const ring = newRing();
    ring.setWord(PipeWord.head, -3);
    ring.setWord(PipeWord.tail, -3);
    ring.tryWrite(bytes('across the edge'));
    expect(readText(ring)).toBe('across the edge');
  });

  test('a dead holder of a lock is cleared away', () => {
    const memory = IpcMemory.create();
    const ring = newRing(memory);
    ring.setWord(PipeWord.writeLock, 7);
    expect(ring.tryWrite(bytes('x'))).toBe(-Errno.EAGAIN);
    ring.breakLocks(8);
    expect(ring.tryWrite(bytes('x'))).toBe(-Errno.EAGAIN);
    ring.breakLocks(7);
    expect(ring.tryWrite(bytes('x'))).toBe(1);
  });

  test('the memory grows to further rings', () => {
    const memory = IpcMemory.create();
    expect(memory.ensurePipe(100)).toBe(false);
    for (let id = 0; id < 100; id++) expect(memory.ensurePipe(id)).toBe(true);
    const ring = newRing(memory, 99);
    expect(ring.tryWrite(bytes('far'))).toBe(3);
    expect(readText(newRing(new IpcMemory(memory.memory), 99))).toBe('far');
  });
});

describe('a pipe ring between threads', () => {
  const total = 3_000_000;
  const cases: [string, PipeJob['mode'], PipeJob['mode'], number][] = [
    ['blocking writer, blocking reader', 'blocking', 'blocking', 1],
    ['blocking writer, async reader', 'blocking', 'async', 1],
    ['async writer, blocking reader', 'async', 'blocking', 1],
    ['two writers, atomic sizes', 'blocking', 'blocking', 2],
  ];
  test.each(cases)('%s: every byte arrives', async (_, writing, reading, writers) => {
    const memory = IpcMemory.create();
    const job = { memory: memory.memory, ring: 0, totalBytes: total };
    const reader = await startWorker(WORKER, {
      ...job,
      owner: 1,
      role: 'read',
      mode: reading,
      sizes: [1000, 65_536, 7, 30_000],
    } satisfies PipeJob);
    const result = answerOf<{ bytes: Uint8Array }>(reader);
    const sizes = writers > 1 ? [1000] : [1, 5000, 100_000, 4096, 333];
    const ends = await Promise.all(
      Array.from({ length: writers }, async (_, i) => {
        const worker = await startWorker(WORKER, {
          ...job,
          owner: 2 + i,
          role: 'write',
          mode: writing,
          sizes,
        } satisfies PipeJob);
        return answerOf<number>(worker);
      }),
    );
    expect(ends).toEqual(Array.from({ length: writers }, () => total));
    newRing(memory).raise(PipeFlag.noWriters);
    const { bytes: got } = await result;
    expect(got.length).toBe(total * writers);
    const pattern = (i: number): number => (i * 31 + (i >> 8)) & 0xff;
    if (writers === 1) {
      expect(got.findIndex((byte, i) => byte !== pattern(i))).toBe(-1);
    } else {
      // Each record of 1000 bytes belongs whole to one writer, and each writer's records come in order.
      const next = [0, 0];
      for (let at = 0; at < got.length; at += 1000) {
        const writer = next.findIndex((offset) =>
          got.subarray(at, at + 1000).every((byte, i) => byte === pattern(offset + i)),
        );
        expect(writer).toBeGreaterThanOrEqual(0);
        next[writer] = (next[writer] ?? 0) + 1000;
      }
      expect(next).toEqual([total, total]);
    }
  });
});
