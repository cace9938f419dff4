/** A secure context: what OpenSSL's SSL_CTX is to Node (src/crypto/crypto_context.cc), set by one method after the other. */
import { type Bytes, fromUtf8, toLatin1 } from '../../cryptography/encoding/bytes.ts';
import { DerError } from '../../cryptography/encoding/der.ts';
import { type PemBlock, pemBlocks } from '../../cryptography/encoding/pem.ts';
import { codedError, opensslError } from '../../cryptography/errors.ts';
import { importPrivate } from '../../cryptography/keys/import.ts';
import type { AsymmetricKey } from '../../cryptography/keys/key.ts';
import { equalKeys, publicOf } from '../../cryptography/keys/key.ts';
import { readDhGroup } from '../../cryptography/keys/read.ts';
import { randomBytes } from '../../cryptography/random.ts';
import { Certificate } from '../../cryptography/x509/certificate.ts';
import { completeChain, type TrustStore } from '../../cryptography/x509/chain.ts';
import { RevocationList } from '../../cryptography/x509/crl.ts';
import { readPkcs12 } from '../../cryptography/x509/pkcs12.ts';
import { Version } from './constants.ts';
import { DEFAULT_CHOICE, type GroupChoice, parseGroups } from './groups.ts';
import { checkStrength, SECURITY_LEVEL_DEFAULT } from './security-level.ts';
import type { Credential, DhGroup, Settings } from './settings.ts';
import { parseSchemes, SCHEMES, type SignatureScheme } from './signatures.ts';
import { parseCipherList, parseSuites13, type Suite, TLS13_SUITES } from './suites.ts';
import { fixedTicketKeys, TICKET_PART_BYTES, type TicketKeySource } from './tickets.ts';

const Option = {
  serverPreference: 0x00400000,
  noTicket: 0x00004000,
  noTls1: 0x04000000,
  noTls11: 0x10000000,
  noTls12: 0x08000000,
  noTls13: 0x20000000,
} as const;

/** OpenSSL's defaults. */
const SESSION_TIMEOUT_SECONDS = 7200;
const SESSION_CONTEXT_MAX = 32;
const TICKET_KEYS_BYTES = 3 * TICKET_PART_BYTES;

const METHODS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  SSLv23: [0, Version.tls12],
  TLS: [0, Version.tls13],
  TLSv1: [Version.tls10, Version.tls10],
  TLSv1_1: [Version.tls11, Version.tls11],
  TLSv1_2: [Version.tls12, Version.tls12],
};

export class TlsContext {
  minVersion: number = Version.tls12;
  maxVersion: number = Version.tls13;
  ticketKeys: Bytes = randomBytes(TICKET_KEYS_BYTES);
  /** Keys of the application's choice for each ticket, in place of `ticketKeys`. */
  ticketKeySource: TicketKeySource | undefined;
  sessionTimeout = SESSION_TIMEOUT_SECONDS;
  partialChain = false;
  /** Authorities that every program trusts; none are read before they are asked for. */
  #roots: (() => readonly Certificate[]) | undefined;
  #suites12: Suite[] = [];
  #suites13: Suite[] = [...TLS13_SUITES];
  #groups: GroupChoice = DEFAULT_CHOICE;
  #schemes: readonly SignatureScheme[] = SCHEMES;
  readonly #authorities: Certificate[] = [];
  readonly #revocations: RevocationList[] = [];
  readonly #chains: Certificate[][] = [];
  readonly #keys: AsymmetricKey[] = [];
  #options = 0;
  #securityLevel = SECURITY_LEVEL_DEFAULT;
  #sessionContext: Bytes = new Uint8Array(0);
  #dh: DhGroup | 'auto' | undefined;
  #settings: Settings | undefined;

  init(method: string | undefined, min: number, max: number): void {
    this.minVersion = min;
    this.maxVersion = max === 0 ? Version.tls13 : max;
    if (method === undefined) return;
    const invalid = (message: string): Error =>
      codedError(TypeError, 'ERR_TLS_INVALID_PROTOCOL_METHOD', message);
    const name = method.replace(/(?:_server|_client)?_method$/, '');
    if (name === 'SSLv2' || name === 'SSLv3') throw invalid(`${name} methods disabled`);
    const range = name === method ? undefined : METHODS[name];
    if (range === undefined) throw invalid(`Unknown method: ${method}`);
    this.maxVersion = range[1];
    if (name !== 'SSLv23') this.minVersion = range[0];
  }

  setCiphers(list: string): void {
    const { suites, securityLevel } = parseCipherList(list);
    if (suites.length === 0 && list !== '') throw opensslError('SSL', 185, 'no cipher match');
    this.#securityLevel = securityLevel ?? this.#securityLevel;
    this.#change(() => (this.#suites12 = suites));
  }
  setCipherSuites(list: string): void {
    const suites = parseSuites13(list);
    if (suites === undefined) throw opensslError('SSL', 185, 'no cipher match');
    this.#change(() => (this.#suites13 = suites));
  }
  setSigalgs(list: string): void {
    const schemes = parseSchemes(list);
    if (schemes === undefined) throw opensslError('SSL', 0x8010c, 'unsupported');
    this.#change(() => (this.#schemes = schemes));
  }
  setCurves(list: string): void {
    const groups = parseGroups(list);
    if (groups === undefined) {
      throw codedError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to set ECDH curve');
    }
    this.#change(() => (this.#groups = groups));
  }
  setOptions(options: number): void {
    this.#change(() => (this.#options |= options));
  }
  setSessionContext(text: string): void {
    const bytes = fromUtf8(text);
    if (bytes.length > SESSION_CONTEXT_MAX) {
      throw new TypeError('error:0A000111:SSL routines::ssl session id context too long');
    }
    this.#change(() => (this.#sessionContext = bytes));
  }
  addRoots(roots: () => readonly Certificate[]): void {
    this.#change(() => (this.#roots = roots));
  }

  /** → a warning, if there is one to be given. */
  setDhParameters(pem: Uint8Array | 'auto'): string | undefined {
    if (pem === 'auto') {
      this.#change(() => (this.#dh = 'auto'));
      return undefined;
    }
    const block = pemBlocks(toLatin1(pem)).find((one) => one?.label === 'DH PARAMETERS');
    const group = block && readDhGroup(block.bytes);
    if (group === undefined) return undefined;
    const bits = group.p.toString(2).length;
    if (bits < 1024)
      throw codedError(TypeError, 'ERR_INVALID_ARG_VALUE', 'DH parameter is less than 1024 bits');
    this.#change(() => (this.#dh = group));
    return bits < 2048 ? 'DH parameter is less than 2048 bits' : undefined;
  }

  /** The first certificate is the own one, what follows its chain. */
  setCertificate(pem: Uint8Array): void {
    const chain = certificatesOf(pem);
    if (chain.length === 0) throw noStartLine();
    checkStrength(chain, this.#securityLevel);
    this.#useChain(chain);
  }
  setKey(pem: Uint8Array, passphrase: string | undefined): void {
    const bytes = passphrase === undefined ? undefined : fromUtf8(passphrase);
    this.#useKey(importKey(pem, bytes));
  }
  loadPkcs12(der: Uint8Array, passphrase: Uint8Array): void {
    const { key, certificates } = openPkcs12(der, passphrase);
    const failed = (message: string): Error => codedError(Error, 'ERR_CRYPTO_OPERATION_FAILED', message);
    if (key === undefined) throw failed('Unable to load private key from PFX data');
    const own = certificates.find((one) => equalKeys(one.publicKey, publicOf(key)));
    if (own === undefined) throw failed('Unable to load certificate from PFX data');
    checkStrength([own], this.#securityLevel);
    const others = certificates.filter((one) => one !== own);
    this.#useChain([own, ...others]);
    this.#useKey(key);
    this.#change(() => this.#authorities.push(...others));
  }
  addAuthorities(pem: Uint8Array): void {
    const added = certificatesOf(pem);
    this.#change(() => this.#authorities.push(...added));
  }
  addRevocations(pem: Uint8Array): void {
    const block = pemBlocks(toLatin1(pem)).find((one) => one?.label === 'X509 CRL');
    if (block === undefined) throw codedError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to parse CRL');
    this.#change(() => this.#revocations.push(new RevocationList(block.bytes)));
  }

  /** The last certificate that was set, and its issuer. */
  get certificate(): Certificate | undefined {
    return this.#chains.at(-1)?.[0];
  }
  get issuer(): Certificate | undefined {
    const own = this.#chains.at(-1);
    return own && completeChain(own, this.#authorities)[1];
  }

  get settings(): Settings {
    return (this.#settings ??= this.#makeSettings());
  }

  #makeSettings(): Settings {
    const off = (bit: number): boolean => (this.#options & bit) !== 0;
    const max = off(Option.noTls13) ? Math.min(this.maxVersion, Version.tls12) : this.maxVersion;
    const min = off(Option.noTls12) ? Math.max(this.minVersion, Version.tls13) : this.minVersion;
    return {
      minVersion: Math.max(min, 0),
      maxVersion: max,
      suites13: this.#suites13,
      suites12: this.#suites12,
      groups: this.#groups.groups,
      keyShares: this.#groups.shares,
      schemes: this.#schemes,
      credentials: this.#credentials(),
      trust: this.#trust(),
      serverPreference: off(Option.serverPreference),
      tickets: !off(Option.noTicket),
      ticketKeys: this.ticketKeySource ?? fixedTicketKeys(this.ticketKeys),
      sessionTimeout: this.sessionTimeout,
      sessionContext: this.#sessionContext,
      dh: this.#dh,
    };
  }

  #trust(): TrustStore {
    const roots = this.#roots;
    const own = this.#authorities;
    return {
      get trusted() {
        return roots === undefined ? own : [...own, ...roots()];
      },
      partialChain: this.partialChain,
      revocations: this.#revocations,
    };
  }

  #credentials(): Credential[] {
    return this.#chains.flatMap((chain) => {
      const key = this.#keys.find((one) => chain[0] !== undefined && fits(chain[0], one));
      return key === undefined ? [] : [{ key, chain: completeChain(chain, this.#authorities) }];
    });
  }

  /** One chain for each kind of key. */
  #useChain(chain: Certificate[]): void {
    const kind = chain[0]?.publicKey.type;
    this.#change(() => {
      const at = this.#chains.findIndex(([own]) => own?.publicKey.type === kind);
      if (at >= 0) this.#chains.splice(at, 1);
      this.#chains.push(chain);
    });
  }
  #useKey(key: AsymmetricKey): void {
    const own = this.#chains.find(([first]) => first?.publicKey.type === key.type)?.[0];
    if (own !== undefined && !fits(own, key)) throw opensslError('X509', 116, 'key values mismatch');
    this.#change(() => {
      const at = this.#keys.findIndex((one) => one.type === key.type);
      if (at >= 0) this.#keys.splice(at, 1);
      this.#keys.push(key);
    });
  }

  /** What changes holds for connections that begin later. */
  #change(change: () => unknown): void {
    change();
    this.#settings = undefined;
  }
  touch(): void {
    this.#settings = undefined;
  }
}

const fits = (certificate: Certificate, key: AsymmetricKey): boolean =>
  equalKeys(certificate.publicKey, publicOf(key));

const noStartLine = (): Error => opensslError('PEM', 0x6c, 'no start line');

const CERTIFICATE_LABELS: ReadonlySet<string> = new Set([
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE',
]);

/** The certificates of a PEM file up to the first that is bad, as OpenSSL's reader. */
export function certificatesOf(pem: Uint8Array): Certificate[] {
  const certificates: Certificate[] = [];
  const blocks: (PemBlock | undefined)[] = pemBlocks(toLatin1(pem));
  for (const block of blocks) {
    if (block === undefined) break;
    if (!CERTIFICATE_LABELS.has(block.label)) continue;
    try {
      certificates.push(new Certificate(block.bytes));
    } catch {
      break;
    }
  }
  return certificates;
}

function importKey(pem: Uint8Array, passphrase: Bytes | undefined): AsymmetricKey {
  try {
    return importPrivate(pem, { format: 'pem', passphrase });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED')
      throw opensslError('PEM', 0x68, 'bad password read');
    throw error;
  }
}

function openPkcs12(der: Uint8Array, passphrase: Uint8Array) {
  try {
    return readPkcs12(der, passphrase);
  } catch (error) {
    if (error instanceof DerError) throw new Error('not enough data');
    const { code, reason } = error as { code?: string; reason?: string };
    if (code?.endsWith('UNSUPPORTED') === true) {
      throw codedError(Error, 'ERR_CRYPTO_UNSUPPORTED_OPERATION', 'Unsupported PKCS12 PFX data');
    }
    throw reason === undefined ? error : new Error(reason);
  }
}
