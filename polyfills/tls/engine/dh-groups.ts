/** The groups of RFC 7919 that `dhparam: 'auto'` takes: as strong as the key of the certificate (ssl_get_auto_dh of OpenSSL). */
import { bitLength } from '../../cryptography/encoding/bytes.ts';
import { type FfdheBits, ffdhePrime } from '../../cryptography/keys/dh-primes.ts';
import type { AsymmetricKey } from '../../cryptography/keys/key.ts';
import type { DhGroup } from './settings.ts';

const GENERATOR = 2n;
const BITS_DEFAULT = 3072;

export function dhGroupFor(key: AsymmetricKey): DhGroup {
  return { p: ffdhePrime(bitsFor(key)), g: GENERATOR };
}

function bitsFor(key: AsymmetricKey): FfdheBits {
  if (key.type === 'ec') return key.curve.orderBytes >= 48 ? 8192 : BITS_DEFAULT;
  if (key.type !== 'rsa' && key.type !== 'rsa-pss') return BITS_DEFAULT;
  const bits = bitLength(key.n);
  if (bits >= 7680) return 8192;
  if (bits >= 4096) return 4096;
  return bits >= 3072 ? 3072 : 2048;
}
