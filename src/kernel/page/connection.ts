/** A raw connection of the page to a server of the container: bytes both ways over one MessagePort. */
import { Errno } from '../../base/errno.ts';
import type { FromProcessPort, Outcome, ToProcessPort } from '../../protocol/container.ts';
import type { Kernel } from '../kernel.ts';
import { InputPump, OutputPump } from '../pipes/pump.ts';

export function connectForPage(kernel: Kernel, port: number, wire: MessagePort): Outcome<undefined> {
  const { books, holdings, sockets } = kernel;
  const answer = sockets.dial(holdings, port);
  if (typeof answer === 'number' || answer.input === undefined || answer.output === undefined) {
    wire.close();
    const errno = typeof answer === 'number' ? answer : -Errno.ENOTCONN;
    return { ok: false, errno, syscall: 'connect', path: `localhost:${port}` };
  }
  const { input, output } = answer;
  const post = (message: FromProcessPort, transfer: Transferable[] = []): void =>
    wire.postMessage(message, transfer);
  const fromServer = new OutputPump(books.ring(input), 1, post, () => books.drop(holdings, { input }));
  const toServer = new InputPump(books.ring(output), post, () => books.drop(holdings, { output }));
  wire.onmessage = ({ data }: MessageEvent<ToProcessPort>) => {
    switch (data.type) {
      case 'input':
        toServer.push(data.chunk);
        return;
      case 'input-end':
        toServer.end();
        return;
      case 'credit':
        fromServer.grant(data.bytes);
        return;
      case 'kill':
        toServer.close();
        fromServer.close();
    }
  };
  return { ok: true, value: undefined };
}
