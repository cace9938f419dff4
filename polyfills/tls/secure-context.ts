/**
 * crypto.SecureContext: settings of TLS. The browser encrypts connections to other hosts and decides what it trusts, so
 * that ciphers and versions are taken note of only; what would change whom to trust, or prove who we are, is refused.
 */
import type { NodeContext } from '../context.ts';

const TLS1_2 = 0x0303;
const TLS1_3 = 0x0304;

/** Settings that the browser's own take the place of. */
const NOTED = [
  'setCiphers',
  'setCipherSuites',
  'setSigalgs',
  'setECDHCurve',
  'setDHParam',
  'setOptions',
  'setSessionIdContext',
  'setSessionTimeout',
  'setTicketKeys',
  'setAllowPartialTrustChain',
  'setCertificateCompression',
  'addRootCerts',
  'enableTicketKeyCallback',
];
const REFUSED = {
  setCert: 'a certificate of its own',
  setKey: 'a private key of its own',
  loadPKCS12: 'a certificate of its own',
  addCACert: 'certificate authorities of its own',
  addCRL: 'revocation lists of its own',
  setEngineKey: 'a private key of its own',
  setClientCertEngine: 'a certificate of its own',
};

export function createSecureContextClass({ errors }: NodeContext): new () => object {
  class SecureContext {
    #minimum = TLS1_2;
    #maximum = TLS1_3;

    init(_method: unknown, minimum: number, maximum: number): void {
      this.#minimum = minimum;
      this.#maximum = maximum;
    }
    getMinProto(): number {
      return this.#minimum;
    }
    getMaxProto(): number {
      return this.#maximum;
    }
    setMinProto(version: number): void {
      this.#minimum = version;
    }
    setMaxProto(version: number): void {
      this.#maximum = version;
    }
    getTicketKeys(): Uint8Array {
      return new Uint8Array(48);
    }
    getCertificate(): undefined {
      return undefined;
    }
    getIssuer(): undefined {
      return undefined;
    }
    close(): void {}
  }
  const prototype = SecureContext.prototype as unknown as Record<string, unknown>;
  for (const name of NOTED) prototype[name] = () => undefined;
  for (const [name, what] of Object.entries(REFUSED)) {
    prototype[name] = () => {
      throw errors.coded(
        Error,
        'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
        `TLS with ${what} is not available in this container: the browser encrypts, and trusts whom it trusts`,
      );
    };
  }
  return SecureContext;
}
