import type { NodeContext } from '../context.ts';
import { certificatesOf } from '../crypto/certificate.ts';
import { createCiphers } from '../crypto/ciphers.ts';
import { createKeyDerivation } from '../crypto/derivation.ts';
import { createDiffieHellman } from '../crypto/diffie-hellman.ts';
import { createEncapsulation } from '../crypto/encapsulation.ts';
import { createHashes, createHmac } from '../crypto/hashes.ts';
import { createJobClass } from '../crypto/jobs.ts';
import { createKeyClasses } from '../crypto/key-classes.ts';
import { createKeyGeneration } from '../crypto/key-generation.ts';
import { keysOf } from '../crypto/key-handle.ts';
import { cryptographyOf } from '../crypto/library.ts';
import { fillRandom } from '../crypto/random.ts';
import { createRsaCiphers } from '../crypto/rsa-ciphers.ts';
import { createSignatures } from '../crypto/signatures.ts';
import { createSpongeJobs } from '../crypto/sponge-jobs.ts';
import { createTimingSafeEqual } from '../crypto/timing.ts';
import { createWebJobs } from '../crypto/web-jobs.ts';
import { unpackHostObject } from '../host-object.ts';
import { bytesOf } from '../text/captured.ts';
import { rootStoreOf } from '../tls/root-store.ts';
import { secureContextsOf } from '../tls/secure-context.ts';

/** `internalBinding('crypto')`. What it lacks is filled in by the realm with functions that throw, naming themselves. */
export function createCrypto(context: NodeContext): object {
  const { curves, tls } = cryptographyOf(context);
  const { keyBytes, KeyObjectHandle } = keysOf(context);
  const certificates = certificatesOf(context);
  const roots = rootStoreOf(context);
  const { unpackKey, makeCryptoKey, ...classes } = createKeyClasses(context);
  return {
    KeyObjectHandle,
    ...classes,
    ...createCiphers(context),
    ...createRsaCiphers(context),
    ...createSignatures(context),
    ...createKeyGeneration(context, makeCryptoKey),
    [unpackHostObject]: unpackKey,
    ...createDiffieHellman(context),
    ...createWebJobs(context),
    ...createEncapsulation(context),
    ...createSpongeJobs(context, keyBytes),
    ...createHashes(context),
    Hmac: createHmac(context, keyBytes),
    ...createKeyDerivation(context, keyBytes),
    RandomBytesJob: createJobClass(
      context,
      'RANDOMBYTESREQUEST',
      (target: ArrayBufferView | ArrayBufferLike, offset: number, size: number) => () => {
        fillRandom(bytesOf(target), offset, size);
      },
    ),
    secureBuffer: (size: number) => new Uint8Array(size),
    secureHeapUsed: () => undefined,
    getFipsCrypto: () => 0,
    testFipsCrypto: () => false,
    getOpenSSLSecLevelCrypto: () => tls.SECURITY_LEVEL_DEFAULT,
    /** They are read when they are asked for. */
    startLoadingCertificatesOffThread() {},
    getBundledRootCertificates: () => roots.bundled(),
    getExtraCACertificates: () => roots.extra(),
    getUserRootCertificates: () => roots.user(),
    /** The system that this runs on is a browser, which shows none. */
    getSystemCACertificates: () => [],
    resetRootCertStore: (given: readonly unknown[]) => roots.reset(given),
    getCertificateCompressionAlgorithms: () => [],
    getSSLCiphers: () => [...tls.TLS13_SUITES, ...tls.TLS12_SUITES].map(({ name }) => name),
    getCurves: () => [...curves.CURVE_NAMES],
    timingSafeEqual: createTimingSafeEqual(context),
    SecureContext: secureContextsOf(context).SecureContext,
    parseX509: (data: ArrayBufferView) => certificates.parseX509(data),
  };
}
