/** Requests about processes, and the binary frames of their input and output. */
import { BridgeError } from '../errors.ts';
import type { Connection, Handlers } from '../connection.ts';
import { FrameKind, type Frame } from '../protocol/runtime/frames.ts';
import type { ProcessTable } from '../processes/table.ts';

type ProcessHandlers = Pick<
  Handlers,
  'spawn' | 'attach' | 'detach' | 'write' | 'end' | 'kill' | 'resize' | 'list'
>;

export function processHandlers(table: ProcessTable): ProcessHandlers {
  return {
    async spawn(message, connection) {
      const { session } = connection;
      const key = connection.resumable && message.id !== undefined ? `${session}\0${message.id}` : undefined;
      const process = await table.spawn(message, key);
      connection.send({ type: 'spawned', ...idOf(message), pid: process.pid, tty: process.tty });
      if (!process.isSubscribed(session, connection)) {
        process.subscribe(session, connection, 0);
        process.pump(session);
      }
      return undefined;
    },
    attach(message, connection) {
      const { session } = connection;
      const process = table.get(message.pid);
      const place = process.subscribe(session, connection, message.from);
      connection.send({
        type: 'attached',
        ...idOf(message),
        pid: process.pid,
        ...place,
        next: process.ring.end,
        stdin: process.received(session),
        tty: process.tty,
        status: process.running ? 'running' : 'exited',
      });
      process.pump(session);
      return undefined;
    },
    detach(message, connection) {
      table.get(message.pid).unsubscribe(connection.session);
      return { type: 'detached', ...idOf(message), pid: message.pid };
    },
    write(message, connection) {
      const process = table.get(message.pid);
      process.write(connection.session, Buffer.from(message.data, message.encoding ?? 'utf8'));
      if (message.end === true) process.endInput();
      return message.id === undefined ? undefined : { type: 'written', id: message.id, pid: message.pid };
    },
    end(message) {
      table.get(message.pid).endInput();
      return message.id === undefined ? undefined : { type: 'written', id: message.id, pid: message.pid };
    },
    kill(message) {
      const signal = message.signal ?? 'SIGTERM';
      table.kill(message.pid, signal, message.scope ?? 'group');
      return { type: 'killed', ...idOf(message), pid: message.pid, signal };
    },
    resize(message) {
      table.get(message.pid).resize(message.cols, message.rows);
      return { type: 'resized', ...idOf(message), pid: message.pid };
    },
    list(message) {
      const processes = table.all.map((process) => process.entry);
      return { type: 'processList', ...idOf(message), processes, stats: table.stats };
    },
  };
}

/** The request's id, if it has one, for its answer. */
export function idOf(message: { id?: string | undefined }): { id?: string } {
  return message.id === undefined ? {} : { id: message.id };
}

/** Frames about processes; false for one of another kind. */
export function processFrame(table: ProcessTable, connection: Connection, frame: Frame): boolean {
  const { kind, target, offset, bytes } = frame;
  switch (kind) {
    case FrameKind.stdin:
      table.get(target).write(connection.session, bytes, offset);
      return true;
    case FrameKind.stdinEnd: {
      const process = table.get(target);
      if (offset > process.received(connection.session)) {
        throw new BridgeError(
          'EPROTO',
          `Input of process ${target} ends at ${offset}, but bytes before it are missing.`,
        );
      }
      process.endInput();
      return true;
    }
    case FrameKind.outputAck:
      table.get(target).acknowledge(connection.session, offset);
      return true;
    default:
      return false;
  }
}
