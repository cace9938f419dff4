/** PKCS#12 stores (RFC 7292): a key with its certificates under a passphrase. */
import { mac } from '../digest.ts';
import { type Bytes, equalBytes } from '../encoding/bytes.ts';
import type { DerReader } from '../encoding/der.ts';
import { contextTag, DerError, implicitTag, readOne } from '../encoding/der.ts';
import { codedError, opensslError } from '../errors.ts';
import { decryptWith, MAC_MATERIAL, pkcs12Key } from '../keys/encryption.ts';
import { decryptInfo } from '../keys/import.ts';
import type { AsymmetricKey } from '../keys/key.ts';
import { hashByOid } from '../keys/oids.ts';
import { readPkcs8 } from '../keys/read.ts';
import { Certificate } from './certificate.ts';

export interface Pkcs12 {
  key: AsymmetricKey | undefined;
  certificates: Certificate[];
}

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const BAG = '1.2.840.113549.1.12.10.1.';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';

export function readPkcs12(der: Uint8Array, passphrase: Uint8Array): Pkcs12 {
  try {
    const fields = readOne(der);
    fields.smallInteger();
    const content = fields.sequence();
    if (content.oid() !== DATA) throw new DerError('content');
    const authenticated = content.sequence(contextTag(0)).octets();
    if (!fields.done) checkMac(fields.sequence(), authenticated, passphrase);
    const store: Pkcs12 = { key: undefined, certificates: [] };
    for (const parts = readOne(authenticated); !parts.done;) readPart(parts.sequence(), passphrase, store);
    return store;
  } catch (error) {
    if (error instanceof DerError) throw opensslError('ASN1', 0x9b, 'not enough data');
    throw error;
  }
}

function checkMac(fields: DerReader, content: Bytes, passphrase: Uint8Array): void {
  const info = fields.sequence();
  const digest = hashByOid(info.sequence().oid());
  const expected = info.octets();
  const salt = fields.octets();
  const iterations = fields.done ? 1 : fields.smallInteger();
  if (digest === undefined)
    throw codedError(Error, 'ERR_CRYPTO_UNSUPPORTED_OPERATION', 'Unsupported PKCS12 PFX data');
  const key = pkcs12Key({ digest, id: MAC_MATERIAL, passphrase, salt, iterations, length: expected.length });
  if (!equalBytes(mac(digest, key, content), expected))
    throw opensslError('PKCS12', 0x71, 'mac verify failure');
}

function readPart(part: DerReader, passphrase: Uint8Array, store: Pkcs12): void {
  const kind = part.oid();
  if (kind === DATA) {
    readBags(part.sequence(contextTag(0)).octets(), passphrase, store);
  } else if (kind === ENCRYPTED_DATA) {
    const fields = part.sequence(contextTag(0)).sequence();
    fields.smallInteger();
    const content = fields.sequence();
    content.oid();
    const algorithm = content.sequence();
    readBags(decryptWith(algorithm, passphrase, content.expect(implicitTag(0)).value), passphrase, store);
  }
}

function readBags(der: Bytes, passphrase: Uint8Array, store: Pkcs12): void {
  for (const bags = readOne(der); !bags.done;) {
    const bag = bags.sequence();
    const kind = bag.oid();
    const value = bag.expect(contextTag(0)).value;
    if (kind === `${BAG}1`) store.key ??= readPkcs8(value);
    else if (kind === `${BAG}2`) store.key ??= decryptInfo(value, passphrase);
    else if (kind === `${BAG}3`) {
      const certificate = readOne(value);
      if (certificate.oid() === X509_CERTIFICATE) {
        store.certificates.push(new Certificate(certificate.sequence(contextTag(0)).octets()));
      }
    }
  }
}
