/** Named pipes: one ring an inode while anyone has it open. Opening waits for the other side, as fifo(7) says. */
import { Errno } from '../base/errno.ts';
import type { KernelCall } from '../protocol/process.ts';
import type { PipeEnds } from '../protocol/process.ts';
import type { Reply } from './calls.ts';
import type { Holdings, PipeBooks } from './pipe-books.ts';

type FifoCall = Omit<Extract<KernelCall, { call: 'fifo' }>, 'call'>;

/** A process, or the kernel for the page. */
export interface FifoUser {
  readonly holdings: Holdings;
}

interface Fifo {
  ring: number;
  waiting: { user: FifoUser; wants: 'reader' | 'writer'; reply: Reply }[];
}

export class FifoTable {
  readonly #books: PipeBooks;
  readonly #fifos = new Map<string, Fifo>();

  constructor(books: PipeBooks) {
    this.#books = books;
  }

  open(user: FifoUser, call: FifoCall, reply: Reply): void {
    const key = `${call.dev}:${call.ino}`;
    const fifo = this.#live(key);
    if (fifo === undefined) {
      reply(-Errno.ENFILE);
      return;
    }
    const { readers, writers } = this.#books.count(fifo.ring);
    if (call.access === 'write' && call.nonBlocking && readers === 0) {
      reply(-Errno.ENXIO);
      return;
    }
    const ends: PipeEnds = {};
    if (call.access !== 'write') ends.input = fifo.ring;
    if (call.access !== 'read') ends.output = fifo.ring;
    this.#books.hold(user.holdings, ends);
    this.#books.revive(fifo.ring);
    this.#arrived(fifo);
    const alone = call.access === 'read' ? writers === 0 : call.access === 'write' ? readers === 0 : false;
    if (!alone || call.nonBlocking) {
      reply(fifo.ring);
      return;
    }
    fifo.waiting.push({ user, wants: call.access === 'read' ? 'writer' : 'reader', reply });
  }

  forget(user: FifoUser): void {
    for (const fifo of this.#fifos.values()) {
      fifo.waiting = fifo.waiting.filter((waiter) => waiter.user !== user);
    }
  }

  #arrived(fifo: Fifo): void {
    const { readers, writers } = this.#books.count(fifo.ring);
    const met = fifo.waiting.filter(({ wants }) => (wants === 'writer' ? writers : readers) > 0);
    fifo.waiting = fifo.waiting.filter((waiter) => !met.includes(waiter));
    for (const { reply } of met) reply(fifo.ring);
  }

  /** The inode's ring, made anew when the last one was left by all. */
  #live(key: string): Fifo | undefined {
    const known = this.#fifos.get(key);
    if (known && this.#books.exists(known.ring)) return known;
    const ring = this.#books.allocate();
    if (ring < 0) return undefined;
    const fifo: Fifo = { ring, waiting: [] };
    this.#fifos.set(key, fifo);
    return fifo;
  }
}
