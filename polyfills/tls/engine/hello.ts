/** ClientHello and ServerHello (RFC 8446, 4.1) and the extensions that both versions share. */
import { type Bytes, concat, fromUtf8, toUtf8 } from '../../cryptography/encoding/bytes.ts';
import {
  type Extensions,
  handshakeMessage,
  number,
  numbers,
  Reader,
  readExtensions,
  vector,
  writeExtensions,
} from './codec.ts';
import { Extension, Handshake, Version } from './constants.ts';
import { Fail } from './failures.ts';

export interface ClientHello {
  readonly version: number;
  readonly random: Bytes;
  readonly sessionId: Bytes;
  readonly suites: readonly number[];
  readonly extensions: Extensions;
}
export interface ServerHello {
  readonly version: number;
  readonly random: Bytes;
  readonly sessionId: Bytes;
  readonly suite: number;
  readonly extensions: Extensions;
}

export function writeClientHello({ version, random, sessionId, suites, extensions }: ClientHello): Bytes {
  return handshakeMessage(
    Handshake.clientHello,
    number(version, 2),
    random,
    vector(1, sessionId),
    numbers(2, suites),
    vector(1, Uint8Array.of(0)),
    writeExtensions(extensions),
  );
}

export function readClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body);
  const version = reader.number(2);
  const random = reader.bytes(32);
  const sessionId = reader.vector(1);
  const suites = reader.numbers(2);
  const compressions = reader.vector(1);
  if (sessionId.length > 32 || suites.length === 0 || !compressions.includes(0)) throw Fail.decode();
  const extensions = readExtensions(reader);
  reader.end();
  const last = [...extensions.keys()].at(-1);
  if (extensions.has(Extension.preSharedKey) && last !== Extension.preSharedKey) throw Fail.badExtension();
  return { version, random, sessionId, suites, extensions };
}

export function writeServerHello({ version, random, sessionId, suite, extensions }: ServerHello): Bytes {
  return handshakeMessage(
    Handshake.serverHello,
    number(version, 2),
    random,
    vector(1, sessionId),
    number(suite, 2),
    Uint8Array.of(0),
    ...(extensions.size === 0 ? [] : [writeExtensions(extensions)]),
  );
}

export function readServerHello(body: Uint8Array): ServerHello {
  const reader = new Reader(body);
  const version = reader.number(2);
  const random = reader.bytes(32);
  const sessionId = reader.vector(1);
  const suite = reader.number(2);
  if (reader.number(1) !== 0) throw Fail.wrongCipher();
  const extensions = readExtensions(reader);
  reader.end();
  return { version, random, sessionId, suite, extensions };
}

/** The version that a ServerHello is about. */
export function chosenVersion({ version, extensions }: ServerHello): number {
  const chosen = extensions.get(Extension.supportedVersions);
  if (chosen === undefined) return version;
  const reader = new Reader(chosen);
  const value = reader.number(2);
  reader.end();
  return value;
}

/** The versions that a client can do, as a server sees them. */
export function offeredVersions({ version, extensions }: ClientHello): number[] {
  const list = extensions.get(Extension.supportedVersions);
  if (list !== undefined) return new Reader(list).numbers(1);
  const versions = [Version.tls12, Version.tls11, Version.tls10].filter((one) => one <= version);
  return versions;
}

export function writeServerName(name: string): Bytes {
  return vector(2, Uint8Array.of(0), vector(2, fromUtf8(name)));
}

/** The first host name. */
export function readServerName(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length === 0) return undefined;
  const list = new Reader(value).nested(2);
  const type = list.number(1);
  const name = list.vector(2);
  if (type !== 0) return undefined;
  if (name.length === 0 || name.length > 255 || name.includes(0)) throw Fail.badExtension();
  return toUtf8(name);
}

/** A list of protocols is given and taken as Node has it: each with its length before it. */
export function writeAlpn(protocols: Uint8Array): Bytes {
  return vector(2, protocols);
}
export function readAlpn(value: Uint8Array): Bytes[] {
  const protocols: Bytes[] = [];
  for (const list = new Reader(value).nested(2); !list.done;) {
    const name = list.vector(1);
    if (name.length === 0) throw Fail.badExtension();
    protocols.push(name);
  }
  if (protocols.length === 0) throw Fail.badExtension();
  return protocols;
}

export interface KeyShareEntry {
  readonly group: number;
  readonly key: Bytes;
}
export function writeKeyShares(entries: readonly KeyShareEntry[]): Bytes {
  return vector(2, ...entries.map(writeKeyShare));
}
export function writeKeyShare({ group, key }: KeyShareEntry): Bytes {
  return concat(number(group, 2), vector(2, key));
}
export function readKeyShare(reader: Reader): KeyShareEntry {
  return { group: reader.number(2), key: reader.vector(2) };
}
export function readKeyShares(value: Uint8Array): KeyShareEntry[] {
  const entries: KeyShareEntry[] = [];
  for (const list = new Reader(value).nested(2); !list.done;) {
    const entry = readKeyShare(list);
    if (entries.some(({ group }) => group === entry.group)) throw Fail.badKeyShare();
    entries.push(entry);
  }
  return entries;
}

export interface PskOffer {
  readonly identity: Bytes;
  readonly age: number;
}
/** The extension without binders, and how many bytes those take with their lengths. */
export function writePskOffers(offers: readonly PskOffer[], binders: readonly Uint8Array[]): Bytes {
  return concat(
    vector(2, ...offers.map(({ identity, age }) => concat(vector(2, identity), number(age, 4)))),
    writeBinders(binders),
  );
}
export const writeBinders = (binders: readonly Uint8Array[]): Bytes =>
  vector(2, ...binders.map((binder) => vector(1, binder)));

export function readPskOffers(value: Uint8Array): {
  offers: PskOffer[];
  binders: Bytes[];
  bindersBytes: number;
} {
  const reader = new Reader(value);
  const offers: PskOffer[] = [];
  for (const list = reader.nested(2); !list.done;) {
    offers.push({ identity: list.vector(2), age: list.number(4) });
  }
  const bindersBytes = value.length - reader.position;
  const binders: Bytes[] = [];
  for (const list = reader.nested(2); !list.done;) binders.push(list.vector(1));
  reader.end();
  if (offers.length === 0 || offers.length !== binders.length) throw Fail.badExtension();
  return { offers, binders, bindersBytes };
}
