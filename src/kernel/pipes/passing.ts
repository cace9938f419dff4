/**
 * Descriptors on their way through a pipe (SCM_RIGHTS of unix(7)). The sender gives one up at the position of the bytes
 * that it belongs to; until the reader takes it there, the kernel holds it. Reads do not go beyond it (PipeRing).
 */
import { Errno } from '../../base/errno.ts';
import { PASSED_DESCRIPTORS_MAX } from '../../base/limits.ts';
import { PipeWord } from '../../protocol/ipc-layout.ts';
import type { DescriptorGrant, PassCall, PipeEnds } from '../../protocol/process.ts';
import type { Reply } from '../calls.ts';
import { Holdings, type PipeBooks } from './books.ts';

interface Passed {
  /** Position in the ring of the first byte that it came with. */
  readonly at: number;
  readonly ends: PipeEnds;
}

export class PassedDescriptors {
  readonly #books: PipeBooks;
  readonly #holdings = new Holdings();
  readonly #byRing = new Map<number, Passed[]>();

  constructor(books: PipeBooks) {
    this.#books = books;
    books.onRelease((ring) => this.#dropAll(ring));
  }

  handle(caller: Holdings, request: PassCall, reply: Reply): void {
    if (request.call === 'pass-descriptor') {
      reply(this.#pass(caller, request.ring, request.ends));
      return;
    }
    const taken = this.#take(caller, request.ring);
    if (typeof taken === 'number') reply(taken);
    else reply(0, taken);
  }

  /** With the bytes that the caller writes next. */
  #pass(caller: Holdings, id: number, ends: PipeEnds): number {
    const books = this.#books;
    if (!books.holds(caller, { output: id }) || !books.holds(caller, ends)) return -Errno.EBADF;
    if (books.count(id).readers === 0) return -Errno.EPIPE;
    const waiting = this.#byRing.get(id) ?? [];
    // As Linux says of too many references on the way.
    if (waiting.length >= PASSED_DESCRIPTORS_MAX) return -Errno.ETOOMANYREFS;
    books.hold(this.#holdings, ends);
    waiting.push({ at: books.ring(id).word(PipeWord.head), ends });
    this.#byRing.set(id, waiting);
    this.#publish(id, waiting);
    return 0;
  }

  #take(caller: Holdings, id: number): DescriptorGrant | number {
    const books = this.#books;
    if (!books.holds(caller, { input: id })) return -Errno.EBADF;
    const waiting = this.#byRing.get(id) ?? [];
    const tail = books.ring(id).word(PipeWord.tail);
    // What was read over by a read that took no descriptors is gone, as with read(2).
    while (waiting[0] !== undefined && ((waiting[0].at - tail) | 0) < 0) this.#drop(waiting.shift());
    const first = waiting[0];
    if (first === undefined || first.at !== tail) {
      this.#publish(id, waiting);
      return -Errno.EAGAIN;
    }
    waiting.shift();
    books.hold(caller, first.ends);
    this.#drop(first);
    this.#publish(id, waiting);
    return { kind: 'stream', ...first.ends };
  }

  #publish(id: number, waiting: readonly Passed[]): void {
    const ring = this.#books.ring(id);
    if (waiting[0] !== undefined) ring.setWord(PipeWord.passedAt, waiting[0].at);
    ring.setWord(PipeWord.passedCount, waiting.length);
    if (waiting.length === 0) this.#byRing.delete(id);
  }

  #drop(passed: Passed | undefined): void {
    if (passed) this.#books.drop(this.#holdings, passed.ends);
  }

  /** Nobody reads the ring any more. */
  #dropAll(id: number): void {
    const waiting = this.#byRing.get(id);
    this.#byRing.delete(id);
    waiting?.forEach((passed) => this.#drop(passed));
  }
}
