/** Pseudo-terminals: the page holds the master's side, processes the slave's, two rings and the modes between. */
import { Errno } from '../../base/errno.ts';
import { Signal } from '../../base/signals.ts';
import type { TerminalSize } from '../../protocol/container.ts';
import { PipeFlag, PipeWord, TTY_COOKED, TtyFlag } from '../../protocol/ipc-layout.ts';
import { readControls } from '../../protocol/terminal-controls.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import type { PipeEnds } from '../../protocol/process.ts';
import type { Holdings } from '../pipes/books.ts';
import { type PipeBooks } from '../pipes/books.ts';
import type { Process } from '../process/process.ts';
import type { ProcessTable } from '../process/table.ts';
import { LineDiscipline } from './discipline.ts';

export class Terminal {
  readonly input: PipeRing;
  readonly output: PipeRing;
  /** What a process gets as its descriptors. */
  readonly slave: PipeEnds;
  readonly discipline: LineDiscipline;
  readonly #table: ProcessTable;
  /** Keys that the ring had no room for yet. */
  readonly deliver: { push(bytes: Uint8Array): void };

  constructor(
    table: ProcessTable,
    input: PipeRing,
    output: PipeRing,
    echo: (bytes: Uint8Array) => void,
    deliver: { push(bytes: Uint8Array): void },
    hold: (held: boolean) => void,
  ) {
    this.#table = table;
    this.input = input;
    this.output = output;
    this.slave = { input: input.id, output: output.id, tty: true };
    this.deliver = deliver;
    input.setWord(PipeWord.ttyFlags, TTY_COOKED);
    input.setWord(PipeWord.ttyOutput, output.id);
    this.discipline = new LineDiscipline({
      modes: () => input.word(PipeWord.ttyFlags),
      controls: () => readControls(input),
      deliver: (bytes) => deliver.push(bytes),
      end: () => input.markEnd(),
      echo: (bytes) => echo(this.mapOutput(bytes)),
      hold,
      signal: (signal) => this.signalForeground(signal),
    });
  }

  /** `\n` becomes `\r\n` (OPOST with ONLCR). */
  mapOutput(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    if ((this.input.word(PipeWord.ttyFlags) & TtyFlag.mapOutput) === 0) return new Uint8Array(bytes);
    let newlines = 0;
    for (const byte of bytes) if (byte === 10) newlines++;
    const mapped = new Uint8Array(bytes.length + newlines);
    let at = 0;
    for (const byte of bytes) {
      if (byte === 10) mapped[at++] = 13;
      mapped[at++] = byte;
    }
    return mapped;
  }

  resize({ columns, rows }: TerminalSize): void {
    const { input } = this;
    if (input.word(PipeWord.columns) === columns && input.word(PipeWord.rows) === rows) return;
    input.setWord(PipeWord.columns, columns);
    input.setWord(PipeWord.rows, rows);
    this.signalForeground(Signal.SIGWINCH);
  }

  signalForeground(signal: number): void {
    const group = this.input.word(PipeWord.foreground);
    if (group > 0) this.#table.signalGroup(group, signal);
  }

  /** The screen is gone: reads end, writes fail, the session is told. */
  hangUp(): void {
    const session = this.input.word(PipeWord.session);
    this.discipline.release();
    this.input.raise(PipeFlag.hangup);
    this.output.raise(PipeFlag.hangup);
    for (const process of this.#table.all()) {
      if (process.terminal !== this.input.id || process.sid !== session) continue;
      this.#table.signal(process, Signal.SIGHUP);
      this.#table.signal(process, Signal.SIGCONT);
    }
  }

  lead(process: Process): void {
    this.input.setWord(PipeWord.foreground, process.pgid);
    this.input.setWord(PipeWord.session, process.sid);
  }
}

export class Terminals {
  readonly #books: PipeBooks;
  readonly #table: ProcessTable;
  readonly #terminals = new Map<number, Terminal>();

  constructor(books: PipeBooks, table: ProcessTable) {
    this.#books = books;
    this.#table = table;
  }

  /** A new terminal whose master side `master` holds; -ENFILE without room for its rings. */
  create(
    master: Holdings,
    size: TerminalSize,
    wire: (
      input: PipeRing,
      output: PipeRing,
    ) => {
      echo(bytes: Uint8Array): void;
      deliver: { push(bytes: Uint8Array): void };
      hold(held: boolean): void;
    },
  ): Terminal | number {
    const inputId = this.#books.allocate();
    if (inputId < 0) return inputId;
    this.#books.hold(master, { output: inputId });
    const outputId = this.#books.allocate();
    if (outputId < 0) {
      this.#books.drop(master, { output: inputId });
      return outputId;
    }
    this.#books.hold(master, { input: outputId });
    const [input, output] = [this.#books.ring(inputId), this.#books.ring(outputId)];
    const { echo, deliver, hold } = wire(input, output);
    const terminal = new Terminal(this.#table, input, output, echo, deliver, hold);
    terminal.resize(size);
    this.#terminals.set(inputId, terminal);
    return terminal;
  }

  forget(terminal: Terminal): void {
    this.#terminals.delete(terminal.input.id);
  }

  /** Numbers of the terminals there are, as in /dev/pts. */
  ids(): number[] {
    return [...this.#terminals.keys()];
  }
  slave(id: number): PipeEnds | undefined {
    return this.#terminals.get(id)?.slave;
  }
  /** → 0 or -errno */
  resize(id: number, size: TerminalSize): number {
    const terminal = this.#terminals.get(id);
    terminal?.resize(size);
    return terminal ? 0 : -Errno.ENOTTY;
  }

  /** A process opens its terminal anew (/dev/tty). → the output ring, or -errno */
  open(input: number, process: Process): number {
    const terminal = this.#terminals.get(input);
    if (terminal === undefined || process.terminal !== input) return -Errno.ENXIO;
    this.#books.hold(process.holdings, terminal.slave);
    return terminal.output.id;
  }

  /** Keys that no program has read yet, all of them in raw mode. */
  takeUnread(input: number): Uint8Array {
    const ring = this.#terminals.get(input)?.input;
    const keys = new Uint8Array(ring?.length ?? 0);
    return keys.subarray(0, Math.max(0, ring?.tryRead(keys) ?? 0));
  }

  /** As if they were pressed now. */
  type(input: number, keys: Uint8Array): void {
    this.#terminals.get(input)?.discipline.receive(keys);
  }

  changed(input: number, change: 'modes' | 'size'): void {
    const terminal = this.#terminals.get(input);
    if (change === 'modes') {
      terminal?.discipline.modesChanged();
      terminal?.input.wakeAll();
    } else terminal?.signalForeground(Signal.SIGWINCH);
  }
}
