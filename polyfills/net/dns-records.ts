/** Records of an answer as Node's library wants them (Parse…Reply of src/cares_wrap.cc). */
import { AF_INET, AF_INET6, formatIp, parseIp } from './ip-address.ts';
import { type DnsAnswer, DnsReader, type DnsRecord, type RecordName, RecordType } from './dns-message.ts';

type Fields = Record<string, unknown>;

function ipv4(reader: DnsReader): string {
  return Array.from({ length: 4 }, () => reader.number(1)).join('.');
}
function ipv6(reader: DnsReader): string {
  const text = Array.from({ length: 8 }, () => reader.number(2).toString(16)).join(':');
  const parsed = parseIp(text, AF_INET6) ?? parseIp(text, AF_INET);
  return parsed === undefined ? text : formatIp(parsed);
}

function texts(reader: DnsReader, end: number): string[] {
  const entries: string[] = [];
  while (reader.at < end) entries.push(reader.string());
  return entries;
}

/** The data of one record by its type; simple ones are a `value`. */
const READERS: Readonly<Record<Exclude<RecordName, 'ANY'>, (reader: DnsReader, end: number) => unknown>> = {
  A: ipv4,
  AAAA: ipv6,
  CNAME: (reader) => reader.name(),
  NS: (reader) => reader.name(),
  PTR: (reader) => reader.name(),
  TXT: texts,
  MX: (reader) => {
    const priority = reader.number(2);
    return { exchange: reader.name(), priority };
  },
  SRV: (reader) => {
    const [priority, weight, port] = [reader.number(2), reader.number(2), reader.number(2)];
    return { name: reader.name(), port, priority, weight };
  },
  NAPTR: (reader) => {
    const [order, preference] = [reader.number(2), reader.number(2)];
    const [flags, service, regexp] = [reader.string(), reader.string(), reader.string()];
    return { flags, service, regexp, replacement: reader.name(), order, preference };
  },
  SOA: (reader) => {
    const [nsname, hostmaster] = [reader.name(), reader.name()];
    const [serial, refresh, retry] = [reader.number(4), reader.number(4), reader.number(4)];
    return { nsname, hostmaster, serial, refresh, retry, expire: reader.number(4), minttl: reader.number(4) };
  },
  CAA: (reader, end) => {
    const critical = reader.number(1);
    const tag = reader.string();
    return { critical, [tag]: reader.text(end - reader.at) };
  },
  TLSA: (reader, end) => {
    const [certUsage, selector, match] = [reader.number(1), reader.number(1), reader.number(1)];
    return { certUsage, selector, match, data: reader.slice(end).buffer };
  },
};

const nameOf = (type: number): Exclude<RecordName, 'ANY'> | undefined => {
  const found = Object.entries(RecordType).find(([, value]) => value === type)?.[0];
  return found === 'ANY' ? undefined : (found as Exclude<RecordName, 'ANY'> | undefined);
};

function dataOf({ bytes }: DnsAnswer, record: DnsRecord, name: Exclude<RecordName, 'ANY'>): unknown {
  return READERS[name](new DnsReader(bytes, record.begin), record.end);
}

/** In the order in which c-ares' parsers are run one after the other. */
const ANY_ORDER: readonly Exclude<RecordName, 'ANY'>[] = [
  ...(['A', 'CNAME', 'AAAA', 'MX', 'NS', 'TXT', 'SRV', 'PTR', 'NAPTR', 'SOA', 'CAA', 'TLSA'] as const),
];

function anyRecord(answer: DnsAnswer, record: DnsRecord, type: Exclude<RecordName, 'ANY'>): Fields {
  const data = dataOf(answer, record, type);
  if (type === 'A' || type === 'AAAA') return { address: data, ttl: record.ttl, type };
  if (type === 'TXT') return { entries: data, type };
  return typeof data === 'string' ? { value: data, type } : { ...(data as Fields), type };
}

/** → what `oncomplete` gets behind the status; undefined when there is nothing of the kind asked for. */
export function results(answer: DnsAnswer, wanted: RecordName): unknown[] | undefined {
  if (wanted === 'ANY') {
    const all = ANY_ORDER.flatMap((type) =>
      answer.records
        .filter((record) => nameOf(record.type) === type)
        .map((record) => anyRecord(answer, record, type)),
    );
    return all.length === 0 ? undefined : [all];
  }
  const fitting = answer.records.filter((record) => record.type === RecordType[wanted]);
  if (fitting.length === 0) return undefined;
  const data = fitting.map((record) => dataOf(answer, record, wanted));
  if (wanted === 'SOA') return [data[0]];
  return wanted === 'A' || wanted === 'AAAA' ? [data, fitting.map(({ ttl }) => ttl)] : [data];
}
