/** Object identifiers of key algorithms and hashes. */
export const RSA = '1.2.840.113549.1.1.1';
export const RSA_PSS = '1.2.840.113549.1.1.10';
export const MGF1 = '1.2.840.113549.1.1.8';
export const DSA = '1.2.840.10040.4.1';
export const DH = '1.2.840.113549.1.3.1';
/** X9.42, with the order of the subgroup. */
export const DHX = '1.2.840.10046.2.1';
export const EC = '1.2.840.10045.2.1';
export const PRIME_FIELD = '1.2.840.10045.1.1';

export const HASH_OIDS: Readonly<Record<string, string>> = {
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  'sha512-224': '2.16.840.1.101.3.4.2.5',
  'sha512-256': '2.16.840.1.101.3.4.2.6',
  'sha3-224': '2.16.840.1.101.3.4.2.7',
  'sha3-256': '2.16.840.1.101.3.4.2.8',
  'sha3-384': '2.16.840.1.101.3.4.2.9',
  'sha3-512': '2.16.840.1.101.3.4.2.10',
  ripemd160: '1.3.36.3.2.1',
};

export function hashByOid(oid: string): string | undefined {
  return Object.entries(HASH_OIDS).find(([, value]) => value === oid)?.[0];
}
