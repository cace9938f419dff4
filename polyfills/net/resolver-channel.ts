/**
 * dns.Resolver's channel (src/cares_wrap.cc): queries go by DNS to the servers that were set, which are programs of the
 * container. The outside has no name server for a browser: a query that no server takes ends as where none can be reached.
 */
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { fillRandom } from '../crypto/random.ts';
import type { IpAddress } from '../system.ts';
import { type DnsAnswer, type RecordName, RecordType, writeQuery } from './dns-message.ts';
import { DnsQuery } from './dns-query.ts';
import { results } from './dns-records.ts';
import { hostName, literal } from './hosts.ts';
import { AF_INET, AF_INET6, parseIp } from './ip-address.ts';

interface QueryRequest extends AsyncWrapInstance {
  oncomplete?: unknown;
}

/** Of c-ares. */
const TIMEOUT_MS = 2000;
const TRIES = 4;
/** DNS_ESETSRVPENDING of cares_wrap.h, and ARES_EBADNAME. */
const SET_SERVERS_PENDING = -1000;

const QUERIES: Readonly<Record<string, RecordName>> = {
  queryAny: 'ANY',
  queryA: 'A',
  queryAaaa: 'AAAA',
  queryCaa: 'CAA',
  queryCname: 'CNAME',
  queryMx: 'MX',
  queryNs: 'NS',
  queryTlsa: 'TLSA',
  queryTxt: 'TXT',
  querySrv: 'SRV',
  queryPtr: 'PTR',
  queryNaptr: 'NAPTR',
  querySoa: 'SOA',
};

export function createChannelWrap(context: NodeContext): new (...parameters: number[]) => object {
  const { async: asyncCalls, errors, loop } = context;

  class ChannelWrap extends asyncCalls.AsyncWrap {
    #servers: IpAddress[] = [{ family: 4, address: '127.0.0.1', port: 53 }];
    readonly #timeoutMs: number;
    readonly #tries: number;
    readonly #maxTimeoutMs: number | undefined;
    readonly #pending = new Set<DnsQuery>();
    #active = 0;

    constructor(timeout = -1, tries = TRIES, maxTimeout = 0) {
      super('DNSCHANNEL');
      this.#timeoutMs = timeout > 0 ? timeout : TIMEOUT_MS;
      this.#tries = tries;
      this.#maxTimeoutMs = maxTimeout > 0 ? maxTimeout : undefined;
    }
    getServers(): [address: string, port: number][] {
      return this.#servers.map(({ address, port }) => [address, port]);
    }
    setServers(servers: [family: number, address: string, port: number][]): number {
      if (this.#active > 0) return SET_SERVERS_PENDING;
      this.#servers = servers.map(([family, address, port]) => ({
        family: family === 6 ? 6 : 4,
        address,
        port,
      }));
      return 0;
    }
    /** Datagrams of the container leave from wherever they are bound: the addresses are checked only. */
    setLocalAddress(first: string, second?: string): void {
      const invalid = (message: string): Error => errors.coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);
      const familyOf = (text: string): 4 | 6 => {
        if (parseIp(text, AF_INET) !== undefined) return 4;
        if (parseIp(text, AF_INET6) !== undefined) return 6;
        throw invalid('Invalid IP address.');
      };
      const family = familyOf(first);
      if (second !== undefined && familyOf(second) === family) {
        throw invalid(`Cannot specify two IPv${family} addresses.`);
      }
    }
    cancel(): void {
      for (const query of [...this.#pending]) query.cancel();
    }
    query(request: QueryRequest, name: string, type: RecordName): number {
      const complete = this.#begin(request);
      // Never asked of a name server (RFC 7686).
      if (/\.onion\.?$/i.test(name)) {
        loop.enqueueUnref(() => complete('ENOTFOUND'));
        return 0;
      }
      const id = randomId();
      const query = writeQuery(id, name, RecordType[type]);
      if (query === undefined) {
        loop.enqueueUnref(() => complete('EBADNAME'));
        return 0;
      }
      this.#send(id, query, (answer) => {
        if (typeof answer === 'string') return complete(answer);
        const found = results(answer, type);
        return found === undefined ? complete('ENODATA') : complete(0, ...found);
      });
      return 0;
    }
    /** Names of an address: those of /etc/hosts first. */
    reverse(request: QueryRequest, text: string): number {
      const address = literal(text);
      const own = address && hostName(context.system.files, address.address);
      if (own !== undefined) {
        const complete = this.#begin(request);
        loop.enqueueUnref(() => complete(0, [own]));
        return 0;
      }
      return this.query(request, reverseName(text), 'PTR');
    }

    #begin(request: QueryRequest): (...outcome: unknown[]) => void {
      asyncCalls.init(request, 'QUERYWRAP');
      const end = loop.beginRequest('QueryReqWrap');
      this.#active++;
      return (...outcome) => {
        end();
        this.#active--;
        asyncCalls.makeCallback(request, request.oncomplete, ...outcome);
        asyncCalls.destroy(request);
      };
    }
    #send(id: number, query: Uint8Array<ArrayBuffer>, done: (outcome: DnsAnswer | string) => void): void {
      const running: DnsQuery = new DnsQuery(context, {
        servers: this.#servers,
        query,
        id,
        timeoutMs: this.#timeoutMs,
        maxTimeoutMs: this.#maxTimeoutMs,
        tries: this.#tries,
        done: (outcome) => {
          this.#pending.delete(running);
          done(outcome);
        },
      });
      this.#pending.add(running);
    }
  }
  const prototype = ChannelWrap.prototype as unknown as Record<string, unknown>;
  const { query, reverse } = ChannelWrap.prototype;
  for (const [method, type] of Object.entries(QUERIES)) {
    prototype[method] = function (this: ChannelWrap, request: QueryRequest, name: string): number {
      return Reflect.apply(query, this, [request, `${name}`, type]) as number;
    };
  }
  prototype['getHostByAddr'] = function (this: ChannelWrap, request: QueryRequest, address: string): number {
    return Reflect.apply(reverse, this, [request, `${address}`]) as number;
  };
  return ChannelWrap;
}

function randomId(): number {
  const bytes = new Uint8Array(2);
  fillRandom(bytes, 0, 2);
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}

/** in-addr.arpa and ip6.arpa */
function reverseName(text: string): string {
  const four = parseIp(text, AF_INET);
  const parsed = four ?? parseIp(text, AF_INET6);
  const bits = parsed?.bits ?? 0n;
  const digits = (count: number, width: bigint, radix: number): string =>
    Array.from({ length: count }, (_, i) =>
      Number((bits >> (BigInt(i) * width)) & ((1n << width) - 1n)).toString(radix),
    ).join('.');
  return four === undefined ? `${digits(32, 4n, 16)}.ip6.arpa` : `${digits(4, 8n, 10)}.in-addr.arpa`;
}
