/** Keys from what a program gives: PEM or DER of a stated or unstated kind, encrypted or not. */
import { fromHex } from '../encoding/bytes.ts';
import { DerError, readOne, Tag } from '../encoding/der.ts';
import { type PemBlock, pemBlocksOf } from '../encoding/pem.ts';
import { codedError, opensslError, unsupportedKey } from '../errors.ts';
import { runScheme, decryptWith, findBlockScheme, pemKey } from './encryption.ts';
import { publicOf, type AsymmetricKey } from './key.ts';
import {
  decoding,
  readPkcs1Private,
  readPkcs1Public,
  readPkcs8,
  readSec1,
  readSpki,
  readTraditionalDsa,
} from './read.ts';

export type KeyEncoding = 'pkcs1' | 'pkcs8' | 'spki' | 'sec1';
export interface KeySource {
  readonly format: 'pem' | 'der';
  readonly type?: KeyEncoding | undefined;
  readonly passphrase?: Uint8Array | undefined;
}

const PRIVATE_LABELS: Readonly<Record<string, (der: Uint8Array) => AsymmetricKey>> = {
  'PRIVATE KEY': readPkcs8,
  'RSA PRIVATE KEY': readPkcs1Private,
  'EC PRIVATE KEY': readSec1,
  'DSA PRIVATE KEY': readTraditionalDsa,
};
const ENCRYPTED_LABEL = 'ENCRYPTED PRIVATE KEY';

/** OpenSSL would ask for it on the terminal, and is told not to. */
const notAsked = (): Error => opensslError('CRYPTO', 0x80109, 'interrupted or cancelled');
const missingPassphrase = (): Error =>
  codedError(TypeError, 'ERR_MISSING_PASSPHRASE', 'Passphrase required for encrypted key');

export function importPrivate(data: Uint8Array, source: KeySource): AsymmetricKey {
  const key = source.format === 'pem' ? privateFromPem(data, source) : privateFromDer(data, source);
  return key;
}

/** A public key, or the public part of a private one. A certificate is read by `ofCertificate`. */
export function importPublic(
  data: Uint8Array,
  source: KeySource,
  ofCertificate: (der: Uint8Array) => AsymmetricKey,
): AsymmetricKey {
  if (source.format === 'der') return publicFromDer(data, source);
  const blocks = pemBlocksOf(data);
  for (const block of blocks) {
    if (block === undefined) continue;
    if (block.label === 'PUBLIC KEY') return decoding(() => readSpki(block.bytes));
    if (block.label === 'RSA PUBLIC KEY') return decoding(() => readPkcs1Public(block.bytes));
    if (
      block.label === 'CERTIFICATE' ||
      block.label === 'X509 CERTIFICATE' ||
      block.label === 'TRUSTED CERTIFICATE'
    ) {
      return decoding(() => ofCertificate(block.bytes));
    }
  }
  return publicOf(privateFromPem(data, source));
}

function publicFromDer(data: Uint8Array, { type, ...source }: KeySource): AsymmetricKey {
  if (type === 'spki') return readAnyOf(data, [readSpki]);
  if (type === 'pkcs1') return readAnyOf(data, [readPkcs1Public, (der) => publicOf(readPkcs1Private(der))]);
  return publicOf(privateFromDer(data, { ...source, type }));
}

/** The first of these that can read it. */
function readAnyOf(
  data: Uint8Array,
  readers: readonly ((der: Uint8Array) => AsymmetricKey)[],
): AsymmetricKey {
  let failure: unknown = unsupportedKey();
  for (const read of readers) {
    try {
      return read(data);
    } catch (error) {
      if (!(error instanceof DerError)) failure = error;
    }
  }
  throw failure;
}

function privateFromDer(data: Uint8Array, { type, passphrase }: KeySource): AsymmetricKey {
  switch (type) {
    case 'pkcs1':
      return readAnyOf(data, [readPkcs1Private]);
    case 'sec1':
      return readAnyOf(data, [readSec1]);
    default:
      return isEncryptedInfo(data) ? decryptInfo(data, passphrase) : readAnyOf(data, [readPkcs8]);
  }
}

function isEncryptedInfo(der: Uint8Array): boolean {
  try {
    return readOne(der).next === Tag.sequence;
  } catch {
    return false;
  }
}

/** EncryptedPrivateKeyInfo. */
export function decryptInfo(der: Uint8Array, passphrase: Uint8Array | undefined): AsymmetricKey {
  if (passphrase === undefined) throw missingPassphrase();
  const plain = decoding(() => {
    const fields = readOne(der);
    return decryptWith(fields.sequence(), passphrase, fields.octets());
  });
  return readDecrypted(plain, readPkcs8);
}

/** A wrong passphrase may leave a good padding by chance. */
function readDecrypted(plain: Uint8Array, read: (der: Uint8Array) => AsymmetricKey): AsymmetricKey {
  try {
    return read(plain);
  } catch (error) {
    if (error instanceof DerError) throw opensslError('PROV', 0x64, 'bad decrypt');
    throw error;
  }
}

function privateFromPem(data: Uint8Array, { passphrase }: KeySource): AsymmetricKey {
  for (const block of pemBlocksOf(data)) {
    if (block === undefined) continue;
    if (block.label === ENCRYPTED_LABEL) {
      if (passphrase === undefined) throw notAsked();
      return decryptInfo(block.bytes, passphrase);
    }
    const read = PRIVATE_LABELS[block.label];
    if (read === undefined) continue;
    const info = block.headers.get('DEK-Info');
    if (info === undefined) return decoding(() => read(block.bytes));
    return readDecrypted(decryptPem(block, info, passphrase), read);
  }
  throw unsupportedKey();
}

/** OpenSSL's own encryption of PEM bodies. */
function decryptPem({ bytes }: PemBlock, info: string, passphrase: Uint8Array | undefined): Uint8Array {
  if (passphrase === undefined) throw notAsked();
  const [name = '', ivText = ''] = info.split(',');
  const scheme = findBlockScheme(name);
  if (scheme === undefined) throw opensslError('PEM', 0x72, 'unsupported encryption');
  const iv = fromHex(ivText.trim());
  if (iv.length !== scheme.ivBytes) throw opensslError('PEM', 0x67, 'bad iv chars');
  return runScheme(scheme, false, pemKey(passphrase, iv, scheme.keyBytes), iv, bytes);
}
