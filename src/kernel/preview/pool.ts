/** Connections to the container's servers: kept alive between requests, and no more than so many at one time. */
import { PREVIEW_CONNECTIONS_MAX, PREVIEW_IDLE_CONNECTIONS_MAX, PREVIEW_IDLE_MS } from '../../base/limits.ts';
import type { Connection, Dial } from './connection.ts';
import { Incoming } from './incoming.ts';

/** A connection with what has been read of it. */
export interface Line {
  readonly connection: Connection;
  readonly input: Incoming;
  /** It has carried a request before, so the server may be closing it just now. */
  readonly used: boolean;
}

interface Idle {
  line: Line;
  /** Stops the watch and the timer. */
  take(): void;
}

export class ConnectionPool {
  readonly #dial: Dial;
  readonly #idle = new Map<number, Idle[]>();
  readonly #queue: (() => void)[] = [];
  #open = 0;

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  /** → a line to the port's server, or the errno of the attempt. `fresh`: one that has carried nothing yet. */
  async acquire(port: number, { fresh = false } = {}): Promise<Line | number> {
    const idle = fresh ? undefined : this.#idle.get(port)?.pop();
    if (idle) {
      idle.take();
      return { ...idle.line, used: true };
    }
    while (this.#open >= PREVIEW_CONNECTIONS_MAX) {
      this.#closeOneIdle();
      if (this.#open >= PREVIEW_CONNECTIONS_MAX)
        await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    const connection = this.#dial(port);
    if (typeof connection === 'number') return connection;
    this.#open++;
    return { connection, input: new Incoming(connection), used: false };
  }

  /** Keeps the line for the port's next request. */
  release(port: number, line: Line): void {
    const kept = this.#idle.get(port) ?? [];
    this.#idle.set(port, kept);
    // Bytes after the response belong to nothing that was asked.
    if (line.input.pending || kept.length >= PREVIEW_IDLE_CONNECTIONS_MAX) {
      this.discard(line);
      return;
    }
    const gone = (): void => {
      idle.take();
      kept.splice(kept.indexOf(idle), 1);
      this.discard(line);
    };
    // A byte or the end: either way no request may be sent on it.
    const watch = line.connection.onReadable(gone);
    const timer = setTimeout(gone, PREVIEW_IDLE_MS);
    const take = (): void => {
      watch.close();
      clearTimeout(timer);
    };
    const idle: Idle = { line, take };
    kept.push(idle);
    this.#queue.shift()?.();
  }

  discard({ connection }: Line): void {
    connection.close();
    this.#open--;
    this.#queue.shift()?.();
  }

  #closeOneIdle(): void {
    for (const kept of this.#idle.values()) {
      const idle = kept.shift();
      if (idle === undefined) continue;
      idle.take();
      this.discard(idle.line);
      return;
    }
  }
}
