/** crypto.SecureContext over the engine's context (src/crypto/crypto_context.cc). */
import type { NodeContext } from '../context.ts';
import { cryptographyOf } from '../crypto/library.ts';
import { guardMethods } from '../native-class.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import type { TlsContext } from './engine/context.ts';
import { pemBytes, rootStoreOf } from './root-store.ts';
import { ticketKeySource, TicketKeyAnswer } from './ticket-keys.ts';

export interface SecureContexts {
  readonly SecureContext: new () => object;
  /** undefined for what is no secure context. */
  of(object: unknown): TlsContext | undefined;
}

const known = new WeakMap<NodeContext, SecureContexts>();

export function secureContextsOf(context: NodeContext): SecureContexts {
  let made = known.get(context);
  if (made === undefined) known.set(context, (made = createSecureContexts(context)));
  return made;
}

function createSecureContexts(context: NodeContext): SecureContexts {
  const { tls } = cryptographyOf(context);
  const { errors } = context;
  const roots = rootStoreOf(context);
  const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => toBuffer(copyBytes(bytes, 0, bytes.length));
  const unsupported = (what: string): Error =>
    errors.coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${what} is not available in this container`);

  class SecureContext {
    static readonly kTicketKeyReturnIndex = TicketKeyAnswer.result;
    static readonly kTicketKeyHMACIndex = TicketKeyAnswer.macKey;
    static readonly kTicketKeyAESIndex = TicketKeyAnswer.cipherKey;
    static readonly kTicketKeyNameIndex = TicketKeyAnswer.name;
    static readonly kTicketKeyIVIndex = TicketKeyAnswer.iv;
    #context = new tls.TlsContext();

    static of(value: unknown): TlsContext | undefined {
      return typeof value === 'object' && value !== null && #context in value ? value.#context : undefined;
    }
    get _external(): object {
      void this.#context;
      return {};
    }
    init(method: string | undefined, minimum: number, maximum: number): void {
      this.#context.init(typeof method === 'string' ? method : undefined, minimum, maximum);
    }
    getMinProto(): number {
      return this.#context.minVersion;
    }
    getMaxProto(): number {
      return this.#context.maxVersion;
    }
    setMinProto(version: number): void {
      this.#context.minVersion = version;
      this.#context.touch();
    }
    setMaxProto(version: number): void {
      this.#context.maxVersion = version;
      this.#context.touch();
    }
    setCiphers(list: string): void {
      this.#context.setCiphers(list);
    }
    setCipherSuites(list: string): void {
      this.#context.setCipherSuites(list);
    }
    setSigalgs(list: string): void {
      this.#context.setSigalgs(list);
    }
    setECDHCurve(list: string): void {
      this.#context.setCurves(list);
    }
    setDHParam(value: unknown): string | undefined {
      return this.#context.setDhParameters(value === true ? 'auto' : pemBytes(value));
    }
    setOptions(options: number): void {
      this.#context.setOptions(options);
    }
    setSessionIdContext(text: string): void {
      this.#context.setSessionContext(text);
    }
    setSessionTimeout(seconds: number): void {
      this.#context.sessionTimeout = seconds;
      this.#context.touch();
    }
    setCertificateCompression(): void {
      throw unsupported('Compression of certificates');
    }
    setAllowPartialTrustChain(): void {
      this.#context.partialChain = true;
      this.#context.touch();
    }
    addRootCerts(): void {
      roots.readExtra();
      this.#context.addRoots(() => roots.certificates());
    }
    addCACert(pem: unknown): void {
      this.#context.addAuthorities(pemBytes(pem));
    }
    addCRL(pem: unknown): void {
      this.#context.addRevocations(pemBytes(pem));
    }
    setCert(pem: unknown): void {
      this.#context.setCertificate(pemBytes(pem));
    }
    setKey(pem: unknown, passphrase?: unknown): void {
      this.#context.setKey(pemBytes(pem), typeof passphrase === 'string' ? passphrase : undefined);
    }
    loadPKCS12(der: unknown, passphrase?: unknown): void {
      this.#context.loadPkcs12(
        pemBytes(der),
        passphrase === undefined ? new Uint8Array(0) : pemBytes(passphrase),
      );
    }
    getTicketKeys(): Uint8Array {
      return copy(this.#context.ticketKeys);
    }
    setTicketKeys(keys: ArrayBufferView): void {
      const bytes = bytesOf(keys);
      this.#context.ticketKeys = copyBytes(bytes, 0, lengthOf(bytes));
      this.#context.touch();
    }
    enableTicketKeyCallback(): void {
      this.#context.ticketKeySource = ticketKeySource(context, this);
      this.#context.touch();
    }
    getCertificate(): Uint8Array | null {
      const { certificate } = this.#context;
      return certificate === undefined ? null : copy(certificate.der);
    }
    getIssuer(): Uint8Array | null {
      const { issuer } = this.#context;
      return issuer === undefined ? null : copy(issuer.der);
    }
    /** The connections of this context keep what they have. */
    close(): void {
      this.#context = new tls.TlsContext();
    }
  }
  guardMethods(SecureContext, (value) => SecureContext.of(value) !== undefined);
  return { SecureContext, of: (object) => SecureContext.of(object) };
}
