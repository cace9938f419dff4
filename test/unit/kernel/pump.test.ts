import { expect, test } from 'vitest';
import { PIPE_BUFFER_BYTES, PIPES_GROWTH } from '../../../src/base/limits.ts';
import { Holdings, PipeBooks } from '../../../src/kernel/pipes/books.ts';
import { InputPump } from '../../../src/kernel/pipes/pump.ts';
import { IpcMemory } from '../../../src/protocol/ipc-layout.ts';

/** A standard input as the kernel makes it for a process of the page, and one reader of it. */
function standardInput(books: PipeBooks, reader: Holdings) {
  const kernel = new Holdings();
  const id = books.allocate();
  books.hold(kernel, { output: id });
  books.hold(reader, { input: id });
  const pump = new InputPump(
    books.ring(id),
    () => undefined,
    () => books.drop(kernel, { output: id }),
  );
  return { id, pump };
}

test('the input of a process that has exited is let go, though the page never closes it', () => {
  const memory = IpcMemory.create();
  const books = new PipeBooks(memory);
  for (let i = 0; i < 4 * PIPES_GROWTH; i++) {
    const process = new Holdings();
    const { id, pump } = standardInput(books, process);
    books.dropAll(process);
    pump.endWithReaders();
    expect(books.exists(id)).toBe(false);
  }
});

test('the input of a process that has exited stays for as long as a child of it reads', async () => {
  const books = new PipeBooks(IpcMemory.create());
  const child = new Holdings();
  const { id, pump } = standardInput(books, child);
  pump.endWithReaders();
  expect(books.exists(id)).toBe(true);
  pump.push(new Uint8Array([1, 2]));
  expect(books.ring(id).length).toBe(2);
  books.dropAll(child);
  await expect.poll(() => books.exists(id)).toBe(false);
});

test('a ring of several buffers takes all of them, goes round, and is given out again at its size', () => {
  const books = new PipeBooks(IpcMemory.create());
  const holder = new Holdings();
  const span = 4;
  for (let life = 0; life < 3; life++) {
    const large = books.allocate(span);
    const small = books.allocate();
    for (const id of [large, small]) books.hold(holder, { input: id, output: id });
    const ring = books.ring(large);
    const bytes = Uint8Array.from({ length: span * PIPE_BUFFER_BYTES }, (_, i) => i % 251);
    for (const part of [1000, bytes.length]) {
      expect(ring.tryWrite(bytes.subarray(0, part))).toBe(part);
      expect(ring.writable).toBe(part < bytes.length);
      expect(books.ring(small).length).toBe(0);
      const read = new Uint8Array(part);
      expect(ring.tryRead(read)).toBe(part);
      expect(Buffer.compare(read, bytes.subarray(0, part))).toBe(0);
    }
    books.dropAll(holder);
    expect(books.allocate(span)).toBe(large);
    books.hold(holder, { input: large });
    books.dropAll(holder);
  }
});
