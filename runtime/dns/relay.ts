// Copied from src/dns/relay.ts by scripts/runtime-protocol.mjs: edit it there.
/**
 * DNS for programs of the browser: a query as it stands (RFC 1035) goes to this machine's name server, its answer back.
 * What tells of private networks is kept back, but for names that whoever runs the relay has allowed.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { addressesIn, isAnswerTo, isTruncated, questionOf, reversedAddress } from './message.ts';
import { isPublic } from './public-addresses.ts';
import type { NameServer } from './servers.ts';

const ANSWER_TIMEOUT_MS = 5_000;
/** The most that the length field of a message can say. */
const ANSWER_BYTES_MAX = 65_535;
const REVERSE = /\.arpa$/;

export class DnsError extends Error {
  override readonly name = 'DnsError';
  /** EPROTO: no query; EACCES: of a private network; ENOSYS: no name server; or of the connection to it. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface DnsRelayOptions {
  readonly servers: readonly NameServer[];
  /** Names whose answers may tell of private networks. Default: none. */
  allows?: (name: string) => boolean;
  /** What to do about a refusal. */
  advice?: string;
}

export class DnsRelay {
  readonly #options: DnsRelayOptions;

  constructor(options: DnsRelayOptions) {
    this.#options = options;
  }

  /** Throws DnsError. */
  async answer(query: Uint8Array): Promise<Uint8Array> {
    const name = questionOf(query);
    if (name === undefined) throw new DnsError('EPROTO', 'This is no DNS query with one question.');
    const allowed = this.#options.allows?.(name) === true;
    // What stands behind a private address is nobody's business outside.
    if (!allowed && REVERSE.test(name) && !isPublic(reversedAddress(name) ?? '')) throw this.#hidden(name);
    const answer = await this.#ask(query);
    if (!allowed && !addressesIn(answer).every(isPublic)) throw this.#hidden(name);
    return answer;
  }

  #hidden(name: string): DnsError {
    const { advice } = this.#options;
    const more = advice === undefined ? '.' : `: ${advice}`;
    return new DnsError('EACCES', `${name} is not on the public internet${more}`);
  }

  async #ask(query: Uint8Array): Promise<Uint8Array> {
    let last: unknown = new DnsError('ENOSYS', 'This machine has no name server.');
    for (const server of this.#options.servers) {
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

const failed = ({ address, port }: NameServer, code: string): DnsError =>
  new DnsError(code, `The name server ${address} port ${port} does not answer (${code}).`);

function byDatagram(query: Uint8Array, server: NameServer): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.close();
      finish();
    };
    const fail = (code: string): void => end(() => reject(failed(server, code)));
    const timer = setTimeout(() => fail('ETIMEDOUT'), ANSWER_TIMEOUT_MS);
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'EIO'));
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
    const socket = connect({ host: server.address, port: server.port, timeout: ANSWER_TIMEOUT_MS });
    const fail = (code: string): void => {
      socket.destroy();
      reject(failed(server, code));
    };
    let received = Buffer.alloc(0);
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'EIO'));
    socket.once('timeout', () => fail('ETIMEDOUT'));
    socket.once('close', () => fail('ECONNRESET'));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (length > ANSWER_BYTES_MAX) return fail('EMSGSIZE');
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
