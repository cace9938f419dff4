/** Signature schemes of TLS (RFC 8446, 4.2.3). */
import type { AsymmetricKey } from '../../cryptography/keys/key.ts';
import type { MessageScheme } from '../../cryptography/keys/verify-message.ts';
import { Version } from './constants.ts';

export interface SignatureScheme {
  readonly id: number;
  /** As tls.TLSSocket#getSharedSigalgs shows it. */
  readonly name: string;
  readonly how: MessageScheme;
  readonly key: AsymmetricKey['type'];
  /** TLS 1.3 binds the hash to this curve. */
  readonly curve?: string;
  /** Not in signatures of TLS 1.3 handshakes. */
  readonly old?: true;
}

const HASH_BYTES = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const;
type Hash = keyof typeof HASH_BYTES;

const pss = (id: number, key: 'rsa' | 'rsa-pss', hash: Hash): SignatureScheme => ({
  id,
  name: `${key === 'rsa' ? 'RSA-PSS' : 'rsa_pss_pss'}+${hash.toUpperCase()}`,
  how: { scheme: 'pss', hash, mgf1Hash: hash, saltLength: HASH_BYTES[hash] },
  key,
});
const pkcs1 = (id: number, hash: Hash): SignatureScheme => ({
  id,
  name: `RSA+${hash.toUpperCase()}`,
  how: { scheme: 'pkcs1', hash },
  key: 'rsa',
  old: true,
});
const ecdsa = (id: number, hash: Hash, curve?: string): SignatureScheme => ({
  id,
  name: `ECDSA+${hash.toUpperCase()}`,
  how: { scheme: 'ecdsa', hash },
  key: 'ec',
  ...(curve === undefined ? { old: true as const } : { curve }),
});

/** In OpenSSL's order of preference. */
export const SCHEMES: readonly SignatureScheme[] = [
  ecdsa(0x0403, 'sha256', 'prime256v1'),
  ecdsa(0x0503, 'sha384', 'secp384r1'),
  ecdsa(0x0603, 'sha512', 'secp521r1'),
  { id: 0x0807, name: 'Ed25519', how: { scheme: 'eddsa' }, key: 'ed25519' },
  { id: 0x0808, name: 'Ed448', how: { scheme: 'eddsa' }, key: 'ed448' },
  pss(0x0809, 'rsa-pss', 'sha256'),
  pss(0x080a, 'rsa-pss', 'sha384'),
  pss(0x080b, 'rsa-pss', 'sha512'),
  pss(0x0804, 'rsa', 'sha256'),
  pss(0x0805, 'rsa', 'sha384'),
  pss(0x0806, 'rsa', 'sha512'),
  pkcs1(0x0401, 'sha256'),
  pkcs1(0x0501, 'sha384'),
  pkcs1(0x0601, 'sha512'),
  ecdsa(0x0303, 'sha224'),
  pkcs1(0x0301, 'sha224'),
];
/** Known, but not offered unless asked for. */
const WEAK: readonly SignatureScheme[] = [ecdsa(0x0203, 'sha1'), pkcs1(0x0201, 'sha1')];

export function schemeById(id: number): SignatureScheme | undefined {
  return SCHEMES.find((scheme) => scheme.id === id) ?? WEAK.find((scheme) => scheme.id === id);
}

/** Whether a key can sign by the scheme in this version. */
export function suits(scheme: SignatureScheme, key: AsymmetricKey, version: number): boolean {
  if (scheme.key !== key.type) return false;
  if (key.type === 'rsa-pss' && key.pss !== undefined && scheme.how.scheme === 'pss') {
    if (key.pss.hash !== scheme.how.hash) return false;
  }
  if (version < Version.tls13) return true;
  if (scheme.old === true) return false;
  return scheme.curve === undefined || (key.type === 'ec' && key.curve.name === scheme.curve);
}

const NAMES: Readonly<Record<string, number>> = {
  ecdsa_secp256r1_sha256: 0x0403,
  ecdsa_secp384r1_sha384: 0x0503,
  ecdsa_secp521r1_sha512: 0x0603,
  ed25519: 0x0807,
  ed448: 0x0808,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
  rsa_pss_pss_sha256: 0x0809,
  rsa_pss_pss_sha384: 0x080a,
  rsa_pss_pss_sha512: 0x080b,
  rsa_pkcs1_sha256: 0x0401,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pkcs1_sha512: 0x0601,
};

/** SSL_CTX_set1_sigalgs_list; undefined when a name is unknown. */
export function parseSchemes(list: string): SignatureScheme[] | undefined {
  const schemes: SignatureScheme[] = [];
  for (const part of list.split(':')) {
    const [kind = '', hash] = part.split('+');
    const wanted = hash === undefined ? NAMES[part.toLowerCase()] : idOf(kind, hash);
    const scheme = wanted === undefined ? undefined : schemeById(wanted);
    if (scheme === undefined) return undefined;
    if (!schemes.includes(scheme)) schemes.push(scheme);
  }
  return schemes;
}

function idOf(kind: string, hash: string): number | undefined {
  const upper = `${kind.toUpperCase() === 'PSS' ? 'RSA-PSS' : kind.toUpperCase()}+${hash.toUpperCase()}`;
  return [...SCHEMES, ...WEAK].find((scheme) => scheme.name.toUpperCase() === upper)?.id;
}
