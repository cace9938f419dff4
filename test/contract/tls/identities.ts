/** Keys and certificates for tests, made by this library: an authority and what it signs. */
import { fromUtf8, type Bytes } from '../../../polyfills/cryptography/encoding/bytes.ts';
import {
  bitString,
  contextTag,
  derNull,
  encode,
  integer,
  octetString,
  oid,
  sequence,
  Tag,
} from '../../../polyfills/cryptography/encoding/der.ts';
import { toPem } from '../../../polyfills/cryptography/encoding/pem.ts';
import { curveByName } from '../../../polyfills/cryptography/keys/curves.ts';
import { generateEc } from '../../../polyfills/cryptography/keys/ec.ts';
import { publicOf, type AsymmetricKey } from '../../../polyfills/cryptography/keys/key.ts';
import { generateOkp } from '../../../polyfills/cryptography/keys/okp.ts';
import { generateRsa } from '../../../polyfills/cryptography/keys/rsa.ts';
import { signMessage, type MessageScheme } from '../../../polyfills/cryptography/keys/verify-message.ts';
import { writePkcs8, writeSpki } from '../../../polyfills/cryptography/keys/write.ts';
import { randomBytes } from '../../../polyfills/cryptography/random.ts';

export interface Identity {
  readonly name: string;
  readonly key: AsymmetricKey;
  readonly certificate: string;
  readonly privateKey: string;
}

export function ecKey(): AsymmetricKey {
  const curve = curveByName('prime256v1');
  if (curve === undefined) throw new Error('no P-256');
  return generateEc(curve);
}
export const rsaKey = (): AsymmetricKey => generateRsa(2048, 65_537n);
export const edKey = (): AsymmetricKey => generateOkp('ed25519');

function schemeOf(key: AsymmetricKey): [how: MessageScheme, algorithm: Bytes] {
  if (key.type === 'rsa')
    return [{ scheme: 'pkcs1', hash: 'sha256' }, sequence(oid('1.2.840.113549.1.1.11'), derNull())];
  if (key.type === 'ec') return [{ scheme: 'ecdsa', hash: 'sha256' }, sequence(oid('1.2.840.10045.4.3.2'))];
  return [{ scheme: 'eddsa' }, sequence(oid('1.3.101.112'))];
}

const nameOf = (text: string): Bytes =>
  sequence(encode(Tag.set, sequence(oid('2.5.4.3'), encode(Tag.utf8, fromUtf8(text)))));

function timeOf(year: number): Bytes {
  return encode(Tag.generalizedTime, fromUtf8(`${year}0101000000Z`));
}

export interface Wish {
  name: string;
  key: AsymmetricKey;
  issuer?: Identity;
  authority?: boolean;
  years?: readonly [from: number, to: number];
}

export function makeIdentity({ name, key, issuer, authority = false, years = [2000, 2999] }: Wish): Identity {
  const [how, algorithm] = schemeOf(issuer?.key ?? key);
  const extension = (id: string, value: Uint8Array): Bytes => sequence(oid(id), octetString(value));
  const dns = encode(0x82, fromUtf8(name));
  const extensions = authority
    ? [extension('2.5.29.19', sequence(encode(Tag.boolean, Uint8Array.of(0xff))))]
    : [extension('2.5.29.17', sequence(dns))];
  const body = sequence(
    encode(contextTag(0), integer(2)),
    integer(BigInt(`0x01${Buffer.from(randomBytes(8)).toString('hex')}`)),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(timeOf(years[0]), timeOf(years[1])),
    nameOf(name),
    writeSpki(publicOf(key)),
    encode(contextTag(3), sequence(...extensions)),
  );
  const signature = signMessage(issuer?.key ?? key, how, body);
  return {
    name,
    key,
    certificate: toPem('CERTIFICATE', sequence(body, algorithm, bitString(signature))),
    privateKey: toPem('PRIVATE KEY', writePkcs8(key)),
  };
}
