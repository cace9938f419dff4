/** What one side of a connection is set to: the contents of a secure context, and what the connection adds. */
import type { Bytes } from '../../cryptography/encoding/bytes.ts';
import type { AsymmetricKey } from '../../cryptography/keys/key.ts';
import type { Certificate } from '../../cryptography/x509/certificate.ts';
import type { TrustStore } from '../../cryptography/x509/chain.ts';
import type { Group } from './groups.ts';
import type { Session } from './session.ts';
import type { SignatureScheme } from './signatures.ts';
import type { Suite } from './suites.ts';
import type { TicketKeySource } from './tickets.ts';

export interface Credential {
  readonly key: AsymmetricKey;
  /** The own certificate first. */
  readonly chain: readonly Certificate[];
}

export interface Settings {
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly suites13: readonly Suite[];
  readonly suites12: readonly Suite[];
  readonly groups: readonly Group[];
  /** Of a client: what it has a key ready for in its first message. */
  readonly keyShares: readonly Group[];
  readonly schemes: readonly SignatureScheme[];
  readonly credentials: readonly Credential[];
  readonly trust: TrustStore;
  /** The server's order of suites counts. */
  readonly serverPreference: boolean;
  readonly tickets: boolean;
  readonly ticketKeys: TicketKeySource;
  /** Seconds. */
  readonly sessionTimeout: number;
  readonly sessionContext: Bytes;
  /** 'auto': as strong as the certificate's key. */
  readonly dh: DhGroup | 'auto' | undefined;
}

/** What a server's settings are once the name that its client asks for has chosen another certificate (SSL_set_SSL_CTX). */
export function withCertificateOf(own: Settings, other: Settings): Settings {
  const { credentials, trust, schemes, sessionContext, dh } = other;
  return { ...own, credentials, trust, schemes, sessionContext, dh };
}

export interface DhGroup {
  readonly p: bigint;
  readonly g: bigint;
}

/** What the application is told and asked in the course of a handshake. */
export interface Application {
  handshakeStart(): void;
  handshakeDone(): void;
  data(bytes: Bytes): void;
  /** The peer will send no more. */
  end(): void;
  session(session: Session): void;
  /** Of a client that asked for it: the stapled answer about the server's certificate, if one came. */
  ocspResponse(response: Bytes | undefined): void;
  keylog(line: string): void;
  /** Of a server: wait until `resume()`? */
  clientHello(hello: HelloInfo): boolean;
  certificateNeeded(hello: HelloInfo): boolean;
  /** Of a server: the settings that stand now, perhaps others than at the start. */
  settings(): Settings;
  /** Of a server: which of the offered protocols; undefined: none was asked for; 'refuse': none fits. */
  selectAlpn(offered: readonly Bytes[]): Bytes | 'refuse' | undefined;
  /** Of a client with pre-shared keys. */
  clientPsk(hint: string | undefined): { identity: Bytes; key: Bytes } | undefined;
  serverPsk(identity: Bytes): Bytes | undefined;
}

export interface HelloInfo {
  readonly sessionId: Bytes;
  readonly serverName: string | undefined;
  readonly hasTicket: boolean;
  readonly wantsOcsp: boolean;
}

export interface ConnectionOptions {
  readonly isServer: boolean;
  readonly application: Application;
  /** Seconds since the epoch. */
  now(): number;
}
