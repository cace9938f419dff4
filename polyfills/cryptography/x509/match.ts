/** Does a certificate speak for a host, an address, a mailbox? (X509_check_host and its like) */
import { equalBytes, type Bytes } from '../encoding/bytes.ts';
import type { Certificate } from './certificate.ts';

export const CheckFlag = {
  alwaysSubject: 0x1,
  noWildcards: 0x2,
  noPartialWildcards: 0x4,
  multiLabelWildcards: 0x8,
  singleLabelSubdomains: 0x10,
  neverSubject: 0x20,
} as const;

const COMMON_NAME = '2.5.4.3';
const EMAIL = '1.2.840.113549.1.9.1';

/** Names that stand in the subject count when no alternative name of the kind does, or always if asked. */
function candidates(certificate: Certificate, kind: 'dns' | 'email', oid: string, flags: number): string[] {
  const names = certificate.altNames ?? [];
  const listed = names.flatMap((name) => (name.kind === kind ? [name.text] : []));
  const useSubject = listed.length === 0 || (flags & CheckFlag.alwaysSubject) !== 0;
  if (!useSubject || (flags & CheckFlag.neverSubject) !== 0) return listed;
  const subject = certificate.subject.entries.filter((entry) => entry.oid === oid).map((entry) => entry.text);
  return [...listed, ...subject];
}

/** The name that matched. */
export function matchHost(certificate: Certificate, host: string, flags: number): string | undefined {
  const subdomains = host.startsWith('.') && host.length > 1;
  const wanted = host.toLowerCase();
  return candidates(certificate, 'dns', COMMON_NAME, flags).find((pattern) => {
    const lower = pattern.toLowerCase();
    if (subdomains) return matchesSubdomain(lower, wanted, flags);
    return lower === wanted || matchesWildcard(lower, wanted, flags);
  });
}

function matchesSubdomain(pattern: string, suffix: string, flags: number): boolean {
  if (!pattern.endsWith(suffix) || pattern.length === suffix.length) return false;
  const head = pattern.slice(0, -suffix.length);
  return (flags & CheckFlag.singleLabelSubdomains) === 0 || !head.includes('.');
}

function matchesWildcard(pattern: string, host: string, flags: number): boolean {
  if ((flags & CheckFlag.noWildcards) !== 0) return false;
  const [first = '', ...rest] = pattern.split('.');
  const star = first.indexOf('*');
  if (star < 0 || first.indexOf('*', star + 1) >= 0 || rest.length < 2 || rest.join('').includes('*'))
    return false;
  const [prefix, suffix] = [first.slice(0, star), first.slice(star + 1)];
  const partial = prefix !== '' || suffix !== '';
  if (partial && ((flags & CheckFlag.noPartialWildcards) !== 0 || first.startsWith('xn--'))) return false;
  const tail = `.${rest.join('.')}`;
  if (!host.endsWith(tail)) return false;
  const label = host.slice(0, -tail.length);
  const multi = (flags & CheckFlag.multiLabelWildcards) !== 0 && !partial;
  if (!multi && label.includes('.')) return false;
  if (label.length < Math.max(1, prefix.length + suffix.length)) return false;
  if (label.startsWith('xn--') && partial) return false;
  return /^[a-z0-9.-]+$/.test(label) && label.startsWith(prefix) && label.endsWith(suffix);
}

export function matchEmail(certificate: Certificate, email: string, flags: number): boolean {
  const normal = (text: string): string => {
    const at = text.lastIndexOf('@');
    return text.slice(0, at) + text.slice(at).toLowerCase();
  };
  return candidates(certificate, 'email', EMAIL, flags).some((one) => normal(one) === normal(email));
}

export function matchIp(certificate: Certificate, bytes: Bytes): boolean {
  return (certificate.altNames ?? []).some((name) => name.kind === 'ip' && equalBytes(name.bytes, bytes));
}
