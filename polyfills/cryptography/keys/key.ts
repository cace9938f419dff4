/** Asymmetric keys as this library holds them. A key with a `private` part is a private key. */
import type { Bytes } from '../encoding/bytes.ts';
import type { Curve } from './curves.ts';

export interface RsaPrivate {
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qi: bigint;
}
/** What an RSASSA-PSS key may be used with (RFC 8017, A.2.3). */
export interface PssRestriction {
  readonly hash: string;
  readonly mgf1Hash: string;
  readonly saltLength: number;
}
export interface RsaKey {
  readonly type: 'rsa' | 'rsa-pss';
  readonly n: bigint;
  readonly e: bigint;
  readonly pss?: PssRestriction | undefined;
  readonly private?: RsaPrivate | undefined;
}
export interface DsaKey {
  readonly type: 'dsa';
  readonly p: bigint;
  readonly q: bigint;
  readonly g: bigint;
  readonly y: bigint;
  readonly private?: { readonly x: bigint } | undefined;
}
export interface DhKey {
  readonly type: 'dh';
  readonly p: bigint;
  readonly g: bigint;
  readonly q?: bigint | undefined;
  readonly y: bigint;
  readonly private?: { readonly x: bigint } | undefined;
}
export interface EcKey {
  readonly type: 'ec';
  readonly curve: Curve;
  /** The public point, uncompressed. */
  readonly point: Bytes;
  /** The form in which it is written out. */
  readonly compressed?: boolean | undefined;
  /** The curve is written out by its parameters instead of its name. */
  readonly explicit?: boolean | undefined;
  readonly private?: { readonly d: bigint } | undefined;
}
export type OkpType = 'ed25519' | 'ed448' | 'x25519' | 'x448';
/** Keys of RFC 8032 and RFC 7748. */
export interface OkpKey {
  readonly type: OkpType;
  readonly public: Bytes;
  readonly private?: { readonly bytes: Bytes } | undefined;
}
type SlhVariant = `${'128' | '192' | '256'}${'s' | 'f'}`;
export type PqType =
  | `ml-dsa-${'44' | '65' | '87'}`
  | `ml-kem-${'512' | '768' | '1024'}`
  | `slh-dsa-${'sha2' | 'shake'}-${SlhVariant}`;
/** Post-quantum keys. */
export interface PqKey {
  readonly type: PqType;
  /** The public key. */
  readonly encoded: Bytes;
  /** The seed is known unless only the expanded key was given. */
  readonly private?: { readonly seed?: Bytes; readonly bytes: Bytes } | undefined;
}
export type AsymmetricKey = RsaKey | DsaKey | DhKey | EcKey | OkpKey | PqKey;

export function isOkp(key: AsymmetricKey): key is OkpKey {
  return 'public' in key;
}

export function publicOf(key: AsymmetricKey): AsymmetricKey {
  const { private: _secret, ...rest } = key;
  return rest as AsymmetricKey;
}

export function equalKeys(a: AsymmetricKey, b: AsymmetricKey): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint(key: AsymmetricKey): string {
  /** In one order of the names: that of a key's parts tells where it came from. */
  const plain = (value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString(16);
    if (value instanceof Uint8Array) return value.join(',');
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  // A post-quantum key may have come with or without its seed.
  const known = 'encoded' in key ? publicOf(key) : key;
  const shown =
    known.type === 'ec' ? { ...known, curve: known.curve.name, compressed: false, explicit: false } : known;
  return JSON.stringify(shown, (_name, value: unknown) => plain(value));
}
