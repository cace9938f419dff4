/** Certificate and CertificateVerify messages, and the choice of what to show and how to sign. */
import { type Bytes, concat, fromUtf8 } from '../../cryptography/encoding/bytes.ts';
import { signMessage, verifyMessage } from '../../cryptography/keys/verify-message.ts';
import type { Certificate } from '../../cryptography/x509/certificate.ts';
import {
  type Extensions,
  handshakeMessage,
  number,
  Reader,
  readExtensions,
  vector,
  writeExtensions,
} from './codec.ts';
import type { Connection } from './connection.ts';
import { Extension, Handshake, Version } from './constants.ts';
import { Fail } from './failures.ts';
import type { Credential } from './settings.ts';
import { schemeById, type SignatureScheme, suits } from './signatures.ts';

/** Most certificates that a peer may send. */
const CHAIN_MAX = 100;

export function writeCertificate13(
  chain: readonly Certificate[],
  context: Uint8Array = new Uint8Array(0),
  ocspResponse?: Uint8Array,
): Bytes {
  const stapled: Extensions = new Map();
  if (ocspResponse !== undefined) stapled.set(Extension.statusRequest, certificateStatus(ocspResponse));
  const entries = chain.map(({ der }, at) =>
    concat(vector(3, der), at === 0 ? writeExtensions(stapled) : vector(2)),
  );
  return handshakeMessage(Handshake.certificate, vector(1, context), vector(3, ...entries));
}

export function readCertificate13(body: Uint8Array): { chain: Bytes[]; ocspResponse: Bytes | undefined } {
  const reader = new Reader(body);
  reader.vector(1);
  const chain: Bytes[] = [];
  let status: Bytes | undefined;
  for (const list = reader.nested(3); !list.done;) {
    chain.push(list.vector(3));
    const extensions = readExtensions(list);
    if (chain.length === 1) status = extensions.get(Extension.statusRequest);
    if (chain.length > CHAIN_MAX) throw Fail.decode();
  }
  reader.end();
  return { chain, ocspResponse: status && readCertificateStatus(status) };
}

/** CertificateStatus, a message of 1.2 and an extension of 1.3 (RFC 6066, section 8; RFC 8446, 4.4.2.1). */
const STATUS_OCSP = 1;
export const certificateStatus = (ocspResponse: Uint8Array): Bytes =>
  concat(Uint8Array.of(STATUS_OCSP), vector(3, ocspResponse));

export function readCertificateStatus(value: Uint8Array): Bytes {
  const reader = new Reader(value);
  if (reader.number(1) !== STATUS_OCSP) throw Fail.badStatusType();
  const response = reader.vector(3);
  reader.end();
  return response;
}

export function writeCertificate12(chain: readonly Certificate[]): Bytes {
  return handshakeMessage(Handshake.certificate, vector(3, ...chain.map(({ der }) => vector(3, der))));
}

export function readCertificate12(body: Uint8Array): Bytes[] {
  const reader = new Reader(body);
  const chain: Bytes[] = [];
  for (const list = reader.nested(3); !list.done;) {
    chain.push(list.vector(3));
    if (chain.length > CHAIN_MAX) throw Fail.decode();
  }
  reader.end();
  return chain;
}

/** The first of the own schemes that the peer takes too and that the key can do. */
export function chooseScheme(
  own: readonly SignatureScheme[],
  peer: readonly number[],
  { key }: Credential,
  version: number,
): SignatureScheme | undefined {
  return own.find((scheme) => peer.includes(scheme.id) && suits(scheme, key, version));
}

/** In the peer's order. */
export function sharedSchemes(own: readonly SignatureScheme[], peer: readonly number[]): SignatureScheme[] {
  return peer.flatMap((id) => own.filter((scheme) => scheme.id === id));
}

/** The signature is over the hash of the messages, behind a text that says whose it is (RFC 8446, 4.4.3). */
export function signedContent(isServer: boolean, transcriptHash: Uint8Array): Bytes {
  const label = `TLS 1.3, ${isServer ? 'server' : 'client'} CertificateVerify`;
  return concat(new Uint8Array(64).fill(0x20), fromUtf8(label), Uint8Array.of(0), transcriptHash);
}

export function writeVerify(scheme: SignatureScheme, credential: Credential, content: Uint8Array): Bytes {
  return handshakeMessage(Handshake.certificateVerify, signed(scheme, credential, content));
}

/** The scheme's number and the signature. */
export function signed(scheme: SignatureScheme, { key }: Credential, content: Uint8Array): Bytes {
  return concat(number(scheme.id, 2), vector(2, signMessage(key, scheme.how, content)));
}

/** Reads and checks a signature by the peer's certificate. */
export function checkSigned(connection: Connection, reader: Reader, content: Uint8Array): void {
  const scheme = schemeById(reader.number(2));
  const signature = reader.vector(2);
  reader.end();
  const { version } = connection.negotiated;
  const [leaf] = connection.peerChain;
  if (leaf === undefined) throw Fail.unexpectedMessage();
  let key;
  try {
    key = leaf.publicKey;
  } catch {
    throw Fail.certificateParse();
  }
  const allowed = scheme !== undefined && connection.settings.schemes.includes(scheme);
  if (!allowed || !suits(scheme, key, version)) throw Fail.wrongSignature();
  if (version === Version.tls12 && scheme.key === 'ec' && key.type !== 'ec') throw Fail.wrongSignature();
  if (!verifyMessage(key, scheme.how, content, signature)) throw Fail.badSignature();
}
