/**
 * The line discipline of a terminal: what becomes of the keys that arrive. Cooked input is edited here and handed on a
 * line at a time; raw input passes. As Linux's n_tty does with the usual control characters of stty(1).
 */
import { TERMINAL_LINE_MAX_BYTES } from '../../base/limits.ts';
import { Signal } from '../../base/signals.ts';
import { CONTROL_DISABLED, type TerminalControls } from '../../base/terminal-controls.ts';
import { TtyFlag } from '../../protocol/ipc-layout.ts';

export interface DisciplineHost {
  /** TtyFlag bits, as the programs have set them by now. */
  modes(): number;
  /** Which keys signal, erase and end, as the programs have set them by now. */
  controls(): TerminalControls;
  /** Bytes that a program may read. */
  deliver(bytes: Uint8Array): void;
  /** End of file at this point (^D on an empty line). */
  end(): void;
  /** To the screen. */
  echo(bytes: Uint8Array): void;
  /** Output of programs is held, or goes on. */
  hold(held: boolean): void;
  /** To the foreground process group. */
  signal(signal: number): void;
}

const Key = {
  backspace: 0x08,
  newline: 0x0a,
  return: 0x0d,
  reprint: 0x12,
  space: 0x20,
  delete: 0x7f,
} as const;

const RUB_OUT = [8, 32, 8];
/** Without these, keys go to the program as they are. */
const HANDLED = TtyFlag.canonical | TtyFlag.signals | TtyFlag.mapInput | TtyFlag.echo | TtyFlag.flowControl;

export class LineDiscipline {
  readonly #host: DisciplineHost;
  /** The line being edited. */
  #line: number[] = [];
  #literalNext = false;
  /** The key that stops the output was pressed: nothing is shown until the one that starts it, or a signal. */
  #held = false;
  /** What `receive` has to show: one message for a whole paste. */
  #screen: number[] = [];

  constructor(host: DisciplineHost) {
    this.#host = host;
  }

  receive(bytes: Uint8Array): void {
    const modes = this.#host.modes();
    if ((modes & HANDLED) === 0) {
      this.modesChanged();
      this.#host.deliver(bytes);
      return;
    }
    const plain: number[] = [];
    for (const byte of bytes) this.#key(byte, this.#host.modes(), plain);
    if (plain.length > 0) this.#host.deliver(Uint8Array.from(plain));
    this.#show();
  }

  /** A program has left cooked mode: what was typed so far can be read. */
  modesChanged(): void {
    if ((this.#host.modes() & TtyFlag.flowControl) === 0) this.release();
    if (this.#host.modes() & TtyFlag.canonical || this.#line.length === 0) return;
    this.#host.deliver(Uint8Array.from(this.#line));
    this.#line = [];
  }

  /** The output goes on, whatever was pressed. */
  release(): void {
    if (this.#held) this.#hold(false);
  }

  #hold(held: boolean): void {
    this.#show();
    this.#held = held;
    this.#host.hold(held);
    this.#show();
  }

  #key(given: number, modes: number, plain: number[]): void {
    const byte = given === Key.return && modes & TtyFlag.mapInput && !this.#literalNext ? Key.newline : given;
    const controls = this.#host.controls();
    const flows = modes & TtyFlag.flowControl && !this.#literalNext && byte !== CONTROL_DISABLED;
    if (flows && (byte === controls.stop || byte === controls.start)) {
      this.#hold(byte === controls.stop);
      return;
    }
    const signal = modes & TtyFlag.signals && !this.#literalNext ? signalOf(byte, controls) : undefined;
    if (signal !== undefined) {
      this.#line = [];
      this.#echo(modes, shown(byte));
      this.release();
      this.#show();
      this.#host.signal(signal);
    } else if (modes & TtyFlag.canonical) {
      this.#edit(byte, modes, controls);
    } else {
      // The program has just left cooked mode: what was typed before comes first.
      plain.push(...this.#line, byte);
      this.#line = [];
      this.#echo(modes, shown(byte));
    }
  }

  #edit(byte: number, modes: number, controls: TerminalControls): void {
    if (this.#literalNext) {
      this.#literalNext = false;
      this.#insert(byte, modes);
    } else if (byte === controls.erase || (byte === Key.backspace && controls.erase === Key.delete))
      this.#erase(modes, () => false);
    else if (byte === controls.kill) this.#erase(modes, () => true);
    else if (byte === controls.werase) this.#eraseWord(modes);
    else if (byte === controls.lnext) this.#literalNext = true;
    else if (byte === Key.reprint)
      this.#echo(modes, [...shown(byte), Key.newline, ...this.#line.flatMap(shown)]);
    else if (byte === controls.eof) {
      if (this.#line.length === 0) this.#host.end();
      else this.#submit();
    } else if (byte === Key.newline) {
      this.#line.push(byte);
      this.#echo(modes, [byte]);
      this.#submit();
    } else this.#insert(byte, modes);
  }

  #insert(byte: number, modes: number): void {
    // Linux rings the bell where the line is full; the last place is the newline's.
    if (this.#line.length >= TERMINAL_LINE_MAX_BYTES - 1) {
      this.#echo(modes, [7]);
      return;
    }
    this.#line.push(byte);
    this.#echo(modes, shown(byte));
  }

  #submit(): void {
    const line = Uint8Array.from(this.#line);
    this.#line = [];
    this.#show();
    this.#host.deliver(line);
  }

  /** Rubs out one character, and further ones while `more` says so of the character before. */
  #erase(modes: number, more: (next: number) => boolean): void {
    const echo: number[] = [];
    while (this.#line.length > 0) {
      let last = this.#line.pop() ?? 0;
      // The continuation bytes of a UTF-8 character go with its first.
      while ((last & 0xc0) === 0x80 && this.#line.length > 0) last = this.#line.pop() ?? 0;
      for (let column = 0; column < shown(last).length; column++) echo.push(...RUB_OUT);
      const next = this.#line.at(-1);
      if (next === undefined || !more(next)) break;
    }
    this.#echo(modes, echo);
  }

  #eraseWord(modes: number): void {
    let inWord = this.#line.at(-1) !== Key.space;
    this.#erase(modes, (next) => {
      if (next !== Key.space) inWord = true;
      return next !== Key.space || !inWord;
    });
  }

  #echo(modes: number, bytes: number[]): void {
    // Held for long, only so much of what is typed is shown later.
    if (modes & TtyFlag.echo && this.#screen.length < TERMINAL_LINE_MAX_BYTES) this.#screen.push(...bytes);
  }

  #show(): void {
    if (this.#held) return;
    if (this.#screen.length > 0) this.#host.echo(Uint8Array.from(this.#screen));
    this.#screen = [];
  }
}

function signalOf(byte: number, controls: TerminalControls): number | undefined {
  if (byte === CONTROL_DISABLED) return undefined;
  if (byte === controls.intr) return Signal.SIGINT;
  if (byte === controls.quit) return Signal.SIGQUIT;
  return byte === controls.susp ? Signal.SIGTSTP : undefined;
}

/** A control character shows as `^X`. */
function shown(byte: number): number[] {
  if (byte === Key.newline || byte === 9 || (byte >= Key.space && byte !== Key.delete)) return [byte];
  return [0x5e, byte ^ 0x40];
}
