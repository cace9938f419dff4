/** The handle of an X509Certificate, and the object of old that TLS sockets give (src/crypto/crypto_x509.cc). */
import type { NodeContext } from '../context.ts';
import type { Certificate } from '../cryptography/x509/certificate.ts';
import type { Name } from '../cryptography/x509/names.ts';
import { cloneHostObject } from '../host-object.ts';
import { AF_INET, AF_INET6, parseIp } from '../net/ip-address.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { KeyType, keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface Certificates {
  parseX509(data: ArrayBufferView): object;
  handleFor(chain: readonly Certificate[]): object | undefined;
  legacy(certificate: Certificate): Record<string, unknown>;
}

const known = new WeakMap<NodeContext, Certificates>();

export function certificatesOf(context: NodeContext): Certificates {
  let made = known.get(context);
  if (made === undefined) known.set(context, (made = createCertificates(context)));
  return made;
}

function createCertificates(context: NodeContext): Certificates {
  const library = cryptographyOf(context);
  const { x509, keys: lib, pem, bytes } = library;
  const keys = keysOf(context);
  const buffer = (data: Uint8Array): Bytes => toBuffer(copyBytes(data, 0, data.length));

  class X509Certificate {
    readonly #certificate: Certificate;
    readonly #issuer: X509Certificate | undefined;

    constructor(certificate: Certificate, issuer?: X509Certificate) {
      this.#certificate = certificate;
      this.#issuer = issuer;
    }
    [cloneHostObject](): object {
      return new X509Certificate(this.#certificate, this.#issuer);
    }
    subject(): string | undefined {
      return x509.printLines(this.#certificate.subject) || undefined;
    }
    issuer(): string | undefined {
      return x509.printLines(this.#certificate.issuer) || undefined;
    }
    subjectAltName(): string | undefined {
      return this.#certificate.altNamesText;
    }
    infoAccess(): string | undefined {
      return this.#certificate.infoAccessText;
    }
    validFrom(): string {
      return x509.printTime(this.#certificate.notBefore);
    }
    validTo(): string {
      return x509.printTime(this.#certificate.notAfter);
    }
    validFromDate(): Date {
      return new Date(this.#certificate.notBefore * 1000);
    }
    validToDate(): Date {
      return new Date(this.#certificate.notAfter * 1000);
    }
    fingerprint(): string {
      return this.#certificate.fingerprints.sha1;
    }
    fingerprint256(): string {
      return this.#certificate.fingerprints.sha256;
    }
    fingerprint512(): string {
      return this.#certificate.fingerprints.sha512;
    }
    keyUsage(): string[] | undefined {
      return this.#certificate.extendedKeyUsage;
    }
    serialNumber(): string {
      return this.#certificate.serialText;
    }
    signatureAlgorithm(): string | undefined {
      return this.#certificate.signatureName;
    }
    signatureAlgorithmOid(): string {
      return this.#certificate.signatureOid;
    }
    pem(): string {
      return pem.toPem('CERTIFICATE', this.#certificate.der);
    }
    raw(): Bytes {
      return buffer(this.#certificate.der);
    }
    publicKey(): object {
      return keys.makeAsymmetric(
        KeyType.public,
        lib.decoding(() => this.#certificate.publicKey),
      );
    }
    checkCA(): boolean {
      return this.#certificate.isCa;
    }
    checkHost(name: string, flags: number): string | undefined {
      if (name.includes('\0')) throw invalidName(context);
      return x509.matchHost(this.#certificate, name, flags);
    }
    checkEmail(email: string, flags: number): string | undefined {
      if (email.includes('\0')) throw invalidName(context);
      return x509.matchEmail(this.#certificate, email, flags) ? email : undefined;
    }
    checkIP(text: string): string | undefined {
      const ip = ipBytes(text);
      if (ip === undefined) throw invalidName(context);
      return x509.matchIp(this.#certificate, ip) ? text : undefined;
    }
    checkIssued(other: X509Certificate): boolean {
      return x509.isIssuer(other.#certificate, this.#certificate);
    }
    checkPrivateKey(key: object): boolean {
      return lib.equalKeys(this.#certificate.publicKey, lib.publicOf(keys.asymmetricOf(key)));
    }
    verify(key: object): boolean {
      return this.#certificate.isSignedBy(keys.asymmetricOf(key));
    }
    toLegacy(): object {
      return legacy(this.#certificate);
    }
    getIssuerCert(): X509Certificate | undefined {
      return this.#issuer;
    }
  }

  function legacy(certificate: Certificate): Record<string, unknown> {
    const prints = certificate.fingerprints;
    const all: Record<string, unknown> = {
      subject: nameObject(certificate.subject),
      issuer: nameObject(certificate.issuer),
      subjectaltname: certificate.altNamesText,
      infoAccess: certificate.infoAccessText,
      ca: certificate.isCa,
      ...legacyKey(certificate),
      valid_from: x509.printTime(certificate.notBefore),
      valid_to: x509.printTime(certificate.notAfter),
      fingerprint: prints.sha1,
      fingerprint256: prints.sha256,
      fingerprint512: prints.sha512,
      ext_key_usage: certificate.extendedKeyUsage,
      serialNumber: certificate.serialText,
      raw: buffer(certificate.der),
    };
    const { asn1Curve, nistCurve } = all;
    delete all['asn1Curve'];
    delete all['nistCurve'];
    const ordered = { ...all, asn1Curve, nistCurve };
    return Object.fromEntries(Object.entries(ordered).filter(([, value]) => value !== undefined));
  }

  function legacyKey(certificate: Certificate): Record<string, unknown> {
    let key;
    try {
      key = certificate.publicKey;
    } catch {
      return {};
    }
    if (key.type === 'rsa') {
      return {
        modulus: bytes.hex(bytes.fromBigInt(key.n)).toUpperCase(),
        exponent: `0x${key.e.toString(16)}`,
        pubkey: buffer(library.keys.exportPublic(key, { format: 'der', type: 'spki' }) as Bytes),
        bits: bytes.bitLength(key.n),
      };
    }
    if (key.type !== 'ec') return {};
    return {
      pubkey: buffer(key.point),
      bits: bytes.bitLength(key.curve.parameters.n),
      asn1Curve: key.curve.name,
      nistCurve: key.curve.jwk?.startsWith('P-') === true ? key.curve.jwk : undefined,
    };
  }

  return {
    parseX509(data) {
      const view = bytesOf(data);
      const given = copyBytes(view, 0, lengthOf(view));
      return new X509Certificate(readCertificate(context, given));
    },
    handleFor(chain) {
      return [...chain]
        .reverse()
        .reduce<X509Certificate | undefined>(
          (issuer, certificate) => new X509Certificate(certificate, issuer),
          undefined,
        );
    },
    legacy,
  };
}

function invalidName({ errors }: NodeContext): Error {
  return errors.coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'Invalid name');
}

/** PEM first, then DER. */
function readCertificate(context: NodeContext, data: Bytes): Certificate {
  const { x509, pem, DerError, errors } = cryptographyOf(context);
  const block = pem.pemBlocksOf(data).find((one) => one?.label.includes('CERTIFICATE') === true);
  try {
    return new x509.Certificate(block?.bytes ?? data);
  } catch (error) {
    if (error instanceof DerError) throw errors.opensslError('PEM', 0x6c, 'no start line');
    throw error;
  }
}

function nameObject({ entries }: Name): Record<string, unknown> {
  const object = Object.create(null) as Record<string, unknown>;
  for (const { label, text } of entries) {
    const before = object[label];
    if (before === undefined) object[label] = text;
    else if (Array.isArray(before)) before.push(text);
    else object[label] = [before, text];
  }
  return object;
}

function ipBytes(text: string): Bytes | undefined {
  const four = parseIp(text, AF_INET);
  const parsed = four ?? parseIp(text, AF_INET6);
  if (parsed === undefined) return undefined;
  const length = four === undefined ? 16 : 4;
  return Uint8Array.from({ length }, (_, i) => Number((parsed.bits >> BigInt(8 * (length - 1 - i))) & 0xffn));
}
