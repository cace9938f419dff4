import { Errno } from '../../src/base/errno.ts';
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { hostAddresses, hostName, type HostAddress, literal, serviceName } from '../net/hosts.ts';
import { AF_INET6, parseIp } from '../net/ip-address.ts';
import { createChannelWrap } from '../net/resolver-channel.ts';
import { aresMessage } from '../net/ares-errors.ts';

const EAI_NONAME = -3008;
const EAI_ADDRFAMILY = -3000;
const Order = { verbatim: 0, ipv4First: 1, ipv6First: 2 } as const;

interface LookupRequest extends AsyncWrapInstance {
  oncomplete?: unknown;
  callback?: unknown;
}

/** `internalBinding('cares_wrap')`: names and addresses (src/cares_wrap.cc). */
export function createCaresWrap(context: NodeContext): object {
  const { async: asyncCalls, loop, system, facts } = context;

  class GetAddrInfoReqWrap extends asyncCalls.AsyncWrap {}
  class GetNameInfoReqWrap extends asyncCalls.AsyncWrap {}
  class QueryReqWrap extends asyncCalls.AsyncWrap {}

  function complete(request: LookupRequest, provider: string, ...results: unknown[]): number {
    asyncCalls.init(request, provider);
    const end = loop.beginRequest(
      provider === 'GETADDRINFOREQWRAP' ? 'GetAddrInfoReqWrap' : 'GetNameInfoReqWrap',
    );
    loop.enqueueUnref(() => {
      end();
      asyncCalls.makeCallback(request, request.oncomplete, ...results);
      asyncCalls.destroy(request);
    });
    return 0;
  }

  /** A name of another host: the gateway gives it an address that it knows it by, or says why not. */
  function outside(request: LookupRequest, name: string): HostAddress[] | number | string {
    const answer = system.sockets.resolve(name);
    if ('address' in answer) return [{ family: 4, address: answer.address }];
    if (answer.refusal !== undefined) explain(request, answer.refusal);
    return answer.denied ? 'ERR_ACCESS_DENIED' : EAI_NONAME;
  }

  return {
    ...facts.bindings['cares_wrap']?.constants(),
    getaddrinfo(request: LookupRequest, host: string, family: number, _hints: number, order: number): number {
      const name = `${host}`;
      const given = literal(name);
      const known = given ? [given] : hostAddresses(system.files, name, system.process.hostname);
      const found = known.length > 0 ? known : outside(request, name);
      if (!Array.isArray(found)) return complete(request, 'GETADDRINFOREQWRAP', found, null);
      const fitting = found.filter((one) => family === 0 || one.family === family);
      if (fitting.length === 0) {
        const errno = given ? EAI_ADDRFAMILY : EAI_NONAME;
        return complete(request, 'GETADDRINFOREQWRAP', errno, null);
      }
      const addresses = ordered(fitting, order).map(({ address }) => address);
      return complete(request, 'GETADDRINFOREQWRAP', null, addresses);
    },
    getnameinfo(request: LookupRequest, host: string, port: number): number {
      const address = literal(`${host}`);
      if (address === undefined) return -Errno.EINVAL;
      const name = hostName(system.files, address.address) ?? system.sockets.nameOf(address.address);
      // As NI_NAMEREQD has it: an address without a name is not found.
      if (name === undefined) return complete(request, 'GETNAMEINFOREQWRAP', EAI_NONAME, null, null);
      return complete(request, 'GETNAMEINFOREQWRAP', null, name, serviceName(port));
    },
    canonicalizeIP: (text: unknown) => literal(`${text as string}`)?.address,
    convertIpv6StringToBuffer(text: unknown): Uint8Array {
      const parsed = parseIp(`${text as string}`, AF_INET6);
      if (parsed === undefined) throw new Error('Invalid IPv6 address');
      const bytes = new Uint8Array(16);
      for (let i = 0; i < 16; i++) bytes[i] = Number((parsed.bits >> BigInt(8 * (15 - i))) & 0xffn);
      return bytes;
    },
    strerror: aresMessage,
    GetAddrInfoReqWrap,
    GetNameInfoReqWrap,
    QueryReqWrap,
    ChannelWrap: createChannelWrap(context),
  };
}

function ordered(found: HostAddress[], order: number): HostAddress[] {
  if (order === Order.verbatim) return found;
  const first = order === Order.ipv4First ? 4 : 6;
  return [
    ...found.filter(({ family }) => family === first),
    ...found.filter(({ family }) => family !== first),
  ];
}

/** The library's error tells no more than a code: the reason is added to the message that the program gets. */
function explain(request: LookupRequest, reason: string): void {
  const { callback } = request;
  if (typeof callback !== 'function') return;
  request.callback = (error: unknown, ...results: unknown[]): unknown => {
    if (error instanceof Error) error.message += ` (${reason})`;
    return Reflect.apply(callback, request, [error, ...results]);
  };
}
