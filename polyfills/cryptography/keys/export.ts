/** Keys as a program asks for them: PEM or DER, encrypted where it says so. */
import { type Bytes, hex } from '../encoding/bytes.ts';
import { toPem } from '../encoding/pem.ts';
import { codedError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import { runScheme, encryptPbes2, findBlockScheme, pemKey, type BlockScheme } from './encryption.ts';
import type { AsymmetricKey, DsaKey, EcKey, RsaKey } from './key.ts';
import type { KeyEncoding } from './import.ts';
import {
  writePkcs1Private,
  writePkcs1Public,
  writePkcs8,
  writeSec1,
  writeSpki,
  writeTraditionalDsa,
} from './write.ts';

export interface KeyTarget {
  readonly format: 'pem' | 'der';
  readonly type: KeyEncoding;
  readonly cipher?: string | undefined;
  readonly passphrase?: Uint8Array | undefined;
}

export function exportPublic(key: AsymmetricKey, { format, type }: KeyTarget): string | Bytes {
  const der = type === 'pkcs1' ? writePkcs1Public(key as RsaKey) : writeSpki(key);
  if (format === 'der') return der;
  return toPem(type === 'pkcs1' ? 'RSA PUBLIC KEY' : 'PUBLIC KEY', der);
}

export function exportPrivate(key: AsymmetricKey, target: KeyTarget): string | Bytes {
  const scheme = target.cipher === undefined ? undefined : schemeOf(target.cipher);
  if (target.type === 'pkcs8') return exportPkcs8(key, target, scheme);
  const [label, der] = traditional(key, target.type);
  if (target.format === 'der') return der;
  if (scheme === undefined) return toPem(label, der);
  const iv = randomBytes(scheme.ivBytes);
  const secret = pemKey(target.passphrase ?? new Uint8Array(0), iv, scheme.keyBytes);
  const info = `DEK-Info: ${scheme.name.toUpperCase()},${hex(iv).toUpperCase()}`;
  return toPem(label, runScheme(scheme, true, secret, iv, der), ['Proc-Type: 4,ENCRYPTED', info]);
}

function schemeOf(cipher: string): BlockScheme {
  const scheme = findBlockScheme(cipher);
  if (scheme === undefined) throw codedError(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  return scheme;
}

function exportPkcs8(key: AsymmetricKey, target: KeyTarget, scheme: BlockScheme | undefined): string | Bytes {
  const plain = writePkcs8(key);
  const der =
    scheme === undefined ? plain : encryptPbes2(scheme, target.passphrase ?? new Uint8Array(0), plain);
  if (target.format === 'der') return der;
  return toPem(scheme === undefined ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY', der);
}

function traditional(key: AsymmetricKey, type: KeyEncoding): [label: string, der: Bytes] {
  if (type === 'sec1') return ['EC PRIVATE KEY', writeSec1(key as EcKey)];
  if (key.type === 'dsa') return ['DSA PRIVATE KEY', writeTraditionalDsa(key as DsaKey)];
  return ['RSA PRIVATE KEY', writePkcs1Private(key as RsaKey)];
}
