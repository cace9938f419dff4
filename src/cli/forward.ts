import { createServer, type Server, type Socket } from 'node:net';
import { Failure } from './failure.ts';
import type { Session } from './session.ts';

/** A port of the container and the port of this machine that leads to it. */
export interface PortForward {
  guestPort: number;
  hostPort: number;
}

/** Listens on 127.0.0.1 and passes each connection to the container's server. Throws ERR_PORT_TAKEN. */
export function forwardPort(session: Session, { guestPort, hostPort }: PortForward): Promise<Server> {
  // A client that has sent its all still waits for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    pass(session, guestPort, socket).catch(() => socket.resetAndDestroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Failure('ERR_PORT_TAKEN', `Port ${hostPort} cannot be listened on: ${error.message}`)),
    );
    server.listen(hostPort, '127.0.0.1', () => resolve(server));
  });
}

async function pass(session: Session, port: number, socket: Socket): Promise<void> {
  socket.on('error', () => socket.destroy());
  socket.setNoDelay(true);
  const connection = await session.connect(port);
  socket.on('close', () => connection.kill('SIGKILL'));
  connection.stdin.on('error', () => undefined);
  socket.pipe(connection.stdin);
  connection.stdout.pipe(socket);
  await connection.exited;
}
