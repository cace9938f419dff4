/** What the container may do on the network, and how it says no. */
import type { NetworkBoot } from '../../protocol/container.ts';

export class NetworkPolicy {
  readonly #boot: NetworkBoot;
  readonly #granted = new Set<string>();

  constructor(boot: NetworkBoot) {
    this.#boot = boot;
  }

  get listen(): boolean {
    return this.#boot.listen;
  }
  get corsProxy(): string | undefined {
    return this.#boot.corsProxy;
  }
  get nameServer(): string | undefined {
    return this.#boot.nameServer;
  }

  /** The registry, once its address is known; unless the page said itself which hosts may be reached. */
  grantRegistry(host: string): void {
    if (this.#boot.registry) this.#granted.add(host);
  }

  /** Why a host may not be connected to other than by fetch; undefined when it may. */
  tcpRefusalOf(host: string, port: number): string | undefined {
    const { tcp } = this.#boot;
    if (tcp === true || this.namesTcp(host, port)) return undefined;
    return `the capability network.tcp does not include ${host}:${port}: boot({ capabilities: { network: { tcp: ['${host}:${port}'] } } })`;
  }

  /** The capability names this very host, so that it is meant to be reached as it is rather than by fetch. */
  namesTcp(host: string, port: number): boolean {
    const { tcp } = this.#boot;
    return Array.isArray(tcp) && tcp.some((pattern) => matchesPort(pattern, host, port));
  }

  /** A name that some kind of connection may go to. */
  mayResolve(host: string): boolean {
    const { tcp } = this.#boot;
    if (this.refusalOf(host) === undefined || tcp === true) return true;
    return Array.isArray(tcp) && tcp.some((pattern) => matches(splitPort(pattern).host, host));
  }

  /** Why a host may be reached neither by fetch nor by a WebSocket; undefined when one of them is open. */
  refusalOf(host: string): string | undefined {
    return this.webSocketRefusal(host) === undefined ? undefined : this.fetchRefusal(host);
  }

  fetchRefusal(host: string): string | undefined {
    if (this.#granted.has(host)) return undefined;
    return refusal('fetch', this.#boot.fetch, host);
  }

  webSocketRefusal(host: string): string | undefined {
    return refusal('websocket', this.#boot.websocket, host);
  }
}

function refusal(name: string, allowed: boolean | string[], host: string): string | undefined {
  const includes = Array.isArray(allowed) ? allowed.some((pattern) => matches(pattern, host)) : allowed;
  if (includes) return undefined;
  return `the capability network.${name} does not include ${host}: boot({ capabilities: { network: { ${name}: ['${host}'] } } })`;
}

/** `example.org`, or `*.example.org` for the names below it. */
function matches(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase();
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}

/** `db.example.org:5432`, with or without the port; an IPv6 address in brackets. */
function splitPort(pattern: string): { host: string; port: string | undefined } {
  const [, host = pattern, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(pattern) ?? [];
  return { host, port };
}

function matchesPort(pattern: string, host: string, port: number): boolean {
  const wanted = splitPort(pattern);
  return matches(wanted.host, host) && (wanted.port === undefined || Number(wanted.port) === port);
}
