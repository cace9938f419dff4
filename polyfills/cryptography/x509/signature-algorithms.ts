/** Signature algorithms of certificates by object identifier, with OpenSSL's long names. */
import type { MessageScheme } from '../keys/verify-message.ts';
import type { OkpType } from '../keys/key.ts';

type Entry = { readonly name: string } & (
  | Exclude<MessageScheme, { scheme: 'pss' } | { scheme: 'eddsa' }>
  | { readonly scheme: 'pss' }
  | { readonly scheme: 'eddsa'; readonly key: OkpType }
);

const pkcs1 = (name: string, hash: string): Entry => ({ name, scheme: 'pkcs1', hash });
const ecdsa = (hash: string): Entry => ({ name: `ecdsa-with-${hash.toUpperCase()}`, scheme: 'ecdsa', hash });

export const SIGNATURE_ALGORITHMS: Readonly<Record<string, Entry>> = {
  '1.2.840.113549.1.1.4': pkcs1('md5WithRSAEncryption', 'md5'),
  '1.2.840.113549.1.1.5': pkcs1('sha1WithRSAEncryption', 'sha1'),
  '1.2.840.113549.1.1.14': pkcs1('sha224WithRSAEncryption', 'sha224'),
  '1.2.840.113549.1.1.11': pkcs1('sha256WithRSAEncryption', 'sha256'),
  '1.2.840.113549.1.1.12': pkcs1('sha384WithRSAEncryption', 'sha384'),
  '1.2.840.113549.1.1.13': pkcs1('sha512WithRSAEncryption', 'sha512'),
  '1.2.840.113549.1.1.10': { name: 'rsassaPss', scheme: 'pss' },
  '1.2.840.10045.4.1': ecdsa('sha1'),
  '1.2.840.10045.4.3.1': ecdsa('sha224'),
  '1.2.840.10045.4.3.2': ecdsa('sha256'),
  '1.2.840.10045.4.3.3': ecdsa('sha384'),
  '1.2.840.10045.4.3.4': ecdsa('sha512'),
  '1.2.840.10040.4.3': { name: 'dsaWithSHA1', scheme: 'dsa', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.2': { name: 'dsa_with_SHA256', scheme: 'dsa', hash: 'sha256' },
  '1.3.101.112': { name: 'ED25519', scheme: 'eddsa', key: 'ed25519' },
  '1.3.101.113': { name: 'ED448', scheme: 'eddsa', key: 'ed448' },
};

export function signatureName(oid: string): string | undefined {
  return SIGNATURE_ALGORITHMS[oid]?.name;
}
