// Copied from src/dns/public-addresses.ts by scripts/runtime-protocol.mjs: edit it there.
/** Which addresses are of the public internet, and so may be told to those who are not of this machine. */
import { BlockList, isIP } from 'node:net';

/** Not the public internet: IANA's special-purpose registries (RFC 6890 and later). Cloud metadata is in 169.254/16 and fd00::/8. */
const PRIVATE_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
/** Also the ranges that embed an IPv4 address, through which a private one could be meant. */
const PRIVATE_6 = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;

/** A list each: in one, a rule for mapped addresses (::ffff:0:0/96) would match all of IPv4. */
const private4 = new BlockList();
const private6 = new BlockList();
for (const [network, prefix] of PRIVATE_4) private4.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of PRIVATE_6) private6.addSubnet(network, prefix, 'ipv6');

export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !private4.check(address, 'ipv4');
  return family === 6 && !private6.check(address, 'ipv6');
}
