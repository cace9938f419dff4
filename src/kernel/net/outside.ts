/** Other hosts as the sockets see them: names, and connections that end in the gateway. */
import { Errno } from '../../base/errno.ts';
import type { IpEndpoint, SocketAnswer } from '../../protocol/sockets.ts';
import type { Holdings, PipeBooks } from '../pipes/books.ts';
import { NOT_CONNECTED } from '../remote/runtime.ts';
import { serveConnection } from './gateway.ts';
import { Names } from './names.ts';
import type { NetworkPolicy } from './policy.ts';
import { Attempts, type Outcome, relayConnection } from './relay.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { RingStream } from './ring-stream.ts';
import type { Outside } from './sockets.ts';

/** Of HTTP and HTTPS: what is asked there is fetched. */
const WEB_PORTS = new Set([80, 443]);
/**
 * Where services listen that speak another protocol than HTTP: without a runtime, a connection there fails at once
 * rather than be taken for one of HTTP. (IANA's port numbers, and what their makers chose.)
 */
const OTHER_PORTS = new Set([
  21, 22, 23, 25, 53, 110, 119, 143, 389, 465, 563, 587, 636, 853, 993, 995, 1433, 1521, 1883, 3306, 3389,
  4222, 5222, 5432, 5433, 5671, 5672, 5900, 6379, 6380, 6432, 6667, 6697, 8883, 9042, 9092, 11211, 27017,
  33060,
]);

export interface OutsideHost {
  readonly books: PipeBooks;
  /** The kernel's own. */
  readonly holdings: Holdings;
  readonly policy: NetworkPolicy;
  /** The external runtime, while one is connected. */
  relay(): RemoteConnection | undefined;
  /** Two rings that are one connection. */
  pair(): [number, number] | number;
  report(message: string): void;
}

export function createOutside(host: OutsideHost): Outside {
  const { books, holdings, policy } = host;
  const names = new Names(policy);
  const told = new Set<string>();
  const attempts = new Attempts();
  return {
    resolve: (name) => names.resolve(name),
    nameOf: (address) => names.nameOf(address),
    connect(caller, to, from) {
      const name = names.hostOf(to);
      const way = wayTo(host, name, to.port);
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
      const destination = { host: name, port: to.port };
      if (way === 'gateway') {
        void serveConnection(gateway, destination, stream);
        return answerOf(back, there, to, from);
      }
      const ring = books.ring(there);
      attempts.begin(ring);
      if ('reason' in way) void failLater(attempts, ring, stream, way);
      else void relayConnection({ remote: way, ...destination, stream, ring, attempts });
      const answer = answerOf(back, there, to, from);
      return { ...answer, socket: { ...answer.socket, relayed: true }, pending: true };
    },
    outcome: (ring) => attempts.take(ring),
  };
}

function answerOf(input: number, output: number, to: IpEndpoint, from: IpEndpoint): SocketAnswer {
  return { input, output, socket: { kind: 'tcp', remote: to, local: from } };
}

/** By fetch, through the runtime, or why neither. */
function wayTo(
  { policy, relay }: OutsideHost,
  host: string,
  port: number,
): 'gateway' | RemoteConnection | Required<Outcome> {
  const fetched = policy.refusalOf(host) === undefined;
  const refusal = policy.tcpRefusalOf(host, port);
  const runtime = relay();
  if (runtime !== undefined && policy.namesTcp(host, port)) return runtime;
  if (fetched && WEB_PORTS.has(port)) return 'gateway';
  if (refusal === undefined && runtime !== undefined) return runtime;
  if (fetched && !OTHER_PORTS.has(port)) return 'gateway';
  if (!fetched && WEB_PORTS.has(port)) return { result: -Errno.EACCES, reason: policy.refusalOf(host) ?? '' };
  return refusal !== undefined
    ? { result: -Errno.EACCES, reason: refusal }
    : { result: -Errno.ENETUNREACH, reason: `a browser makes no such connection, and ${NOT_CONNECTED}` };
}

async function failLater(
  attempts: Attempts,
  ring: PipeRing,
  stream: RingStream,
  outcome: Required<Outcome>,
): Promise<void> {
  await Promise.resolve();
  attempts.end(ring, outcome);
  stream.close();
}
