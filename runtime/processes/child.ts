/** A child of the operating system, the same to the bridge whether it has pipes or a terminal. */
import type { Channel } from './ring.ts';
import type { InputSink } from './input.ts';

export interface ChildEvents {
  output(channel: Channel, bytes: Uint8Array): void;
  inputClosed(): void;
  /** The main process ended; output that it or its children still hold may follow. */
  ended(code: number | null, signal: string | null): void;
  /** No more output will come. */
  closed(): void;
}

export interface Child extends InputSink {
  readonly osPid: number;
  readonly tty: boolean;
  pause(): void;
  resume(): void;
  /** Stop waiting for output that background processes hold open. */
  abandonOutput(): void;
  resize?(columns: number, rows: number): void;
}

export interface ChildOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly columns: number;
  readonly rows: number;
}
