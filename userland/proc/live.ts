/** A screen that is drawn again and again until a key or signal ends it. */
import { FullScreen } from '../program/full-screen.ts';
import type { ProgramContext } from '../program/program.ts';
import { isTerminal } from '../program/terminal.ts';
import { latin1 } from '../text/text.ts';

const ALTERNATE = '\x1b[?1049h\x1b[?25l';
const NORMAL = '\x1b[?25h\x1b[?1049l';

export interface LiveOptions {
  /** Asked before each wait. */
  readonly intervalMs: () => number;
  readonly draw: (columns: number, rows: number) => string;
  /** A key that was pressed: true ends it. */
  readonly key: (key: string, screen: FullScreen) => boolean;
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
    const keys = isTerminal(this.#context, 0) ? 0 : undefined;
    const screen = new FullScreen(this.#context, { keys, enter: ALTERNATE, leave: NORMAL });
    return screen.during(() => {
      for (;;) {
        const [columns, rows] = screen.size();
        const lines = this.#options.draw(columns, rows).split('\n').slice(0, rows);
        screen.write(`\x1b[H${lines.map((line) => `\x1b[K${line}\x1b[m`).join('\r\n')}\x1b[J`);
        if (this.#options.ended?.()) return 0;
        const ended = this.#wait(screen, keys);
        if (ended !== undefined) return ended;
      }
    });
  }

  /** Until the next drawing is due. → what ends it: 0 for a key, or the signal */
  #wait(screen: FullScreen, keys: number | undefined): number | undefined {
    const { streams, unix, clock } = this.#context.system;
    const due = clock.now() + this.#options.intervalMs();
    for (;;) {
      const signal = screen.signalled();
      if (signal === 'redraw') return undefined;
      if (signal !== undefined) return signal;
      const left = due - clock.now();
      if (left <= 0) return undefined;
      if (keys === undefined) unix.sleep(left);
      else if (streams.poll([{ fd: keys, read: true, write: false }], null, left) === 1)
        return this.#pressed(screen, keys);
    }
  }

  #pressed(screen: FullScreen, keys: number): number | undefined {
    const bytes = new Uint8Array(16);
    const count = this.#context.system.files.read(keys, bytes, null);
    if (count === 0) return 0;
    for (const key of latin1(bytes.subarray(0, Math.max(0, count))))
      if (this.#options.key(key, screen)) return 0;
    return undefined;
  }
}
