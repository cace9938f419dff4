/** A terminal on the page wired to a process: keys, output, size and end. */
import type { ContainerProcess } from './process.ts';

interface Disposable {
  dispose(): void;
}

/** What is used of xterm.js's Terminal. */
export interface XtermLike {
  readonly cols: number;
  readonly rows: number;
  write(data: string | Uint8Array, callback?: () => void): void;
  onData(listener: (data: string) => void): Disposable;
  onBinary?(listener: (data: string) => void): Disposable;
  onResize(listener: (size: { cols: number; rows: number }) => void): Disposable;
}

export interface TerminalSession {
  readonly process: ContainerProcess<Uint8Array>;
  readonly exit: Promise<number>;
  /** Takes the terminal away from the process: it is sent SIGHUP. */
  close(): void;
}

/** Starts a process for the terminal; what is typed until it stands is its input too. */
export async function openSession(
  terminal: XtermLike,
  start: () => Promise<ContainerProcess<Uint8Array>>,
): Promise<TerminalSession> {
  const typed: string[] = [];
  const early = terminal.onData((data) => typed.push(data));
  try {
    return wireTerminal(terminal, await start(), typed);
  } finally {
    early.dispose();
  }
}

function wireTerminal(
  terminal: XtermLike,
  process: ContainerProcess<Uint8Array>,
  typed: readonly string[],
): TerminalSession {
  const input = process.input.getWriter();
  const encoder = new TextEncoder();
  const send = (bytes: Uint8Array): void => void input.write(bytes).catch(() => undefined);
  if (typed.length > 0) send(encoder.encode(typed.join('')));
  const wires = [
    terminal.onData((data) => send(encoder.encode(data))),
    terminal.onBinary?.((data) => send(Uint8Array.from(data, (unit) => unit.charCodeAt(0)))),
    // xterm.js tells more than the size.
    terminal.onResize(({ cols, rows }) => process.resize({ cols, rows })),
  ];
  const shown = process.output.pipeTo(
    new WritableStream({
      // xterm calls back when it has drawn: a fast program waits for the screen.
      write: (chunk) => new Promise<void>((resolve) => terminal.write(chunk, resolve)),
    }),
  );
  const unwire = (): void => {
    for (const wire of wires) wire?.dispose();
  };
  const exit = process.exit.then(async (code) => {
    unwire();
    await shown.catch(() => undefined);
    return code;
  });
  return {
    process,
    exit,
    close() {
      unwire();
      void input.close().catch(() => undefined);
    },
  };
}
