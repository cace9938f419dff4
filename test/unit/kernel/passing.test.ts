import { expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { PASSED_DESCRIPTORS_MAX } from '../../../src/base/limits.ts';
import { PassedDescriptors } from '../../../src/kernel/pipes/passing.ts';
import { Holdings, PipeBooks } from '../../../src/kernel/pipes/books.ts';
import { IpcMemory } from '../../../src/protocol/ipc-layout.ts';
import type { PassCall, PipeEnds } from '../../../src/protocol/process.ts';

/** A channel from one process to another, and a pipe end that the first holds. */
function setUp() {
  const books = new PipeBooks(IpcMemory.create());
  const passed = new PassedDescriptors(books);
  const [sender, receiver] = [new Holdings(), new Holdings()];
  const [channel, other] = [books.allocate(), books.allocate()];
  books.hold(sender, { output: channel });
  books.hold(receiver, { input: channel });
  books.hold(sender, { input: other });
  books.hold(sender, { output: other });
  const ask = (caller: Holdings, request: PassCall) => {
    let answer: unknown;
    passed.handle(caller, request, (result, payload) => (answer = payload ?? result));
    return answer;
  };
  const ring = books.ring(channel);
  const pass = (ends: PipeEnds) => ask(sender, { call: 'pass-descriptor', ring: channel, ends });
  const take = (caller = receiver) => ask(caller, { call: 'take-descriptor', ring: channel });
  const read = (size: number) => {
    const into = new Uint8Array(size);
    return ring.tryRead(into);
  };
  return { books, sender, receiver, channel, other, ring, pass, take, read };
}

test('a descriptor is taken where its bytes begin, and nothing is read beyond it', () => {
  const { books, sender, receiver, other, ring, pass, take, read } = setUp();
  ring.tryWrite(new Uint8Array(3));
  expect(pass({ input: other })).toBe(0);
  ring.tryWrite(new Uint8Array(5));
  expect(pass({ output: other })).toBe(0);
  ring.tryWrite(new Uint8Array(2));
  books.drop(sender, { input: other, output: other });
  expect(books.count(other)).toEqual({ readers: 1, writers: 1 });
  expect([ring.carriesDescriptor, take(), read(100)]).toEqual([false, -Errno.EAGAIN, 3]);
  expect([ring.carriesDescriptor, take(), read(100)]).toEqual([true, { kind: 'stream', input: other }, 5]);
  expect([take(), read(100)]).toEqual([{ kind: 'stream', output: other }, 2]);
  expect(books.holds(receiver, { input: other, output: other })).toBe(true);
  expect(take()).toBe(-Errno.EAGAIN);
});

test('what nobody takes is closed: read over, or left in a channel that ends', () => {
  const { books, sender, receiver, channel, other, ring, pass, take, read } = setUp();
  pass({ input: other });
  ring.tryWrite(new Uint8Array(4));
  books.drop(sender, { input: other });
  expect([read(100), take()]).toEqual([4, -Errno.EAGAIN]);
  expect(books.count(other).readers).toBe(0);
  pass({ output: other });
  ring.tryWrite(new Uint8Array(4));
  books.drop(sender, { output: other });
  expect(books.exists(other)).toBe(true);
  books.drop(receiver, { input: channel });
  expect(books.exists(other)).toBe(false);
});

test('only what one holds can be passed or taken, and only so many', () => {
  const { sender, receiver, books, channel, other, pass, take } = setUp();
  expect(pass({ input: channel })).toBe(-Errno.EBADF);
  expect(pass({ input: 4000 })).toBe(-Errno.EBADF);
  expect(take(sender)).toBe(-Errno.EBADF);
  for (let i = 0; i < PASSED_DESCRIPTORS_MAX; i++) expect(pass({ input: other })).toBe(0);
  expect(pass({ input: other })).toBe(-Errno.ETOOMANYREFS);
  books.drop(receiver, { input: channel });
  expect(pass({ input: other })).toBe(-Errno.EPIPE);
});
