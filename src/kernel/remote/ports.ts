/**
 * Ports of remote processes as ports of the container: the kernel listens on the same number and joins each connection
 * to one of the runtime's. So previews, `server-ready` and connections of programs here reach them as any server's.
 */
import type { KernelCall } from '../../protocol/process.ts';
import type { IpEndpoint, SocketAnswer } from '../../protocol/sockets.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { connectPort } from '../../remote/streams.ts';
import type { Sockets } from '../net/sockets.ts';
import { Holdings, type PipeBooks } from '../pipes/books.ts';
import { RingConnection } from '../preview/connection.ts';
import { whenReady } from '../pipes/pump.ts';

const LISTEN_BACKLOG = 128;

type SocketRequest = Extract<KernelCall, { call: 'bind' | 'listen' | 'accept' }>;

export class RemotePorts {
  readonly #sockets: Sockets;
  readonly #books: PipeBooks;
  /** The listening ring of each port, held by us. */
  readonly #open = new Map<number, Holdings>();

  constructor(sockets: Sockets, books: PipeBooks) {
    this.#sockets = sockets;
    this.#books = books;
  }

  /** A port that a program here has taken stays that program's. */
  opened(connection: RemoteConnection, port: number): void {
    if (this.#open.has(port)) return;
    const holdings = new Holdings();
    const address: IpEndpoint = { family: 4, address: '127.0.0.1', port };
    const bound = this.#ask(holdings, { call: 'bind', address, ipv6Only: false, shared: false });
    const ring = typeof bound === 'number' ? undefined : bound.input;
    if (ring === undefined) return;
    if (this.#ask(holdings, { call: 'listen', ring, backlog: LISTEN_BACKLOG }) !== 0) {
      this.#books.dropAll(holdings);
      return;
    }
    this.#open.set(port, holdings);
    this.#accept(connection, port, holdings, ring);
  }

  closed(port: number): void {
    const holdings = this.#open.get(port);
    this.#open.delete(port);
    if (holdings !== undefined) this.#books.dropAll(holdings);
  }

  #accept(connection: RemoteConnection, port: number, holdings: Holdings, listener: number): void {
    const ring = this.#books.ring(listener);
    const token = new Uint8Array(1);
    const isOpen = (): boolean => this.#open.get(port) === holdings;
    const next = (): void => {
      if (!isOpen()) return;
      while (ring.tryRead(token) > 0) {
        const caller = new Holdings();
        this.#books.hold(caller, { input: listener });
        const accepted = this.#ask(caller, { call: 'accept', ring: listener });
        this.#books.drop(caller, { input: listener });
        if (typeof accepted !== 'number') void this.#join(connection, port, caller, accepted);
      }
      whenReady(
        ring,
        ring.readWord,
        () => ring.readable || !isOpen(),
        () => next(),
      );
    };
    next();
  }

  async #join(
    connection: RemoteConnection,
    port: number,
    holdings: Holdings,
    { input, output }: SocketAnswer,
  ): Promise<void> {
    if (input === undefined || output === undefined) return;
    const near = new RingConnection(this.#books.ring(input), this.#books.ring(output), (side) =>
      this.#books.drop(holdings, side === 'input' ? { input } : { output }),
    );
    try {
      const far = await connectPort(connection, port);
      const writer = far.writable.getWriter();
      const upward = (async () => {
        for (let part = await near.read(); part !== undefined; part = await near.read()) {
          await writer.write(part);
        }
        await writer.close();
      })();
      const reader = far.readable.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        if (!(await near.write(part.value))) break;
      }
      near.end();
      await upward;
    } catch {
      // Either side broke: closing ours tells the program here.
    } finally {
      near.close();
    }
  }

  #ask(holdings: Holdings, request: SocketRequest): SocketAnswer | number {
    let answer: SocketAnswer | number = -1;
    this.#sockets.handle(holdings, request, (result, payload) => {
      answer = payload === undefined ? result : (payload as SocketAnswer);
    });
    return answer;
  }
}
