/**
 * All that the bindings of `crypto` and TLS use of this library, as one object: it is a script of its own, loaded when a
 * program first asks for either (polyfills/crypto/library.ts).
 */
import { argon2d, argon2i, argon2id } from '@noble/hashes/argon2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { clientHandshake } from '../tls/engine/client.ts';
import { Connection } from '../tls/engine/connection.ts';
import { certificatesOf, TlsContext } from '../tls/engine/context.ts';
import { alertFailure, Fail, sslError } from '../tls/engine/failures.ts';
import { SECURITY_LEVEL_DEFAULT } from '../tls/engine/security-level.ts';
import { serverHandshake } from '../tls/engine/server.ts';
import { packSession, unpackSession } from '../tls/engine/session.ts';
import { TLS12_SUITES, TLS13_SUITES } from '../tls/engine/suites.ts';
import { TICKET_PART_BYTES } from '../tls/engine/tickets.ts';
import { versionName } from '../tls/engine/constants.ts';
import * as aead from './cipher/aead.ts';
import * as cipherList from './cipher/ciphers.ts';
import { mac } from './digest.ts';
import * as digests from './digests.ts';
import * as bytes from './encoding/bytes.ts';
import { DerError } from './encoding/der.ts';
import * as pem from './encoding/pem.ts';
import * as errors from './errors.ts';
import * as curves from './keys/curves.ts';
import * as ec from './keys/ec.ts';
import { groupPrime, isGroupPrime } from './keys/dh-primes.ts';
import { exportPrivate, exportPublic } from './keys/export.ts';
import { decapsulate, encapsulate } from './keys/encapsulation.ts';
import { generateDh, generateDsa } from './keys/generate.ts';
import { importPrivate, importPublic } from './keys/import.ts';
import { readJwk, writeJwk } from './keys/jwk.ts';
import * as keys from './keys/key.ts';
import * as okp from './keys/okp.ts';
import { decoding } from './keys/read.ts';
import { writePkcs1Public } from './keys/write.ts';
import { modPow } from './keys/modular.ts';
import * as padding from './keys/padding.ts';
import * as postQuantum from './keys/post-quantum.ts';
import { isProbablePrime, randomPrime } from './keys/primes.ts';
import * as rsaKeys from './keys/rsa.ts';
import * as signature from './keys/signature.ts';
import { randomBelow, randomBytes } from './random.ts';
import * as sponges from './sponges.ts';
import { Certificate } from './x509/certificate.ts';
import { isIssuer, VERIFY_MESSAGES, verifyChain, verifyCode } from './x509/chain.ts';
import { matchEmail, matchHost, matchIp } from './x509/match.ts';
import { printLines } from './x509/names.ts';
import { printTime } from './x509/time.ts';

export const library = {
  mac,
  ciphers: { ...cipherList, sameTag: aead.sameTag },
  rsa: { ...rsaKeys, ...padding },
  signing: { ...signature, pssSign: padding.pssSign, pssVerify: padding.pssVerify },
  generation: {
    generateRsa: rsaKeys.generateRsa,
    generateEc: ec.generateEc,
    generateOkp: okp.generateOkp,
    generateDsa,
    generateDh,
    groupPrime,
    isGroupPrime,
    modPow,
    randomPrime,
    isProbablePrime,
    randomBytes,
    randomBelow,
  },
  derivation: { hkdf, hmac, pbkdf2, scrypt, argon2d, argon2i, argon2id },
  encapsulation: { encapsulate, decapsulate },
  sponges,
  digests,
  bytes,
  pem,
  DerError,
  errors,
  curves,
  ec,
  okp,
  postQuantum,
  keys: {
    ...keys,
    importPrivate,
    importPublic,
    exportPrivate,
    exportPublic,
    readJwk,
    writeJwk,
    decoding,
    writePkcs1Public,
  },
  x509: {
    Certificate,
    isIssuer,
    VERIFY_MESSAGES,
    verifyChain,
    verifyCode,
    matchEmail,
    matchHost,
    matchIp,
    printLines,
    printTime,
  },
  tls: {
    Connection,
    TlsContext,
    certificatesOf,
    clientHandshake,
    serverHandshake,
    sslError,
    alertFailure,
    Fail,
    packSession,
    unpackSession,
    versionName,
    SECURITY_LEVEL_DEFAULT,
    TICKET_PART_BYTES,
    TLS12_SUITES,
    TLS13_SUITES,
  },
};
export type Cryptography = typeof library;
