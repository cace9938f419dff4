/**
 * A child with a terminal. node-pty (pinned) is used beneath its surface for two things that it does not offer:
 * writes that tell when they were taken, and output that is not thrown away when the child ends while it is paused
 * (it destroys its socket 200 ms after the end, whatever is still to be read).
 */
import { constants } from 'node:os';
import type { Socket } from 'node:net';
import { spawn, type IPty } from '@lydell/node-pty';
import { BridgeError, messageOf } from '../errors.ts';
import type { Child, ChildEvents, ChildOptions } from './child.ts';

const END_OF_INPUT = Buffer.from([4]); // ^D

function socketOf(terminal: IPty): Socket {
  const socket = (terminal as IPty & { _socket?: Socket })._socket;
  if (socket === undefined)
    throw new Error('node-pty has no _socket: it is not the version that this was written for');
  return socket;
}

function signalName(number: number | undefined): string | null {
  if (number === undefined || number === 0) return null;
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `SIG${number}`;
}

/** Holds `destroy` back while the reader is paused, so that what the terminal still has is read first. */
function keepWhilePaused(socket: Socket): { pause(): void; resume(): void } {
  const destroy = socket.destroy.bind(socket);
  let paused = false;
  let held = false;
  socket.destroy = (error?: Error) => {
    if (paused && error === undefined) {
      held = true;
      return socket;
    }
    return destroy(error);
  };
  return {
    pause: () => {
      paused = true;
      socket.pause();
    },
    resume: () => {
      paused = false;
      socket.resume();
      // What is left fits the kernel's terminal buffer: the read that meets its end closes the socket by itself.
      if (held) held = false;
    },
  };
}

export function spawnWithTerminal(options: ChildOptions, events: ChildEvents): Child {
  let terminal: IPty;
  try {
    terminal = spawn(options.file, [...options.args], {
      cwd: options.cwd,
      env: { ...options.env },
      cols: options.columns,
      rows: options.rows,
      name: 'xterm-256color',
      encoding: null,
    });
  } catch (error) {
    throw new BridgeError('EAGAIN', `No terminal could be opened: ${messageOf(error)}`);
  }
  const socket = socketOf(terminal);
  const flow = keepWhilePaused(socket);
  // With `encoding: null` node-pty hands out Buffers, which its types do not say.
  terminal.onData((data: unknown) => events.output('stdout', data as Buffer));
  terminal.onExit(({ exitCode, signal }) => {
    const name = signalName(signal);
    events.ended(name === null ? exitCode : null, name);
    events.closed();
  });
  let ended = false;
  socket.on('close', () => events.inputClosed());
  return {
    osPid: terminal.pid,
    tty: true,
    write: (bytes, taken) => socket.write(bytes, () => taken()),
    end: () => {
      if (!ended) socket.write(END_OF_INPUT);
      ended = true;
    },
    pause: flow.pause,
    resume: flow.resume,
    abandonOutput: () => socket.destroy(),
    resize: (columns, rows) => terminal.resize(columns, rows),
  };
}
