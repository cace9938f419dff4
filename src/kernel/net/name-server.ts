/**
 * The container's name server, at 127.0.0.1 and ::1, port 53: what programs ask it by DNS is asked of a server on the
 * outside by DNS over HTTPS (RFC 8484), which is what a browser can speak, or of the external runtime. Without either
 * there is none.
 */
import { DNS_ANSWER_BYTES_MAX, DNS_TIMEOUT_MS } from '../../base/limits.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { RemoteError } from '../../remote/errors.ts';
import type { IpEndpoint } from '../../protocol/sockets.ts';
import { loopbackOf } from './endpoints.ts';
import type { NetworkPolicy } from './policy.ts';

const PORT = 53;
const MESSAGE_TYPE = 'application/dns-message';
const FORBIDDEN = 403;
const HEAD_BYTES = 12;
const QUESTIONS_AT = 4;
/** Bits of a label's first byte that make it a pointer, which no question has. */
const POINTER = 0xc0;
/** RFC 1035, 4.1.1; a response to a query that wanted recursion. */
const RESPONSE_FLAGS = [0x81, 0x80] as const;
const ResponseCode = { formatError: 1, serverFailure: 2, refused: 5 } as const;

export class NameServer {
  readonly #policy: NetworkPolicy;
  readonly #runtime: () => RemoteConnection | undefined;

  constructor(policy: NetworkPolicy, runtime: () => RemoteConnection | undefined) {
    this.#policy = policy;
    this.#runtime = runtime;
  }

  /** Whether a datagram goes to it, and an address to bind to is its own. */
  listensAt(address: IpEndpoint): boolean {
    if (address.port !== PORT || loopbackOf(address) === undefined) return false;
    return this.#policy.nameServer !== undefined || this.#runtime() !== undefined;
  }

  /** A query → its answer; what cannot be answered is answered with the code that says so. */
  async answer(query: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const name = questionOf(query);
    if (name === undefined) return failure(query, ResponseCode.formatError);
    if (!this.#policy.mayResolve(name)) return failure(query, ResponseCode.refused);
    try {
      const { nameServer } = this.#policy;
      const answer =
        nameServer === undefined ? await this.#relayed(query) : await overHttps(nameServer, query);
      const fits = answer.length >= HEAD_BYTES && answer.length <= DNS_ANSWER_BYTES_MAX;
      if (fits) return answer;
    } catch (error) {
      if (error instanceof RemoteError && error.code === 'EACCES')
        return failure(query, ResponseCode.refused);
      // else as when the server gives no answer
    }
    return failure(query, ResponseCode.serverFailure);
  }

  async #relayed(query: Uint8Array): Promise<Uint8Array> {
    const request = { type: 'relayQuery' as const, query: btoa(String.fromCharCode(...query)) };
    const runtime = this.#runtime();
    if (runtime === undefined) throw new RemoteError('ENOTCONN', 'No runtime is connected.');
    const { answer } = await runtime.request(request, 'relayAnswer');
    return Uint8Array.from(atob(answer), (letter) => letter.charCodeAt(0));
  }
}

async function overHttps(url: string, query: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': MESSAGE_TYPE, Accept: MESSAGE_TYPE },
    body: query,
    signal: AbortSignal.timeout(DNS_TIMEOUT_MS),
  });
  if (response.status === FORBIDDEN) throw new RemoteError('EACCES', 'The name server refuses this name.');
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
}

/** The name that is asked for, in small letters; undefined for what is no query with one question. */
function questionOf(query: Uint8Array): string | undefined {
  if (query.length < HEAD_BYTES || query[QUESTIONS_AT] !== 0 || query[QUESTIONS_AT + 1] !== 1)
    return undefined;
  const labels: string[] = [];
  for (let at = HEAD_BYTES; at < query.length;) {
    const length = query[at] ?? 0;
    if (length === 0) return labels.join('.').toLowerCase();
    if ((length & POINTER) !== 0 || at + length >= query.length) return undefined;
    labels.push(String.fromCharCode(...query.subarray(at + 1, at + 1 + length)));
    at += length + 1;
  }
  return undefined;
}

/** The query with the marks of a response in its head. */
function failure(query: Uint8Array, code: number): Uint8Array {
  const answer = new Uint8Array(Math.max(query.length, HEAD_BYTES));
  answer.set(query);
  answer[2] = RESPONSE_FLAGS[0];
  answer[3] = RESPONSE_FLAGS[1] | code;
  // Records behind the question, such as the client's limits (EDNS), are not sent back.
  answer.fill(0, 6, HEAD_BYTES);
  return answer.subarray(0, HEAD_BYTES + questionBytes(query));
}

function questionBytes(query: Uint8Array): number {
  const end = query.indexOf(0, HEAD_BYTES);
  return end < 0 ? 0 : Math.min(query.length, end + 5) - HEAD_BYTES;
}
