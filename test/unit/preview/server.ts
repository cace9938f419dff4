/** A real Node server, and connections to it as the preview's HTTP client has them. */
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { Errno } from '../../../src/base/errno.ts';
import { type Connection, ConnectionReset, type Dial } from '../../../src/kernel/preview/connection.ts';

class SocketConnection implements Connection {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const { done, value } = await this.#chunks.next();
      return done ? undefined : new Uint8Array(value);
    } catch {
      if (this.#socket.destroyed && this.#socket.errored === null) return undefined;
      throw new ConnectionReset('the connection was reset');
    }
  }

  write(chunk: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => this.#socket.write(chunk, (error) => resolve(!error)));
  }

  onReadable(listener: () => void) {
    this.#socket.once('readable', listener);
    return { close: () => void this.#socket.off('readable', listener) };
  }

  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** How many connections were made is in `opened`. */
export async function listen(server: Server): Promise<{ port: number; dial: Dial; opened: () => number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let count = 0;
  const dial: Dial = (wanted) => {
    if (wanted !== port) return -Errno.ECONNREFUSED;
    count++;
    return new SocketConnection(connect({ port, host: '127.0.0.1', noDelay: true }));
  };
  return { port, dial, opened: () => count };
}
