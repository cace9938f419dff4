/**
 * dns.Resolver's channel. A browser offers no way to a name server, so that every query ends as it does where none
 * can be reached; names of this host are answered by dns.lookup, without one.
 */
import type { AsyncWrapInstance, NodeContext } from '../context.ts';

interface QueryRequest extends AsyncWrapInstance {
  oncomplete?: unknown;
}
type Server = [address: string, port: number];

const QUERIES = [
  'queryAny',
  'queryA',
  'queryAaaa',
  'queryCaa',
  'queryCname',
  'queryMx',
  'queryNs',
  'queryTlsa',
  'queryTxt',
  'querySrv',
  'queryPtr',
  'queryNaptr',
  'querySoa',
  'getHostByAddr',
];

export function createChannelWrap(context: NodeContext): new () => object {
  const { async: asyncCalls, loop } = context;

  class ChannelWrap extends asyncCalls.AsyncWrap {
    #servers: Server[] = [['127.0.0.1', 53]];
    readonly #pending = new Set<{ cancel(): void }>();

    constructor() {
      super('DNSCHANNEL');
    }
    getServers(): Server[] {
      return this.#servers.map(([address, port]) => [address, port]);
    }
    setServers(servers: [family: number, address: string, port: number][]): number {
      this.#servers = servers.map(([, address, port]) => [address, port]);
      return 0;
    }
    setLocalAddress(): void {}
    cancel(): void {
      for (const query of this.#pending) query.cancel();
    }
    query(request: QueryRequest): number {
      let code = 'ECONNREFUSED';
      asyncCalls.init(request, 'QUERYWRAP');
      const end = loop.beginRequest('QueryReqWrap');
      const query = { cancel: () => void (code = 'ECANCELLED') };
      this.#pending.add(query);
      loop.enqueueUnref(() => {
        end();
        this.#pending.delete(query);
        asyncCalls.makeCallback(request, request.oncomplete, code);
        asyncCalls.destroy(request);
      });
      return 0;
    }
  }
  const prototype = ChannelWrap.prototype as unknown as Record<string, unknown>;
  const { query } = ChannelWrap.prototype;
  for (const name of QUERIES) {
    prototype[name] = function (this: ChannelWrap, request: QueryRequest): number {
      return Reflect.apply(query, this, [request]) as number;
    };
  }
  return ChannelWrap;
}
