/**
 * Certification paths (RFC 5280, section 6) as OpenSSL builds them: from the peer's certificate over what the peer sent to
 * an authority that is trusted, trusted ones first. The result is the first thing that is wrong, by OpenSSL's name.
 */
import { equalBytes } from '../encoding/bytes.ts';
import type { Certificate } from './certificate.ts';
import { KeyUsage, KNOWN_EXTENSIONS } from './certificate.ts';
import type { RevocationList } from './crl.ts';
import { checkNameConstraints } from './name-constraints.ts';
import { sameName } from './names.ts';

/** X509_verify_cert_error_string by the name of the error. */
export const VERIFY_MESSAGES = {
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_CRL: 'unable to get certificate CRL',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CRL_SIGNATURE_FAILURE: 'CRL signature failure',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CRL_NOT_YET_VALID: 'CRL is not yet valid',
  CRL_HAS_EXPIRED: 'CRL has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  CERT_CHAIN_TOO_LONG: 'certificate chain too long',
  CERT_REVOKED: 'certificate revoked',
  INVALID_CA: 'invalid CA certificate',
  PATH_LENGTH_EXCEEDED: 'path length constraint exceeded',
  INVALID_PURPOSE: 'unsuitable certificate purpose',
  UNSPECIFIED: 'unhandled critical extension',
  PERMITTED_VIOLATION: 'permitted subtree violation',
  EXCLUDED_VIOLATION: 'excluded subtree violation',
} as const;
export type VerifyFailure = keyof typeof VERIFY_MESSAGES;

/** The code that Node gives: it has names for the older errors only. */
export const verifyCode = (failure: VerifyFailure): string =>
  failure.endsWith('_VIOLATION') ? 'UNSPECIFIED' : failure;

export interface TrustStore {
  readonly trusted: readonly Certificate[];
  /** An authority needs no authority of its own to be trusted. */
  readonly partialChain?: boolean;
  readonly revocations?: readonly RevocationList[];
}

export interface Verification {
  readonly failure: VerifyFailure | undefined;
  /** The leaf first, as far as the path could be built. */
  readonly chain: readonly Certificate[];
}

/** As OpenSSL's default depth. */
const DEPTH_MAX = 100;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';

export type Purpose = 'server' | 'client';

export function verifyChain(
  leaf: Certificate,
  sent: readonly Certificate[],
  store: TrustStore,
  purpose: Purpose,
  nowSeconds: number,
): Verification {
  const { chain, failure } = buildChain(leaf, sent, store);
  const problem =
    failure ??
    checkUses(chain, purpose) ??
    constraintFailure(chain) ??
    checkSignatures(chain, store, nowSeconds) ??
    checkRevocation(chain, store, nowSeconds);
  return { chain, failure: problem };
}

function buildChain(leaf: Certificate, sent: readonly Certificate[], store: TrustStore): Verification {
  const chain = [leaf];
  let last = leaf;
  if (isTrusted(leaf, store) && (store.partialChain === true || isSelfSigned(leaf)))
    return { chain, failure: undefined };
  while (chain.length <= DEPTH_MAX) {
    if (isSelfSigned(last)) {
      if (isTrusted(last, store)) return { chain, failure: undefined };
      const own = chain.length === 1;
      return { chain, failure: own ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : 'SELF_SIGNED_CERT_IN_CHAIN' };
    }
    const anchor = issuerOf(last, store.trusted, chain);
    const issuer = anchor ?? issuerOf(last, sent, chain);
    if (issuer === undefined) {
      const anyTrusted = chain.some((one) => one !== leaf && isTrusted(one, store));
      if (anyTrusted) return { chain, failure: 'UNABLE_TO_GET_ISSUER_CERT' };
      const alone = chain.length === 1 && sent.length <= 1;
      return {
        chain,
        failure: alone ? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      };
    }
    chain.push(issuer);
    if (anchor !== undefined && store.partialChain === true) return { chain, failure: undefined };
    last = issuer;
  }
  return { chain, failure: 'CERT_CHAIN_TOO_LONG' };
}

const isTrusted = (certificate: Certificate, { trusted }: TrustStore): boolean =>
  trusted.some((one) => equalBytes(one.der, certificate.der));

function isSelfSigned(certificate: Certificate): boolean {
  return certificate.isSelfIssued && isIssuer(certificate, certificate);
}

function issuerOf(
  certificate: Certificate,
  candidates: readonly Certificate[],
  chain: readonly Certificate[],
): Certificate | undefined {
  const fitting = candidates.filter((one) => isIssuer(one, certificate) && !chain.includes(one));
  return fitting.find((one) => signs(one, certificate)) ?? fitting[0];
}

/** X509_check_issued: by names, key identifiers and usage; the signature is another matter. */
export function isIssuer(issuer: Certificate, certificate: Certificate): boolean {
  if (!sameName(issuer.subject, certificate.issuer)) return false;
  const [wanted, has] = [certificate.authorityKeyId, issuer.subjectKeyId];
  if (wanted !== undefined && has !== undefined && !equalBytes(wanted, has)) return false;
  const usage = issuer.keyUsage;
  return usage === undefined || (usage & KeyUsage.certSign) !== 0 || equalBytes(issuer.der, certificate.der);
}

function signs(issuer: Certificate, certificate: Certificate): boolean {
  try {
    return certificate.isSignedBy(issuer.publicKey);
  } catch {
    return false;
  }
}

function checkUses(chain: readonly Certificate[], purpose: Purpose): VerifyFailure | undefined {
  let below = -1;
  for (const [depth, certificate] of chain.entries()) {
    for (const [oid, { critical }] of certificate.extensions) {
      if (critical && !KNOWN_EXTENSIONS.has(oid)) return 'UNSPECIFIED';
    }
    if (depth > 0 && !certificate.isCa) return 'INVALID_CA';
    const limit = certificate.basicConstraints?.pathLength;
    if (depth > 0 && limit !== undefined && below > limit) return 'PATH_LENGTH_EXCEEDED';
    if (!allows(certificate, purpose, depth)) return 'INVALID_PURPOSE';
    if (depth === 0 || !certificate.isSelfIssued) below++;
  }
  return undefined;
}

function constraintFailure(chain: readonly Certificate[]): VerifyFailure | undefined {
  try {
    return checkNameConstraints(chain);
  } catch {
    // Names or constraints that cannot be read constrain everything.
    return 'UNSPECIFIED';
  }
}

function allows(certificate: Certificate, purpose: Purpose, depth: number): boolean {
  const uses = certificate.extendedKeyUsage;
  const wanted = purpose === 'server' ? SERVER_AUTH : CLIENT_AUTH;
  if (uses !== undefined && !uses.includes(wanted) && !uses.includes(ANY_USAGE)) return false;
  const usage = certificate.keyUsage;
  if (depth > 0 || usage === undefined) return true;
  const { digitalSignature, keyEncipherment, keyAgreement } = KeyUsage;
  const needed =
    purpose === 'server'
      ? digitalSignature | keyEncipherment | keyAgreement
      : digitalSignature | keyAgreement;
  return (usage & needed) !== 0;
}

/** From the authority down, as OpenSSL does: the first that is wrong from there is what is told. */
function checkSignatures(
  chain: readonly Certificate[],
  { partialChain }: TrustStore,
  now: number,
): VerifyFailure | undefined {
  for (let depth = chain.length - 1; depth >= 0; depth--) {
    const certificate = chain[depth];
    const issuer = chain[depth + 1] ?? certificate;
    if (certificate === undefined || issuer === undefined) continue;
    const anchor = depth === chain.length - 1;
    const unchecked = anchor && (partialChain === true || certificate.isSelfIssued);
    if (!unchecked && !signs(issuer, certificate)) return 'CERT_SIGNATURE_FAILURE';
    if (now < certificate.notBefore) return 'CERT_NOT_YET_VALID';
    if (now > certificate.notAfter) return 'CERT_HAS_EXPIRED';
  }
  return undefined;
}

/** Once there is a list, every certificate of the chain needs one of its issuer. */
function checkRevocation(
  chain: readonly Certificate[],
  store: TrustStore,
  now: number,
): VerifyFailure | undefined {
  const lists = store.revocations ?? [];
  if (lists.length === 0) return undefined;
  for (const [depth, certificate] of chain.entries()) {
    const issuer = chain[depth + 1] ?? certificate;
    const list = lists.find((one) => sameName(one.issuer, certificate.issuer));
    if (list === undefined) return 'UNABLE_TO_GET_CRL';
    if (!list.isSignedBy(issuer.publicKey)) return 'CRL_SIGNATURE_FAILURE';
    if (now < list.thisUpdate) return 'CRL_NOT_YET_VALID';
    if (list.nextUpdate !== undefined && now > list.nextUpdate) return 'CRL_HAS_EXPIRED';
    if (list.revokes(certificate)) return 'CERT_REVOKED';
  }
  return undefined;
}

/** A chain to be shown: where nothing stands behind the own certificate, what is known of its issuers is added. */
export function completeChain(
  chain: readonly Certificate[],
  known: readonly Certificate[],
): readonly Certificate[] {
  const [leaf] = chain;
  if (leaf === undefined || chain.length > 1) return chain;
  const whole = [leaf];
  for (let last = leaf; !isSelfSigned(last) && whole.length <= DEPTH_MAX;) {
    const issuer = issuerOf(last, known, whole);
    if (issuer === undefined) break;
    whole.push(issuer);
    last = issuer;
  }
  return whole;
}
