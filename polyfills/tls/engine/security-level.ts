/** What OpenSSL's security levels ask of a certificate that is shown to others (SSL_CTX_set_security_level(3)). */
import { opensslError } from '../../cryptography/errors.ts';
import { bitLength } from '../../cryptography/encoding/bytes.ts';
import type { AsymmetricKey } from '../../cryptography/keys/key.ts';
import type { Certificate } from '../../cryptography/x509/certificate.ts';

export const SECURITY_LEVEL_DEFAULT = 2;

/** Least sizes in bits by level: of moduli, and of the order of a curve. */
const MODULUS_BITS_MIN = [0, 1024, 2048, 3072, 7680, 15_360] as const;
const ORDER_BITS_MIN = [0, 160, 224, 256, 384, 512] as const;
/** Of Edwards curves and post-quantum keys: the highest level that they reach. */
const LEVELS: Readonly<Record<string, number>> = {
  ed25519: 3,
  ed448: 4,
  'ml-dsa-44': 3,
  'ml-dsa-65': 4,
  'ml-dsa-87': 5,
};
/** SHA-1 and MD5 are below the 80 bits of level 1. */
const WEAK_SIGNATURES = /^(?:md5|sha1)With|-SHA1$|WithSHA1$/;

function reaches(key: AsymmetricKey, level: number): boolean {
  if (key.type === 'rsa' || key.type === 'rsa-pss') return bitLength(key.n) >= (MODULUS_BITS_MIN[level] ?? 0);
  if (key.type === 'dsa' || key.type === 'dh') return bitLength(key.p) >= (MODULUS_BITS_MIN[level] ?? 0);
  if (key.type === 'ec') return bitLength(key.curve.parameters.n) >= (ORDER_BITS_MIN[level] ?? 0);
  return (LEVELS[key.type] ?? level) >= level;
}

/** The own certificate first. Throws what OpenSSL says of the first one that is too weak. */
export function checkStrength(chain: readonly Certificate[], level: number): void {
  for (const [at, certificate] of chain.entries()) {
    if (!reaches(certificate.publicKey, level)) {
      throw at === 0
        ? opensslError('SSL', 399, 'ee key too small')
        : opensslError('SSL', 397, 'ca key too small');
    }
    const weak = WEAK_SIGNATURES.test(certificate.signatureName ?? '');
    if (weak && level > 0 && !certificate.isSelfIssued) throw opensslError('SSL', 398, 'ca md too weak');
  }
}
