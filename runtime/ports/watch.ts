/** Tells when a process opens or closes a port. Looks only while somebody wants to know. */
import { PORT_POLL_MS } from '../limits.ts';
import type { ProcessTable } from '../processes/table.ts';
import { listeningPorts, type ListeningPort } from './listening.ts';

export type PortListener = (port: ListeningPort, state: 'open' | 'closed') => void;

export class PortWatch {
  readonly #table: ProcessTable;
  readonly #listeners = new Set<PortListener>();
  #open = new Map<number, ListeningPort>();
  #timer: NodeJS.Timeout | undefined;

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  add(listener: PortListener): void {
    this.#listeners.add(listener);
    this.#look();
    for (const port of this.#open.values()) listener(port, 'open');
    this.#timer ??= setInterval(() => this.#look(), PORT_POLL_MS).unref();
  }

  remove(listener: PortListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#open.clear();
  }

  /** The port as it is now. Undefined if no process of the runtime listens on it. */
  find(port: number): ListeningPort | undefined {
    return listeningPorts(this.#table.running).find((open) => open.port === port);
  }

  #look(): void {
    const now = new Map(listeningPorts(this.#table.running).map((port) => [port.port, port]));
    const before = this.#open;
    this.#open = now;
    for (const [number, port] of before) {
      if (now.get(number)?.pid !== port.pid) this.#tell(port, 'closed');
    }
    for (const [number, port] of now) {
      if (before.get(number)?.pid !== port.pid) this.#tell(port, 'open');
    }
  }

  #tell(port: ListeningPort, state: 'open' | 'closed'): void {
    for (const listener of this.#listeners) listener(port, state);
  }
}
