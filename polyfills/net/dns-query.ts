/** One query over UDP, again by TCP when the answer was cut, to one server after the other (RFC 1035, 4.2; c-ares). */
import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import type { Fd, IpAddress, Watch } from '../system.ts';
import { type DnsAnswer, readAnswer } from './dns-message.ts';

export interface QueryPlan {
  readonly servers: readonly IpAddress[];
  readonly query: Uint8Array<ArrayBuffer>;
  readonly id: number;
  readonly timeoutMs: number;
  /** A longer wait of later tries ends here. */
  readonly maxTimeoutMs: number | undefined;
  readonly tries: number;
  done(outcome: DnsAnswer | string): void;
}

const TCP_READ_BYTES = 65_537;

const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/.test(address);

export class DnsQuery {
  readonly #context: NodeContext;
  readonly #plan: QueryPlan;
  #attempt = 0;
  #failure = 'ECONNREFUSED';
  #fd: Fd = -1;
  #watch: Watch | undefined;
  #timer: unknown;
  #over = false;

  constructor(context: NodeContext, plan: QueryPlan) {
    this.#context = context;
    this.#plan = plan;
    this.#next();
  }
  cancel(): void {
    this.#finish('ECANCELLED');
  }

  /** The next try, of the next server. */
  #next(): void {
    this.#release();
    const { servers, tries, timeoutMs, maxTimeoutMs } = this.#plan;
    if (this.#attempt >= tries * servers.length) return this.#later(() => this.#finish(this.#failure));
    const server = servers[this.#attempt % servers.length];
    const round = Math.floor(this.#attempt / servers.length);
    this.#attempt++;
    if (server === undefined || !this.#isThere(server)) {
      this.#failure = 'ECONNREFUSED';
      return this.#next();
    }
    this.#ask(server);
    const wait = timeoutMs * 2 ** round;
    this.#timer = this.#context.intrinsics.setTimeout(
      () =>
        this.#later(() => {
          if (this.#fd < 0) return;
          this.#failure = 'ETIMEOUT';
          this.#next();
        }),
      maxTimeoutMs === undefined ? wait : Math.min(wait, maxTimeoutMs),
    );
  }

  /** Name servers are in the container only; nobody at the address is told as a refusal, as a host's network tells it. */
  #isThere(server: IpAddress): boolean {
    if (!isLoopback(server.address)) return false;
    const probe = this.#context.system.datagrams.bind(server, { ipv6Only: false, shared: false });
    if (probe < 0) return probe === -Errno.EADDRINUSE || probe === -Errno.EACCES;
    this.#context.system.files.close(probe);
    return false;
  }

  #ask(server: IpAddress): void {
    const { datagrams, streams } = this.#context.system;
    const any: IpAddress = {
      family: server.family,
      address: server.family === 4 ? '0.0.0.0' : '::',
      port: 0,
    };
    const fd = (this.#fd = datagrams.bind(any, { ipv6Only: false, shared: false }));
    if (fd < 0) return;
    datagrams.send(fd, server, this.#plan.query);
    const listen = (): void => {
      this.#watch = streams.whenReadable(fd, () => {
        if (this.#over || this.#fd !== fd) return;
        const message = datagrams.receive(fd);
        if (typeof message !== 'number' && this.#answered(server, message.bytes, true)) return;
        if (!this.#over && this.#fd === fd) listen();
      });
    };
    listen();
  }

  /** false: not the answer to this. */
  #answered(server: IpAddress, bytes: Uint8Array, overUdp: boolean): boolean {
    const answer = readAnswer(bytes);
    if (answer !== undefined && answer.id !== this.#plan.id) return false;
    if (answer === undefined) this.#finish('EBADRESP');
    else if (answer.truncated && overUdp) this.#askByTcp(server);
    else this.#finish(answer.failure === '' ? answer : answer.failure);
    return true;
  }

  #askByTcp(server: IpAddress): void {
    this.#release();
    const { sockets, streams, files } = this.#context.system;
    const fd = sockets.connect(server, null);
    if (fd < 0) return this.#finish('ECONNREFUSED');
    this.#fd = fd;
    streams.setNonBlocking(fd, true);
    const { query } = this.#plan;
    files.write(fd, Uint8Array.from([query.length >> 8, query.length & 0xff, ...query]), null);
    let received = new Uint8Array(0);
    const listen = (): void => {
      this.#watch = streams.whenReadable(fd, () => {
        if (this.#over || this.#fd !== fd) return;
        const part = new Uint8Array(TCP_READ_BYTES);
        const count = files.read(fd, part, null);
        if (count === 0 || (count < 0 && count !== -Errno.EAGAIN)) return this.#finish('ECONNREFUSED');
        if (count > 0) received = Uint8Array.from([...received, ...part.subarray(0, count)]);
        const length = ((received[0] ?? 0) << 8) | (received[1] ?? 0);
        if (received.length < 2 || received.length < 2 + length) return listen();
        if (!this.#answered(server, received.subarray(2, 2 + length), false)) this.#finish('EBADRESP');
      });
    };
    listen();
  }

  #later(action: () => void): void {
    this.#context.loop.enqueueUnref(() => {
      if (!this.#over) action();
    });
  }
  #release(): void {
    this.#context.intrinsics.clearTimeout(this.#timer);
    this.#watch?.close();
    this.#watch = undefined;
    if (this.#fd >= 0) this.#context.system.files.close(this.#fd);
    this.#fd = -1;
  }
  #finish(outcome: DnsAnswer | string): void {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#plan.done(outcome);
  }
}
