/** X.509 certificates (RFC 5280): what is in them, and whether a key signed them. */
import { hash } from '../digest.ts';
import { type Bytes, equalBytes, hex } from '../encoding/bytes.ts';
import {
  bitsOf,
  contextTag,
  DerError,
  DerReader,
  type Element,
  implicitTag,
  readOne,
  Tag,
} from '../encoding/der.ts';
import { isOkp, type AsymmetricKey } from '../keys/key.ts';
import { readPss, readSpki } from '../keys/read.ts';
import { verifyMessage } from '../keys/verify-message.ts';
import { type GeneralName, printGeneralName, readGeneralName, readGeneralNames } from './alt-names.ts';
import { type Name, readName } from './names.ts';
import { SIGNATURE_ALGORITHMS, signatureName } from './signature-algorithms.ts';
import { readTime } from './time.ts';

export interface Extension {
  readonly critical: boolean;
  readonly value: Bytes;
}

const Id = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  altNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  infoAccess: '1.3.6.1.5.5.7.1.1',
} as const;

/** Extensions that a verifier takes note of; another that is critical makes a certificate unusable. */
export const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  ...Object.values(Id),
  '2.5.29.30',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.36',
  '2.5.29.54',
]);

const INFO_METHODS: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.48.1': 'OCSP',
  '1.3.6.1.5.5.7.48.2': 'CA Issuers',
  '1.3.6.1.5.5.7.48.3': 'AD Time Stamping',
  '1.3.6.1.5.5.7.48.5': 'CA Repository',
};

export const KeyUsage = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  certSign: 0x04,
  crlSign: 0x02,
} as const;

export class Certificate {
  readonly der: Bytes;
  readonly serial: Bytes;
  readonly negativeSerial: boolean;
  readonly issuer: Name;
  readonly subject: Name;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly version: number;
  readonly spki: Bytes;
  readonly signatureOid: string;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly #signed: Bytes;
  readonly #signature: Bytes;
  readonly #signatureAlgorithm: Bytes;
  #key: AsymmetricKey | undefined;

  constructor(der: Uint8Array) {
    this.der = der.slice() as Bytes;
    const fields = readOne(this.der);
    const tbs = fields.expect(Tag.sequence);
    this.#signed = tbs.whole;
    this.#signatureAlgorithm = fields.expect(Tag.sequence).whole;
    this.#signature = bitsOf(fields.expect(Tag.bitString).value);
    this.signatureOid = readOne(this.#signatureAlgorithm).oid();
    const body = new DerReader(tbs.value);
    const version = body.optional(contextTag(0));
    this.version = version === undefined ? 1 : 1 + new DerReader(version.value).smallInteger();
    this.serial = body.expect(Tag.integer).value;
    this.negativeSerial = ((this.serial[0] ?? 0) & 0x80) !== 0;
    body.expect(Tag.sequence);
    this.issuer = readName(body.expect(Tag.sequence));
    const validity = body.sequence();
    this.notBefore = readTime(validity.element());
    this.notAfter = readTime(validity.element());
    this.subject = readName(body.expect(Tag.sequence));
    this.spki = body.expect(Tag.sequence).whole;
    body.optional(implicitTag(1));
    body.optional(implicitTag(2));
    this.extensions = readExtensions(body.optional(contextTag(3)));
  }

  get publicKey(): AsymmetricKey {
    return (this.#key ??= readSpki(this.spki));
  }
  get serialText(): string {
    const text = hex(this.serial)
      .toUpperCase()
      .replace(/^(00)+(?=..)/, '');
    return this.negativeSerial ? `-${negate(text)}` : text;
  }
  get signatureName(): string | undefined {
    return signatureName(this.signatureOid);
  }
  get fingerprints(): Record<'sha1' | 'sha256' | 'sha512', string> {
    const print = (name: string): string =>
      (hex(hash(name, this.der)).toUpperCase().match(/../g) ?? []).join(':');
    return { sha1: print('sha1'), sha256: print('sha256'), sha512: print('sha512') };
  }
  get altNames(): GeneralName[] | undefined {
    const value = this.extensions.get(Id.altNames)?.value;
    return value && readGeneralNames(readOne(value));
  }
  get altNamesText(): string | undefined {
    try {
      return this.altNames?.map(printGeneralName).join(', ');
    } catch {
      return undefined;
    }
  }
  get infoAccessText(): string | undefined {
    const value = this.extensions.get(Id.infoAccess)?.value;
    if (value === undefined) return undefined;
    const lines: string[] = [];
    for (const list = readOne(value); !list.done;) {
      const item = list.sequence();
      const method = item.oid();
      lines.push(`${INFO_METHODS[method] ?? method} - ${printGeneralName(readGeneralName(item))}`);
    }
    return lines.join('\n');
  }
  /** Object identifiers; undefined when any use is fine. */
  get extendedKeyUsage(): string[] | undefined {
    const value = this.extensions.get(Id.extendedKeyUsage)?.value;
    if (value === undefined) return undefined;
    const usages: string[] = [];
    for (const list = readOne(value); !list.done;) usages.push(list.oid());
    return usages;
  }
  /** The first byte of the bits; undefined when any use is fine. */
  get keyUsage(): number | undefined {
    const value = this.extensions.get(Id.keyUsage)?.value;
    return value && (new DerReader(value).bits()[0] ?? 0);
  }
  get basicConstraints(): { ca: boolean; pathLength: number | undefined } | undefined {
    const value = this.extensions.get(Id.basicConstraints)?.value;
    if (value === undefined) return undefined;
    const fields = readOne(value);
    const ca = fields.optional(Tag.boolean)?.value[0] === 0xff;
    return { ca, pathLength: fields.done ? undefined : fields.smallInteger() };
  }
  /** X509_check_ca: may sign certificates. Certificates of version 1 that sign themselves may, too. */
  get isCa(): boolean {
    if (this.keyUsage !== undefined && (this.keyUsage & KeyUsage.certSign) === 0) return false;
    const constraints = this.basicConstraints;
    if (constraints !== undefined) return constraints.ca;
    return (this.version === 1 && this.isSelfIssued) || this.keyUsage !== undefined;
  }
  get isSelfIssued(): boolean {
    return equalBytes(this.issuer.der, this.subject.der);
  }
  get subjectKeyId(): Bytes | undefined {
    const value = this.extensions.get(Id.subjectKeyId)?.value;
    return value && new DerReader(value).octets();
  }
  get authorityKeyId(): Bytes | undefined {
    const value = this.extensions.get(Id.authorityKeyId)?.value;
    return value && readOne(value).optional(implicitTag(0))?.value;
  }

  /** Whether `key` made the signature of this certificate. */
  isSignedBy(key: AsymmetricKey): boolean {
    return verifySigned(this.#signatureAlgorithm, this.#signed, this.#signature, key);
  }
}

/** The signature over a signed structure of X.509, by its AlgorithmIdentifier. */
export function verifySigned(algorithm: Bytes, signed: Bytes, signature: Bytes, key: AsymmetricKey): boolean {
  const fields = readOne(algorithm);
  const entry = SIGNATURE_ALGORITHMS[fields.oid()];
  if (entry === undefined) return false;
  if (entry.scheme === 'pss') {
    if (key.type !== 'rsa' && key.type !== 'rsa-pss') return false;
    const pss = readPss(fields) ?? { hash: 'sha1', mgf1Hash: 'sha1', saltLength: 20 };
    return verifyMessage(key, { scheme: 'pss', ...pss }, signed, signature);
  }
  if (entry.scheme === 'eddsa')
    return isOkp(key) && key.type === entry.key && verifyMessage(key, entry, signed, signature);
  const fits =
    entry.scheme === 'pkcs1' ? key.type === 'rsa' : key.type === (entry.scheme === 'ecdsa' ? 'ec' : 'dsa');
  return fits && verifyMessage(key, entry, signed, signature);
}

function readExtensions(element: Element | undefined): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (element === undefined) return extensions;
  for (const list = readOne(element.value); !list.done;) {
    const fields = list.sequence();
    const oid = fields.oid();
    const critical = fields.optional(Tag.boolean)?.value[0] === 0xff;
    if (extensions.has(oid)) throw new DerError('an extension twice');
    extensions.set(oid, { critical, value: fields.octets() });
  }
  return extensions;
}

function negate(text: string): string {
  const value = (1n << BigInt(4 * text.length)) - BigInt(`0x${text}`);
  const digits = value.toString(16).toUpperCase();
  return digits.length % 2 === 1 ? `0${digits}` : digits;
}
