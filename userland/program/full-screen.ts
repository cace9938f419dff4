/** The terminal of a program that draws on all of it: its modes, its other page, and what signals do meanwhile. */
import { TtyFlag } from '../../src/protocol/ipc-layout.ts';
import { Signal } from '../../src/base/signals.ts';
import type { ProgramContext } from './program.ts';
import { terminalSize } from './terminal.ts';

const DEFAULT_SIZE: [number, number] = [80, 24];
/** Each key at once and unseen; ^C and ^Z stay signals. */
const KEY_MODES = TtyFlag.signals | TtyFlag.mapInput | TtyFlag.mapOutput;
const CAUGHT = [
  Signal.SIGINT,
  Signal.SIGTERM,
  Signal.SIGHUP,
  Signal.SIGTSTP,
  Signal.SIGWINCH,
  Signal.SIGCONT,
];

export interface FullScreenOptions {
  /** The terminal whose keys are read; undefined when there is none. */
  readonly keys: number | undefined;
  /** Written when the screen is taken and when it is given back. */
  readonly enter: string;
  readonly leave: string;
}

export class FullScreen {
  readonly #context: ProgramContext;
  readonly #options: FullScreenOptions;
  #modes = 0;

  constructor(context: ProgramContext, options: FullScreenOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Runs `body` on the screen, and gives it back whatever happens. */
  during<T>(body: () => T): T {
    for (const signal of CAUGHT) this.#context.system.unix.signalAction(signal, 'catch');
    this.#take();
    try {
      return body();
    } finally {
      this.#giveBack();
    }
  }

  /** Runs `body` on the screen as it was before. */
  aside<T>(body: () => T): T {
    this.#giveBack();
    try {
      return body();
    } finally {
      this.#take();
    }
  }

  size(): [columns: number, rows: number] {
    const { keys } = this.#options;
    const context = this.#context;
    return (
      terminalSize(context, 1) ??
      (keys === undefined ? undefined : terminalSize(context, keys)) ??
      DEFAULT_SIZE
    );
  }

  write(text: string): void {
    this.#context.stdout.write(text);
    this.#context.stdout.flush();
  }

  /** What has arrived: `redraw` after another size or a stop, the signal that asks for an end, nothing. */
  signalled(): 'redraw' | number | undefined {
    const signals = this.#context.system.unix.takeSignals();
    if (signals.includes(Signal.SIGTSTP)) this.#stop();
    const fatal = signals.find((signal) =>
      ([Signal.SIGINT, Signal.SIGTERM, Signal.SIGHUP] as number[]).includes(signal),
    );
    return fatal ?? (signals.length > 0 ? 'redraw' : undefined);
  }

  /** ^Z: the shell finds its terminal as it was. */
  #stop(): void {
    const { unix, process } = this.#context.system;
    this.aside(() => {
      unix.signalAction(Signal.SIGTSTP, 'default');
      process.kill(process.pid, Signal.SIGTSTP);
      unix.takeSignals();
      unix.signalAction(Signal.SIGTSTP, 'catch');
    });
  }

  #take(): void {
    const { keys, enter } = this.#options;
    const { streams } = this.#context.system;
    if (keys !== undefined) {
      this.#modes = streams.terminalModes(keys);
      streams.setTerminalModes(keys, KEY_MODES);
    }
    this.write(enter);
  }
  #giveBack(): void {
    const { keys, leave } = this.#options;
    this.write(leave);
    if (keys !== undefined) this.#context.system.streams.setTerminalModes(keys, this.#modes);
  }
}
