/** The terminal of a container under a program of the runtime. */
import { concat } from '../../base/bytes.ts';
import { PipeWord } from '../../protocol/ipc-layout.ts';
import type { RemoteProcess } from '../../remote/process.ts';
import type { HostedIo } from '../hosted/io.ts';
import type { Kernel } from '../kernel.ts';

/** As this terminal has it while its line discipline may be off, or just going off. */
const NEW_LINE = '\r\n';
/** A screen that takes nothing for so long keeps nobody waiting. */
const DRAIN_MAX_MS = 1000;
const DRAIN_STEP_MS = 2;

/** A line of ours on the terminal, beside what the program draws: in a terminal dim. */
export async function say(io: HostedIo, text: string, dim = true): Promise<void> {
  const line = io.isTerminal(2) ? `${dim ? `\x1b[2m${text}\x1b[0m` : text}${NEW_LINE}` : `${text}\n`;
  await io.write(2, line).catch(() => undefined);
}

/** A terminal's input belongs to the group in its foreground. */
export function foreground(kernel: Kernel, io: HostedIo): boolean {
  if (!io.isTerminal(0) || io.process.terminal === null) return true;
  return kernel.books.ring(io.process.terminal).word(PipeWord.foreground) === io.process.pgid;
}

/** The terminal here, whose keys and screen are those of the terminal there while a program runs in it. */
export class RemoteTerminal {
  readonly #kernel: Kernel;
  readonly #input: number | undefined;
  readonly #io: HostedIo;
  #modes: number | undefined;

  constructor(kernel: Kernel, io: HostedIo) {
    this.#kernel = kernel;
    this.#input = io.terminal;
    this.#io = io;
  }

  get size(): { cols: number; rows: number } {
    if (this.#input === undefined) return { cols: 80, rows: 24 };
    const ring = this.#kernel.books.ring(this.#input);
    return { cols: Math.max(1, ring.word(PipeWord.columns)), rows: Math.max(1, ring.word(PipeWord.rows)) };
  }

  /** Tells the terminal there its size. */
  async fit(process: RemoteProcess): Promise<void> {
    await process.resize(this.size.cols, this.size.rows).catch(() => undefined);
  }

  /** Has what runs there draw its screen anew: a terminal tells of a size only when it is another. */
  async redraw(process: RemoteProcess): Promise<void> {
    await process.resize(this.size.cols, this.size.rows + 1).catch(() => undefined);
    await this.fit(process);
  }

  makeRaw(): void {
    if (this.#input === undefined || this.#modes !== undefined || !foreground(this.#kernel, this.#io)) return;
    this.#modes = this.#kernel.books.ring(this.#input).word(PipeWord.ttyFlags);
    this.#set(0);
  }

  restore(): void {
    if (this.#modes !== undefined) this.#set(this.#modes);
    this.#modes = undefined;
  }

  /** The program has ended: what was typed after that is typed once more, for what comes next. */
  giveBack(untaken: readonly Uint8Array[]): void {
    if (this.#input === undefined || this.#modes === undefined) return;
    const { terminals } = this.#kernel;
    const keys = concat([...untaken, terminals.takeUnread(this.#input)]);
    this.restore();
    if (keys.length > 0) terminals.type(this.#input, keys);
  }

  /** What was written under the other modes is on its way to the screen (TCSADRAIN of termios(3)). */
  async drained(): Promise<void> {
    const { books } = this.#kernel;
    if (this.#input === undefined || !books.exists(this.#input)) return;
    const output = books.ring(this.#input).word(PipeWord.ttyOutput);
    for (let waitedMs = 0; waitedMs < DRAIN_MAX_MS; waitedMs += DRAIN_STEP_MS) {
      if (!books.exists(output) || books.ring(output).length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
  }

  #set(modes: number): void {
    if (this.#input === undefined || !this.#kernel.books.exists(this.#input)) return;
    this.#kernel.books.ring(this.#input).setWord(PipeWord.ttyFlags, modes);
    this.#kernel.terminals.changed(this.#input, 'modes');
  }
}
