/**
 * Errors as Node makes them of OpenSSL's: `library`, `reason`, `code` and a message with the packed number
 * (ncrypto's Decorate in src/crypto/crypto_util.cc).
 */
const LIBRARIES = {
  BN: [3, 'bignum routines'],
  RSA: [4, 'rsa routines'],
  DH: [5, 'Diffie-Hellman routines'],
  EVP: [6, 'digital envelope routines'],
  PEM: [9, 'PEM routines'],
  DSA: [10, 'dsa routines'],
  X509: [11, 'x509 certificate routines'],
  CRYPTO: [15, 'common libcrypto routines'],
  ASN1: [13, 'asn1 encoding routines'],
  EC: [16, 'elliptic curve routines'],
  SSL: [20, 'SSL routines'],
  PKCS12: [35, 'PKCS12 routines'],
  PROV: [57, 'Provider routines'],
  DECODER: [60, 'DECODER routines'],
} as const satisfies Record<string, readonly [number, string]>;
type LibraryName = keyof typeof LIBRARIES;

/** Those whose name is not part of the code. */
const UNNAMED: ReadonlySet<LibraryName> = new Set<LibraryName>(['PROV', 'DECODER']);

export interface OpensslError extends Error {
  library: string;
  reason: string;
  code: string;
}

export function opensslCode(library: LibraryName, reason: string): string {
  const name = reason.toUpperCase().replaceAll(' ', '_');
  if (library === 'SSL') return `ERR_SSL_${name}`;
  return UNNAMED.has(library) ? `ERR_OSSL_${name}` : `ERR_OSSL_${library}_${name}`;
}

export function opensslError(library: LibraryName, number: number, reason: string): OpensslError {
  const [code, title] = LIBRARIES[library];
  const packed = ((code << 23) | number).toString(16).toUpperCase().padStart(8, '0');
  return Object.assign(new Error(`error:${packed}:${title}::${reason}`), {
    library: title,
    reason,
    code: opensslCode(library, reason),
  });
}

/** An error with one of Node's own codes. */
export function codedError(make: ErrorConstructor, code: string, message: string): Error {
  return Object.assign(new make(message), { code });
}

export const unsupportedKey = (): Error => opensslError('DECODER', 0x8010c, 'unsupported');
