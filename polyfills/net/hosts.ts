/** Names of this host: literals, localhost and what /etc/hosts says. */
import { utf8Decode } from '../../src/base/intrinsics.ts';
import type { FileCalls } from '../system.ts';
import { AF_INET, AF_INET6, formatIp, parseIp } from './ip-address.ts';

export interface HostAddress {
  family: 4 | 6;
  address: string;
}

const HOSTS_FILE = '/etc/hosts';
const SERVICES: Readonly<Record<number, string>> = {
  21: 'ftp',
  22: 'ssh',
  25: 'smtp',
  53: 'domain',
  80: 'http',
  110: 'pop3',
  143: 'imap2',
  443: 'https',
};

export function literal(text: string): HostAddress | undefined {
  const four = parseIp(text, AF_INET);
  if (four) return { family: 4, address: formatIp(four) };
  const six = parseIp(text, AF_INET6);
  return six && { family: 6, address: formatIp(six) };
}

interface HostLine extends HostAddress {
  names: string[];
}

function hostLines(files: FileCalls): HostLine[] {
  const bytes = files.readFile(HOSTS_FILE);
  if (typeof bytes === 'number') return [];
  const lines: HostLine[] = [];
  for (const line of utf8Decode(bytes).split('\n')) {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const parsed = literal(address);
    if (parsed) lines.push({ ...parsed, names });
  }
  return lines;
}

/** Addresses of a name in the order of RFC 6724: the IPv6 loopback address first. Empty: not a name of this host. */
export function hostAddresses(files: FileCalls, name: string, ownName: string): HostAddress[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const listed = hostLines(files).filter(({ names }) => names.some((one) => one.toLowerCase() === wanted));
  const isLocal = wanted === 'localhost' || wanted.endsWith('.localhost') || wanted === ownName.toLowerCase();
  const found: HostAddress[] =
    listed.length === 0 && isLocal
      ? [
          { family: 6, address: '::1' },
          { family: 4, address: '127.0.0.1' },
        ]
      : listed.map(({ family, address }) => ({ family, address }));
  return [...found.filter(({ family }) => family === 6), ...found.filter(({ family }) => family === 4)];
}

export function hostName(files: FileCalls, address: string): string | undefined {
  const own = hostLines(files).find((line) => line.address === address)?.names[0];
  return own ?? (address.startsWith('127.') || address === '::1' ? 'localhost' : undefined);
}

export function serviceName(port: number): string {
  return SERVICES[port] ?? `${port}`;
}
