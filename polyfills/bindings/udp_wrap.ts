import { Errno, errnoName } from '../../src/base/errno.ts';
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { bytesOf } from '../fs/arguments.ts';
import { AF_INET, AF_INET6, formatIp, parseIp } from '../net/ip-address.ts';
import { toBuffer } from '../node-buffer.ts';
import { handlesOf } from '../stream/handle-wrap.ts';
import type { Fd, IpAddress, Watch } from '../system.ts';

const UV_UDP_IPV6ONLY = 1;
const UV_UDP_REUSEADDR = 4;
const UV_UDP_REUSEPORT = 64;
/** net.core.rmem_default; Linux answers twice what was asked for. */
const DEFAULT_BUFFER_BYTES = 212_992;

interface NameTarget {
  address?: string;
  family?: string;
  port?: number;
}
interface ErrorTarget {
  errno?: number;
  code?: string;
  message?: string;
  syscall?: string;
}
type SendArguments = [port: number, address: string, hasCallback: boolean] | [hasCallback: boolean];

function endpoint(text: string, port: number, family: 4 | 6): IpAddress | undefined {
  const parsed = parseIp(`${text}`, family === 4 ? AF_INET : AF_INET6);
  return parsed && { family, address: formatIp(parsed), port: port >>> 0 };
}

/** There is no network beside the container's own. */
function isReachable({ address }: IpAddress): boolean {
  return /^(?:::ffff:)?(?:127\.|0\.0\.0\.0$|22[4-9]\.|23\d\.|255\.255\.255\.255$)|^::1?$|^ff/i.test(address);
}
function isMulticast({ address }: IpAddress): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff/i.test(address);
}

/** `internalBinding('udp_wrap')`: datagrams between the programs of a container (src/udp_wrap.cc). */
export function createUdpWrap(context: NodeContext): object {
  const { async: asyncCalls, system, facts, loop, options } = context;
  const handles = handlesOf(context);
  const { datagrams, sockets, streams } = system;

  class SendWrap extends asyncCalls.AsyncWrap {}

  class UDP extends handles.HandleWrap {
    #fd: Fd = -1;
    #peer: IpAddress | undefined;
    #watch: Watch | undefined;
    #receiving = false;
    #broadcast = false;
    readonly #queued = { bytes: 0, count: 0 };
    readonly #sizes = { receive: DEFAULT_BUFFER_BYTES, send: DEFAULT_BUFFER_BYTES };

    constructor() {
      super('UDPWRAP', 'UDPWrap');
      handles.onClose(this, () => {
        this.#watch?.close();
        this.#receiving = false;
        if (this.#fd >= 0) system.files.close(this.#fd);
        this.#fd = -1;
      });
    }
    get fd(): Fd {
      return this.#fd >= 0 ? this.#fd : -Errno.EBADF;
    }
    open(fd: Fd): number {
      if (streams.type(fd) !== 'UDP') return -Errno.EINVAL;
      this.#fd = fd;
      return 0;
    }
    bind(address: string, port: number, flags: number): number {
      return this.#bind(endpoint(address, port, 4), flags);
    }
    bind6(address: string, port: number, flags: number): number {
      return this.#bind(endpoint(address, port, 6), flags);
    }
    connect(address: string, port: number): number {
      return this.#connect(endpoint(address, port, 4));
    }
    connect6(address: string, port: number): number {
      return this.#connect(endpoint(address, port, 6));
    }
    disconnect(): number {
      if (this.#peer === undefined) return -Errno.ENOTCONN;
      this.#peer = undefined;
      return 0;
    }
    send(
      request: AsyncWrapInstance,
      list: ArrayBufferView[],
      _count: number,
      ...rest: SendArguments
    ): number {
      return this.#send(
        request,
        list,
        rest.length > 1 ? endpoint(rest[1] as string, rest[0] as number, 4) : this.#peer,
      );
    }
    send6(
      request: AsyncWrapInstance,
      list: ArrayBufferView[],
      _count: number,
      ...rest: SendArguments
    ): number {
      return this.#send(
        request,
        list,
        rest.length > 1 ? endpoint(rest[1] as string, rest[0] as number, 6) : this.#peer,
      );
    }
    recvStart(): number {
      if (this.#fd < 0) return -Errno.EBADF;
      this.#receiving = true;
      handles.setActive(this, true);
      this.#await();
      return 0;
    }
    recvStop(): number {
      this.#receiving = false;
      this.#watch?.close();
      this.#watch = undefined;
      handles.setActive(this, false);
      return 0;
    }
    getsockname(out: NameTarget): number {
      return this.#fd < 0 ? -Errno.EBADF : describe(out, sockets.localAddress(this.#fd));
    }
    getpeername(out: NameTarget): number {
      return this.#peer === undefined ? -Errno.ENOTCONN : describe(out, this.#peer);
    }
    addMembership(group: string): number {
      return this.#membership(group, true);
    }
    dropMembership(group: string): number {
      return this.#membership(group, false);
    }
    addSourceSpecificMembership(_source: string, group: string): number {
      return this.#membership(group, true);
    }
    dropSourceSpecificMembership(_source: string, group: string): number {
      return this.#membership(group, false);
    }
    setMulticastInterface(address: string): number {
      const known = endpoint(address, 0, 4) ?? endpoint(address.split('%')[0] ?? '', 0, 6);
      if (known === undefined) return -Errno.EINVAL;
      return isReachable(known) && !isMulticast(known) ? this.#option() : -Errno.EADDRNOTAVAIL;
    }
    setMulticastTTL(hops: number): number {
      return hops < 0 || hops > 255 ? -Errno.EINVAL : this.#option();
    }
    setMulticastLoopback(): number {
      return this.#option();
    }
    setBroadcast(on: number): number {
      this.#broadcast = Boolean(on);
      return this.#option();
    }
    setTTL(hops: number): number {
      return hops < 1 || hops > 255 ? -Errno.EINVAL : this.#option();
    }
    bufferSize(size: number, isReceive: boolean, failure: ErrorTarget): number | undefined {
      const syscall = isReceive ? 'uv_recv_buffer_size' : 'uv_send_buffer_size';
      const errno = this.#fd < 0 ? -Errno.EBADF : size > 0x7fff_ffff ? -Errno.EINVAL : 0;
      if (errno !== 0) {
        failure.errno = errno;
        failure.code = errnoName(errno) ?? 'EINVAL';
        failure.message = facts.uvErrors.get(errno)?.[1] ?? failure.code;
        failure.syscall = syscall;
        return undefined;
      }
      const which = isReceive ? 'receive' : 'send';
      if (size !== 0) this.#sizes[which] = size * 2;
      return this.#sizes[which];
    }
    /** What is sent is with its receiver at once, unless it was asked not to be. */
    getSendQueueSize(): number {
      return this.#queued.bytes;
    }
    getSendQueueCount(): number {
      return this.#queued.count;
    }

    #option(): number {
      return this.#fd < 0 ? -Errno.EBADF : 0;
    }
    #bind(address: IpAddress | undefined, flags: number): number {
      if (address === undefined) return -Errno.EINVAL;
      if (this.#fd >= 0) return -Errno.EINVAL;
      const shared = (flags & (UV_UDP_REUSEADDR | UV_UDP_REUSEPORT)) !== 0;
      const fd = datagrams.bind(address, { ipv6Only: (flags & UV_UDP_IPV6ONLY) !== 0, shared });
      if (fd < 0) return fd;
      this.#fd = fd;
      return 0;
    }
    #connect(address: IpAddress | undefined): number {
      if (address === undefined) return -Errno.EINVAL;
      if (this.#peer !== undefined) return -Errno.EISCONN;
      if (!isReachable(address)) return -Errno.ENETUNREACH;
      this.#peer = address;
      return 0;
    }
    /** → one more than the bytes that were sent: done at once; 0: told later. */
    #send(request: AsyncWrapInstance, list: ArrayBufferView[], to: IpAddress | undefined): number {
      if (to === undefined) return -Errno.EDESTADDRREQ;
      if (!isReachable(to)) return -Errno.ENETUNREACH;
      if (to.address === '255.255.255.255' && !this.#broadcast) return -Errno.EACCES;
      const chunks = list.map((chunk) => bytesOf(chunk, 0, chunk.byteLength));
      const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const chunk of chunks) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      if (options.cli['--test-udp-no-try-send'] === true) return this.#sendLater(request, whole, to);
      const sent = datagrams.send(this.#fd, to, whole);
      return sent < 0 ? sent : sent + 1;
    }
    #sendLater(request: AsyncWrapInstance, bytes: Uint8Array<ArrayBuffer>, to: IpAddress): number {
      const queued = this.#queued;
      queued.bytes += bytes.length;
      queued.count++;
      asyncCalls.triggeredBy(this, () => asyncCalls.init(request, 'UDPSENDWRAP'));
      loop.enqueue(() => {
        queued.bytes -= bytes.length;
        queued.count--;
        const sent = this.#fd < 0 ? -Errno.ECANCELED : datagrams.send(this.#fd, to, bytes);
        const { oncomplete } = request as unknown as { oncomplete?: unknown };
        asyncCalls.makeCallback(request, oncomplete, Math.min(sent, 0), Math.max(sent, 0));
        asyncCalls.destroy(request);
      });
      return 0;
    }
    #membership(group: string, join: boolean): number {
      const address = endpoint(group, 0, 4) ?? endpoint(group, 0, 6);
      if (address === undefined || !isMulticast(address)) return -Errno.EINVAL;
      return datagrams.membership(this.#fd, address.address, join);
    }
    #await(): void {
      if (this.#watch !== undefined || !this.#receiving) return;
      this.#watch = streams.whenReadable(this.#fd, () => {
        this.#watch = undefined;
        if (!this.#receiving) return;
        const datagram = datagrams.receive(this.#fd);
        try {
          if (typeof datagram !== 'number') this.#deliver(datagram.bytes, datagram.from);
          else if (datagram !== -Errno.EAGAIN) this.#emit(datagram, undefined, undefined);
        } finally {
          this.#await();
        }
      });
    }
    #deliver(bytes: Uint8Array<ArrayBuffer>, from: IpAddress): void {
      const peer = this.#peer;
      // A connected socket hears its peer alone.
      if (peer !== undefined && (from.port !== peer.port || !sameHost(from.address, peer.address))) return;
      const info: NameTarget = {};
      describe(info, from);
      this.#emit(bytes.length, toBuffer(bytes), info);
    }
    #emit(count: number, bytes: Uint8Array | undefined, from: NameTarget | undefined): void {
      const { onmessage } = this as unknown as { onmessage?: unknown };
      asyncCalls.makeCallback(this, onmessage, count, this, bytes, from);
    }
  }

  return { UDP, SendWrap, constants: { UV_UDP_IPV6ONLY, UV_UDP_REUSEADDR, UV_UDP_REUSEPORT } };
}

function sameHost(a: string, b: string): boolean {
  const plain = (address: string): string =>
    address.replace(/^::ffff:(?=.*\.)/, '').replace(/^(?:0\.0\.0\.0|127\..*)$/, '127');
  return plain(a) === plain(b);
}

function describe(out: NameTarget, address: IpAddress | { path: string } | number): number {
  if (typeof address === 'number') return address;
  if ('path' in address) return -Errno.EINVAL;
  out.address = address.address;
  out.family = address.family === 4 ? 'IPv4' : 'IPv6';
  out.port = address.port;
  return 0;
}
