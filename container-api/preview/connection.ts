/** A connection of the page to a server of the container. */
import { OUTPUT_WINDOW_BYTES } from '../../src/base/limits.ts';
import type { FromProcessPort, ToProcessPort } from '../../src/protocol/container.ts';

export interface ContainerConnection {
  /** What the server sends; ends when it closes its side. Cancelling closes the connection. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Closing it ends our side; the server's goes on. */
  readonly writable: WritableStream<Uint8Array>;
}

export function wireConnection(port: MessagePort): ContainerConnection {
  const post = (message: ToProcessPort, transfer: Transferable[] = []): void =>
    port.postMessage(message, transfer);
  let taken: (() => void) | undefined;
  let refused = false;
  let owed = OUTPUT_WINDOW_BYTES;
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  port.onmessage = ({ data }: MessageEvent<FromProcessPort>) => {
    switch (data.type) {
      case 'output':
        owed += data.chunk.length;
        controller?.enqueue(data.chunk);
        return;
      case 'output-end':
        controller?.close();
        return;
      case 'input-closed':
        refused = true;
        taken?.();
        return;
      case 'input-taken':
        taken?.();
    }
  };
  return {
    readable: new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (given) => void (controller = given),
        pull() {
          if (owed > 0) post({ type: 'credit', stream: 1, bytes: owed });
          owed = 0;
        },
        cancel: () => post({ type: 'kill', signal: 0 }),
      },
      { highWaterMark: OUTPUT_WINDOW_BYTES / 2, size: (chunk) => chunk.length },
    ),
    writable: new WritableStream<Uint8Array>({
      async write(chunk) {
        if (refused) throw new Error('The server has closed the connection.');
        const own = new Uint8Array(chunk);
        const done = new Promise<void>((resolve) => (taken = resolve));
        post({ type: 'input', chunk: own }, [own.buffer]);
        await done;
      },
      close: () => post({ type: 'input-end' }),
      abort: () => post({ type: 'kill', signal: 0 }),
    }),
  };
}
