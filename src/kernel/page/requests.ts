/** Questions of commands to the page, each until it is answered. */
import type { PageAnswer, PageRequest } from '../../protocol/page-request.ts';

export class PageRequests {
  readonly #emit: (id: number, request: PageRequest) => void;
  readonly #open = new Map<number, (answer: PageAnswer) => void>();
  #last = 0;

  constructor(emit: (id: number, request: PageRequest) => void) {
    this.#emit = emit;
  }

  ask(request: PageRequest): Promise<PageAnswer> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#emit(id, request);
    });
  }

  answer(id: number, answer: PageAnswer): void {
    this.#open.get(id)?.(answer);
    this.#open.delete(id);
  }
}
