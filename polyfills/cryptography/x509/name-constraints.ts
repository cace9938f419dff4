/** Name constraints (RFC 5280, 4.2.1.10): the names for which an authority may speak, as OpenSSL checks them. */
import { contextTag, readOne } from '../encoding/der.ts';
import { type GeneralName, readGeneralName } from './alt-names.ts';
import type { Certificate } from './certificate.ts';
import { print2253 } from './names.ts';

export const NAME_CONSTRAINTS = '2.5.29.30';
const COMMON_NAME = '2.5.4.3';
const EMAIL = '1.2.840.113549.1.9.1';
const HOST_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i;

export type ConstraintFailure = 'PERMITTED_VIOLATION' | 'EXCLUDED_VIOLATION' | 'UNSPECIFIED';

interface Constraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** Every certificate below an authority that has constraints, but for those that authorities gave themselves. */
export function checkNameConstraints(chain: readonly Certificate[]): ConstraintFailure | undefined {
  for (let depth = chain.length - 1; depth >= 0; depth--) {
    const certificate = chain[depth];
    if (certificate === undefined || (depth > 0 && certificate.isSelfIssued)) continue;
    for (const authority of chain.slice(depth + 1)) {
      const value = authority.extensions.get(NAME_CONSTRAINTS)?.value;
      if (value === undefined) continue;
      const failure = check(namesOf(certificate, depth === 0), readConstraints(value));
      if (failure !== undefined) return failure;
    }
  }
  return undefined;
}

function readConstraints(der: Uint8Array): Constraints {
  const fields = readOne(der);
  const subtrees = (number: number): GeneralName[] => {
    if (fields.next !== contextTag(number)) return [];
    const names: GeneralName[] = [];
    for (const list = fields.sequence(contextTag(number)); !list.done;)
      names.push(readGeneralName(list.sequence()));
    return names;
  };
  return { permitted: subtrees(0), excluded: subtrees(1) };
}

/** The alternative names, the subject, mailboxes in it, and for a leaf without names of hosts what looks like one in it. */
function namesOf(certificate: Certificate, isLeaf: boolean): GeneralName[] {
  const { subject } = certificate;
  const names: GeneralName[] = [...(certificate.altNames ?? [])];
  const named = names.some(({ kind }) => kind === 'dns');
  if (subject.entries.length > 0) names.push({ kind: 'directory', text: print2253(subject) });
  for (const { oid, text } of subject.entries) {
    if (oid === EMAIL) names.push({ kind: 'email', text });
    if (oid === COMMON_NAME && isLeaf && !named && HOST_NAME.test(text)) names.push({ kind: 'dns', text });
  }
  return names;
}

function check(names: readonly GeneralName[], constraints: Constraints): ConstraintFailure | undefined {
  for (const name of names) {
    const permitted = constraints.permitted.filter(({ kind }) => kind === name.kind);
    const excluded = constraints.excluded.filter(({ kind }) => kind === name.kind);
    if (permitted.length + excluded.length === 0) continue;
    if (!isComparable(name)) return 'UNSPECIFIED';
    if (permitted.length > 0 && !permitted.some((base) => isWithin(name, base))) return 'PERMITTED_VIOLATION';
    if (excluded.some((base) => isWithin(name, base))) return 'EXCLUDED_VIOLATION';
  }
  return undefined;
}

const isComparable = ({ kind }: GeneralName): boolean =>
  kind === 'dns' || kind === 'email' || kind === 'uri' || kind === 'ip' || kind === 'directory';

function isWithin(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === 'ip' && base.kind === 'ip') return isInNetwork(name.bytes, base.bytes);
  if (!('text' in name) || !('text' in base)) return false;
  const [text, limit] = [name.text.toLowerCase(), base.text.toLowerCase()];
  switch (name.kind) {
    case 'dns':
      return isInDomain(text, limit);
    case 'email':
      return limit.includes('@') ? text === limit : isHostOf(text.slice(text.lastIndexOf('@') + 1), limit);
    case 'uri':
      return isHostOf(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/.exec(text)?.[1] ?? '', limit);
    default:
      // The text has the last part of the name first.
      return limit === '' || text === limit || text.endsWith(`,${limit}`);
  }
}

function isInDomain(host: string, domain: string): boolean {
  if (domain === '' || host === domain) return true;
  return host.endsWith(domain.startsWith('.') ? domain : `.${domain}`);
}

/** One host, or with a dot before it every host of a domain. */
function isHostOf(host: string, limit: string): boolean {
  return limit.startsWith('.') ? host.endsWith(limit) : host === limit;
}

/** `network` is an address and a mask. */
function isInNetwork(address: Uint8Array, network: Uint8Array): boolean {
  if (network.length !== 2 * address.length) return false;
  return address.every((byte, i) => ((byte ^ (network[i] ?? 0)) & (network[address.length + i] ?? 0)) === 0);
}
