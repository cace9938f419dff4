/** Named pipes: one ring an inode while anyone has it open. Opening waits for the other side, as fifo(7) says. */
import { Errno } from '../../base/errno.ts';
import type { KernelCall } from '../../protocol/process.ts';
import type { FifoWait, PipeEnds } from '../../protocol/process.ts';
import type { Reply } from '../calls.ts';
import { Holdings, type PipeBooks } from './books.ts';

type FifoCall = Omit<Extract<KernelCall, { call: 'fifo' }>, 'call'>;

/** A process, or the kernel for the page. */
export interface FifoUser {
  readonly holdings: Holdings;
}

interface Waiter {
  user: FifoUser;
  wants: 'reader' | 'writer';
  /** The other end is open, or the user gone. */
  end(met: boolean): void;
}

interface Fifo {
  ring: number;
  waiting: Waiter[];
}

export class FifoTable {
  readonly #books: PipeBooks;
  readonly #fifos = new Map<string, Fifo>();
  /** Ends of the rings that tell a user who waits without a call. */
  readonly #told = new Holdings();

  constructor(books: PipeBooks) {
    this.#books = books;
    books.onRelease((ring, side) => {
      if (side !== 'all') return;
      // Its number is given out again: to whatever wants a ring.
      for (const [key, fifo] of this.#fifos) if (fifo.ring === ring) this.#fifos.delete(key);
    });
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
      reply(fifo.ring, call.later ? ({} satisfies FifoWait) : undefined);
      return;
    }
    const wants = call.access === 'read' ? 'writer' : 'reader';
    if (call.later !== true) {
      fifo.waiting.push({ user, wants, end: (met) => met && reply(fifo.ring) });
      return;
    }
    const met = this.#books.allocate();
    if (met < 0) {
      this.#books.drop(user.holdings, ends);
      reply(-Errno.ENFILE);
      return;
    }
    this.#books.hold(user.holdings, { input: met });
    this.#books.hold(this.#told, { output: met });
    fifo.waiting.push({ user, wants, end: () => this.#books.drop(this.#told, { output: met }) });
    reply(fifo.ring, { met } satisfies FifoWait);
  }

  forget(user: FifoUser): void {
    for (const fifo of this.#fifos.values()) {
      const gone = fifo.waiting.filter((waiter) => waiter.user === user);
      fifo.waiting = fifo.waiting.filter((waiter) => waiter.user !== user);
      for (const { end } of gone) end(false);
    }
  }

  #arrived(fifo: Fifo): void {
    const { readers, writers } = this.#books.count(fifo.ring);
    const met = fifo.waiting.filter(({ wants }) => (wants === 'writer' ? writers : readers) > 0);
    fifo.waiting = fifo.waiting.filter((waiter) => !met.includes(waiter));
    for (const { end } of met) end(true);
  }

  /** The inode's ring, made anew when the last one was left by all. */
  #live(key: string): Fifo | undefined {
    const known = this.#fifos.get(key);
    if (known) return known;
    const ring = this.#books.allocate();
    if (ring < 0) return undefined;
    const fifo: Fifo = { ring, waiting: [] };
    this.#fifos.set(key, fifo);
    return fifo;
  }
}
