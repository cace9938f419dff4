/** Other hosts as the sockets see them: names, and connections that end in the gateway. */
import { Errno } from '../../base/errno.ts';
import type { IpEndpoint, SocketAnswer } from '../../protocol/sockets.ts';
import type { Holdings, PipeBooks } from '../pipe-books.ts';
import { serveConnection } from './gateway.ts';
import { Names } from './names.ts';
import type { NetworkPolicy } from './policy.ts';
import { RingStream } from './ring-stream.ts';
import type { Outside } from './sockets.ts';

export interface OutsideHost {
  readonly books: PipeBooks;
  /** The kernel's own. */
  readonly holdings: Holdings;
  readonly policy: NetworkPolicy;
  /** Two rings that are one connection. */
  pair(): [number, number] | number;
  report(message: string): void;
}

export function createOutside(host: OutsideHost): Outside {
  const { books, holdings, policy } = host;
  const names = new Names(policy);
  const told = new Set<string>();
  return {
    resolve: (name) => names.resolve(name),
    nameOf: (address) => names.nameOf(address),
    connect(caller, to, from) {
      const name = names.hostOf(to);
      if (policy.refusalOf(name) !== undefined) return -Errno.EACCES;
      const pair = host.pair();
      if (typeof pair === 'number') return pair;
      const [there, back] = pair;
      books.hold(caller, { input: back, output: there });
      books.hold(holdings, { input: there, output: back });
      const gateway = {
        policy,
        headerDropped(header: string, url: string) {
          const key = `${header} ${new URL(url).host}`;
          if (told.has(key)) return;
          told.add(key);
          host.report(`The browser does not send the header '${header}' of a request to ${url}.`);
        },
      };
      const stream = new RingStream(books, holdings, there, back);
      void serveConnection(gateway, { host: name, port: to.port }, stream);
      return answerOf(back, there, to, from);
    },
  };
}

function answerOf(input: number, output: number, to: IpEndpoint, from: IpEndpoint): SocketAnswer {
  return { input, output, socket: { kind: 'tcp', remote: to, local: from } };
}
