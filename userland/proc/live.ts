/** A screen that is drawn again and again until a key or signal ends it. */
import { Signal } from '../../src/base/signals.ts';
import type { ProgramContext } from '../program.ts';
import { isTerminal, terminalSize } from '../terminal.ts';
import { latin1 } from '../text.ts';

const RAW = 1;
const COOKED = 0;
const ALTERNATE = '\x1b[?1049h\x1b[?25l';
const NORMAL = '\x1b[?25h\x1b[?1049l';
const DEFAULT_SIZE: [number, number] = [80, 24];

export interface LiveOptions {
  readonly intervalMs: number;
  readonly draw: (columns: number, rows: number) => string;
  /** A key that was pressed: true ends it. */
  readonly key: (key: string) => boolean;
  /** True after a drawing that was the last. */
  readonly ended?: () => boolean;
}

export class LiveScreen {
  readonly #context: ProgramContext;
  readonly #options: LiveOptions;

  constructor(context: ProgramContext, options: LiveOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Returns when a key asks for it, or a signal, which is returned. */
  run(): number {
    const { unix, streams } = this.#context.system;
    const caught = [Signal.SIGINT, Signal.SIGTERM, Signal.SIGHUP, Signal.SIGWINCH];
    for (const signal of caught) unix.signalAction(signal, 'catch');
    const hasKeys = isTerminal(this.#context, 0);
    if (hasKeys) streams.setRawMode(0, RAW);
    this.#write(ALTERNATE);
    try {
      for (;;) {
        const [columns, rows] = terminalSize(this.#context, 1) ?? DEFAULT_SIZE;
        const lines = this.#options.draw(columns, rows).split('\n').slice(0, rows);
        this.#write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
        if (this.#options.ended?.()) return 0;
        const ended = this.#wait(hasKeys);
        if (ended !== undefined) return ended;
      }
    } finally {
      this.#write(NORMAL);
      if (hasKeys) streams.setRawMode(0, COOKED);
    }
  }

  /** Until the next drawing is due. → what ends it: 0 for a key, or the signal */
  #wait(hasKeys: boolean): number | undefined {
    const { streams, unix, clock, files } = this.#context.system;
    const due = clock.now() + this.#options.intervalMs;
    for (;;) {
      const signals = unix.takeSignals();
      const fatal = signals.find((signal) => signal !== Signal.SIGWINCH);
      if (fatal !== undefined) return fatal;
      const left = due - clock.now();
      if (left <= 0 || signals.length > 0) return undefined;
      if (!hasKeys) unix.sleep(left);
      else if (streams.poll([{ fd: 0, read: true, write: false }], null, left) === 1) {
        const bytes = new Uint8Array(16);
        const count = files.read(0, bytes, null);
        if (count === 0) return 0;
        if (count > 0) {
          for (const key of latin1(bytes.subarray(0, count))) {
            if (key === '\x03') return Signal.SIGINT;
            if (this.#options.key(key)) return 0;
          }
          return undefined;
        }
      }
    }
  }

  #write(text: string): void {
    this.#context.stdout.write(text);
    this.#context.stdout.flush();
  }
}
