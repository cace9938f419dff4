/** ares_strerror of c-ares, by ares_status_t. */
const MESSAGES = [
  'Successful completion',
  'DNS server returned answer with no data',
  'DNS server claims query was misformatted',
  'DNS server returned general failure',
  'Domain name not found',
  'DNS server does not implement requested operation',
  'DNS server refused query',
  'Misformatted DNS query',
  'Misformatted domain name',
  'Unsupported address family',
  'Misformatted DNS reply',
  'Could not contact DNS servers',
  'Timeout while contacting DNS servers',
  'End of file',
  'Error reading file',
  'Out of memory',
  'Channel is being destroyed',
  'Misformatted string',
  'Illegal flags specified',
  'Given hostname is not numeric',
  'Illegal hints flags specified',
  'c-ares library initialization not yet performed',
  'Error loading iphlpapi.dll',
  'Could not find GetNetworkParams function',
  'DNS query cancelled',
];

/** DNS_ESETSRVPENDING of cares_wrap.h. */
const SET_SERVERS_PENDING = -1000;

export function aresMessage(status: number): string {
  if (status === SET_SERVERS_PENDING) return 'There are pending queries.';
  return MESSAGES[status] ?? 'unknown';
}
