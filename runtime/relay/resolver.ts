/**
 * DNS for programs of the browser: a query as it stands (RFC 1035) goes to this machine's name server, its answer back.
 * What the answer tells of private networks is told only of names that MHNOS_RELAY_ALLOW has.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { BridgeError, codeOf } from '../errors.ts';
import { DNS_ANSWER_MAX, DNS_TIMEOUT_MS } from '../limits.ts';
import { addressesIn, isAnswerTo, isTruncated, questionOf } from './dns-message.ts';
import { isPublic, type RelayPolicy } from './policy.ts';

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

/** Names of addresses: what stands behind a private one is nobody's business outside. */
const REVERSE = /\.arpa$/;

export class DnsRelay {
  readonly #policy: RelayPolicy;
  readonly #servers: readonly NameServer[];

  constructor(policy: RelayPolicy, servers: readonly NameServer[]) {
    this.#policy = policy;
    this.#servers = servers;
  }

  /** Throws EPROTO (no query), EACCES (private), ETIMEDOUT and the like. */
  async answer(query: Uint8Array): Promise<Uint8Array> {
    const name = questionOf(query);
    if (name === undefined) throw new BridgeError('EPROTO', 'This is no DNS query with one question.');
    const allowed = this.#policy.names(name);
    if (REVERSE.test(name) && !allowed) throw hidden(name);
    const answer = await this.#ask(query);
    if (!allowed && !addressesIn(answer).every(isPublic)) throw hidden(name);
    return answer;
  }

  async #ask(query: Uint8Array): Promise<Uint8Array> {
    let last: unknown = new BridgeError('ENOSYS', 'This machine has no name server.');
    for (const server of this.#servers) {
      try {
        const answer = await byDatagram(query, server);
        return isTruncated(answer) ? await byStream(query, server) : answer;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}

const hidden = (name: string): BridgeError =>
  new BridgeError('EACCES', `${name} is not on the public internet: MHNOS_RELAY_ALLOW can name it.`);

const failed = ({ address, port }: NameServer, code: string): BridgeError =>
  new BridgeError(code, `The name server ${address} port ${port} does not answer (${code}).`);

function byDatagram(query: Uint8Array, server: NameServer): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.close();
      finish();
    };
    const fail = (code: string): void => end(() => reject(failed(server, code)));
    const timer = setTimeout(() => fail('ETIMEDOUT'), DNS_TIMEOUT_MS);
    socket.once('error', (error) => fail(codeOf(error)));
    // Connected: from nobody else is anything taken.
    socket.connect(server.port, server.address, () => socket.send(query));
    socket.on('message', (message) => {
      if (isAnswerTo(message, query)) end(() => resolve(message));
    });
  });
}

/** With the length before it, in both directions (RFC 1035, 4.2.2). */
function byStream(query: Uint8Array, server: NameServer): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port, timeout: DNS_TIMEOUT_MS });
    const fail = (code: string): void => {
      socket.destroy();
      reject(failed(server, code));
    };
    let received = Buffer.alloc(0);
    socket.once('error', (error) => fail(codeOf(error)));
    socket.once('timeout', () => fail('ETIMEDOUT'));
    socket.once('close', () => fail('ECONNRESET'));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (length > DNS_ANSWER_MAX) return fail('EMSGSIZE');
      if (received.length < 2 + length) return;
      const message = received.subarray(2, 2 + length);
      if (!isAnswerTo(message, query)) return fail('EPROTO');
      resolve(message);
      socket.destroy();
    });
    const head = Buffer.alloc(2);
    head.writeUInt16BE(query.length);
    socket.write(Buffer.concat([head, query]));
  });
}
