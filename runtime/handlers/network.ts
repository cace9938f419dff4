/** Requests about ports of remote processes and about hosts of the outside. */
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Connection, Handlers } from '../connection.ts';
import { BridgeError, codeOf } from '../errors.ts';
import type { ServerMessage } from '../protocol/runtime.ts';
import type { PortListener, PortWatch } from '../ports/watch.ts';
import type { RelayPolicy } from '../relay/policy.ts';
import type { DnsRelay } from '../dns/relay.ts';
import type { Tickets } from '../relay/tickets.ts';
import { idOf } from './processes.ts';

type NetworkHandlers = Pick<
  Handlers,
  'portWatch' | 'portConnect' | 'relayConnect' | 'relayResolve' | 'relayQuery' | 'relayTicket'
>;

const CONNECT_TIMEOUT_MS = 20_000;

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, timeout: CONNECT_TIMEOUT_MS });
    const fail = (code: string): void => {
      socket.destroy();
      reject(new BridgeError(code, `${host} port ${port} could not be connected to.`));
    };
    socket.once('error', (error) => fail(codeOf(error)));
    socket.once('timeout', () => fail('ETIMEDOUT'));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** Both directions until each has ended; a failure of one resets the other. */
async function tunnel(
  message: { id?: string | undefined },
  connection: Connection,
  host: string,
  port: number,
): Promise<ServerMessage> {
  const socket = await connected(host, port);
  const stream = connection.streams.open();
  pipeline(socket, stream, (error) => error && socket.destroy());
  pipeline(stream, socket, (error) => error && stream.destroy(error));
  return { type: 'connected', ...idOf(message), stream: stream.id, address: host };
}

export function networkHandlers(
  ports: PortWatch,
  policy: RelayPolicy,
  names: DnsRelay,
  tickets: Tickets,
): NetworkHandlers {
  return {
    portWatch(message, connection) {
      connection.send({ type: 'portWatching', ...idOf(message) });
      const listener: PortListener = ({ port, pid }, state) =>
        connection.send({ type: 'port', port, pid, state });
      ports.add(listener);
      connection.onClose(() => ports.remove(listener));
      return undefined;
    },
    async portConnect(message, connection) {
      const open = ports.find(message.port);
      if (open === undefined) {
        throw new BridgeError('ECONNREFUSED', `No process of this runtime listens on port ${message.port}.`);
      }
      return await tunnel(message, connection, open.address, open.port);
    },
    async relayConnect(message, connection) {
      const { address } = await policy.target(message.host, message.port);
      return await tunnel(message, connection, address, message.port);
    },
    async relayResolve(message) {
      const addresses = await policy.resolve(message.host, message.family ?? 0);
      return { type: 'relayResolved', ...idOf(message), addresses };
    },
    async relayQuery(message) {
      const answer = await names.answer(Buffer.from(message.query, 'base64'));
      return { type: 'relayAnswer', ...idOf(message), answer: Buffer.from(answer).toString('base64') };
    },
    relayTicket(message) {
      return { type: 'relayTicket', ...idOf(message), path: tickets.issue() };
    },
  };
}
