import { compareIp, familyName, formatIp, AF_INET, type IpAddress } from './ip-address.ts';

interface Subnet {
  readonly network: IpAddress;
  readonly prefix: number;
}
interface Range {
  readonly start: IpAddress;
  readonly end: IpAddress;
}

/** The rules of a net.BlockList: addresses, subnets and ranges of both families, IPv4 equal to its mapped form. */
export class AddressRules {
  readonly #addresses = new Map<bigint, IpAddress>();
  /** Newest first, as they are listed. */
  #subnets: Subnet[] = [];
  #ranges: Range[] = [];

  get size(): number {
    return this.#addresses.size + this.#subnets.length + this.#ranges.length;
  }

  addAddress(address: IpAddress): void {
    this.#addresses.set(address.bits, address);
  }

  removeAddress(address: IpAddress): void {
    this.#addresses.delete(address.bits);
  }

  addSubnet(network: IpAddress, prefix: number): void {
    this.#subnets.unshift({ network, prefix });
  }

  removeSubnet(network: IpAddress, prefix: number): void {
    const isIt = (rule: Subnet): boolean => same(rule.network, network) && rule.prefix === prefix;
    this.#subnets = without(this.#subnets, isIt);
  }

  /** False when the range is reversed. */
  addRange(start: IpAddress, end: IpAddress): boolean {
    const order = compareIp(start, end);
    if (order !== undefined && order > 0) return false;
    this.#ranges.unshift({ start, end });
    return true;
  }

  removeRange(start: IpAddress, end: IpAddress): void {
    this.#ranges = without(this.#ranges, (rule) => same(rule.start, start) && same(rule.end, end));
  }

  clear(): void {
    this.#addresses.clear();
    this.#subnets = [];
    this.#ranges = [];
  }

  matches(address: IpAddress): boolean {
    return (
      this.#addresses.has(address.bits) ||
      this.#subnets.some((rule) => inSubnet(rule, address)) ||
      this.#ranges.some((rule) => inRange(rule, address))
    );
  }

  list(): string[] {
    return [
      ...[...this.#addresses.values()].reverse().map((address) => `Address: ${show(address)}`),
      ...this.#subnets.map(({ network, prefix }) => `Subnet: ${show(network)}/${prefix}`),
      ...this.#ranges.map(({ start, end }) => `Range: ${show(start)}-${formatIp(end)}`),
    ];
  }
}

function show(address: IpAddress): string {
  return `${familyName(address.family)} ${formatIp(address)}`;
}

function same(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.bits === b.bits;
}

function without<Rule>(rules: readonly Rule[], isIt: (rule: Rule) => boolean): Rule[] {
  const index = rules.findIndex(isIt);
  return rules.filter((_, at) => at !== index);
}

function inSubnet({ network, prefix }: Subnet, address: IpAddress): boolean {
  const free = BigInt((network.family === AF_INET ? 32 : 128) - prefix);
  return network.bits >> free === address.bits >> free;
}

function inRange({ start, end }: Range, address: IpAddress): boolean {
  const low = compareIp(address, start);
  const high = compareIp(address, end);
  return low !== undefined && high !== undefined && low >= 0 && high <= 0;
}
