import type { NodeContext } from '../context.ts';
import { type CloneableHostObject, cloneHostObject } from '../host-object.ts';
import { AddressRules } from '../net/address-rules.ts';
import { AF_INET, AF_INET6, familyName, formatIp, type IpAddress, parseIp } from '../net/ip-address.ts';

interface Endpoint {
  readonly ip: IpAddress;
  readonly port: number;
  flowLabel: number;
}

/** `internalBinding('block_list')`: net.BlockList and net.SocketAddress (src/node_sockaddr.cc). */
export function createBlockList(context: NodeContext): object {
  class SocketAddress implements CloneableHostObject {
    readonly #endpoint: Endpoint;

    constructor(address: string | Endpoint, port: number, family: number, flowLabel: number) {
      if (typeof address !== 'string') {
        this.#endpoint = address;
        return;
      }
      const ip = parseIp(address, family);
      if (ip === undefined)
        throw context.errors.coded(Error, 'ERR_INVALID_ADDRESS', 'Invalid socket address');
      this.#endpoint = { ip, port, flowLabel: family === AF_INET6 ? flowLabel >>> 0 : 0 };
    }

    static ipOf(address: SocketAddress): IpAddress {
      return address.#endpoint.ip;
    }

    detail(into: Record<string, unknown>): Record<string, unknown> {
      const { ip, port, flowLabel } = this.#endpoint;
      into['address'] = formatIp(ip);
      into['port'] = port;
      into['family'] = ip.family;
      into['flowlabel'] = flowLabel;
      return into;
    }

    legacyDetail(): object {
      const { ip, port } = this.#endpoint;
      return { address: formatIp(ip), family: familyName(ip.family), port };
    }

    flowlabel(): number {
      return this.#endpoint.flowLabel;
    }

    [cloneHostObject](): SocketAddress {
      return new SocketAddress(this.#endpoint, 0, 0, 0);
    }
  }
  return { SocketAddress, BlockList: createBlockListClass(SocketAddress.ipOf), AF_INET, AF_INET6 };
}

function createBlockListClass<Handle>(ipOf: (address: Handle) => IpAddress): unknown {
  return class BlockList implements CloneableHostObject {
    readonly #rules: AddressRules;

    /** A clone shares the rules of the list it was cloned from. */
    constructor(rules?: AddressRules) {
      this.#rules = rules ?? new AddressRules();
    }
    addAddress(address: Handle): true {
      this.#rules.addAddress(ipOf(address));
      return true;
    }
    addAddresses(addresses: Handle[]): true {
      for (const address of addresses) this.#rules.addAddress(ipOf(address));
      return true;
    }
    addRange(start: Handle, end: Handle): boolean {
      return this.#rules.addRange(ipOf(start), ipOf(end));
    }
    addSubnet(network: Handle, prefix: number): true {
      this.#rules.addSubnet(ipOf(network), prefix);
      return true;
    }
    removeAddress(address: Handle): void {
      this.#rules.removeAddress(ipOf(address));
    }
    removeRange(start: Handle, end: Handle): void {
      this.#rules.removeRange(ipOf(start), ipOf(end));
    }
    removeSubnet(network: Handle, prefix: number): void {
      this.#rules.removeSubnet(ipOf(network), prefix);
    }
    check(address: Handle): boolean {
      return this.#rules.matches(ipOf(address));
    }
    checkString(text: string, family: number): boolean {
      const ip = parseIp(text, family);
      return ip !== undefined && this.#rules.matches(ip);
    }
    getRules(): string[] {
      return this.#rules.list();
    }
    getSize(): number {
      return this.#rules.size;
    }
    clear(): void {
      this.#rules.clear();
    }
    [cloneHostObject](): object {
      return new BlockList(this.#rules);
    }
  };
}
