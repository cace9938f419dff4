/**
 * One side of a TLS connection without any I/O: ciphertext goes in by `receive` and comes out by `takeOutput`; the
 * application is called back. The handshake is a generator that asks for one message after the other.
 */
import { type Bytes, concat, hex, toBigInt } from '../../cryptography/encoding/bytes.ts';
import { hash } from '../../cryptography/digest.ts';
import { Certificate } from '../../cryptography/x509/certificate.ts';
import { verifyChain, type Verification, type VerifyFailure } from '../../cryptography/x509/chain.ts';
import { number } from './codec.ts';
import {
  Alert,
  AlertLevel,
  CIPHERTEXT_EXTRA_MAX,
  ContentType,
  Handshake,
  HANDSHAKE_MESSAGE_MAX,
  IDLE_RECORDS_MAX,
  PLAINTEXT_MAX,
  Version,
} from './constants.ts';
import { alertFailure, Fail, TlsFailure } from './failures.ts';
import type { Protection } from './protection.ts';
import type { Session } from './session.ts';
import type { ConnectionOptions, Credential, Settings } from './settings.ts';
import type { SignatureScheme } from './signatures.ts';
import type { Suite } from './suites.ts';

export interface Message {
  readonly type: number;
  readonly body: Bytes;
  readonly raw: Bytes;
}
/** What a handshake waits for: the next message, the peer's ChangeCipherSpec, or the application. */
export type Wait = 'message' | 'changeCipherSpec' | 'application';
export type HandshakeFlow = Generator<Wait, void, Message | undefined>;

/** What a handshake has found out, for the application to ask. */
export interface Negotiated {
  version: number;
  suite: Suite | undefined;
  alpn: Bytes | undefined;
  serverName: string | undefined;
  resumed: boolean;
  groupName: string | undefined;
  groupBits: number | undefined;
  exchange: 'ECDH' | 'DH' | 'TLSGroup' | undefined;
  sharedSchemes: readonly SignatureScheme[];
  /** The certificate that this side showed. */
  credential: Credential | undefined;
  session: Session | undefined;
  localFinished: Bytes | undefined;
  peerFinished: Bytes | undefined;
  extendedMaster: boolean;
}

export class Connection {
  readonly isServer: boolean;
  readonly options: ConnectionOptions;
  readonly negotiated: Negotiated = {
    version: 0,
    suite: undefined,
    alpn: undefined,
    serverName: undefined,
    resumed: false,
    groupName: undefined,
    groupBits: undefined,
    exchange: undefined,
    sharedSchemes: [],
    credential: undefined,
    session: undefined,
    localFinished: undefined,
    peerFinished: undefined,
    extendedMaster: false,
  };
  /** Set by the application before the start. */
  serverName: string | undefined;
  alpnOffer: Bytes | undefined;
  offeredSession: Session | undefined;
  /** Of a server: what `resumeSession` found. */
  loadedSession: Session | undefined;
  requestsCertificate = false;
  rejectsUnauthorized = false;
  requestsOcsp = false;
  /** Of a server: what it staples to its certificate for a client that asked; of a client: what came so. */
  ocspResponse: Bytes | undefined;
  usesPsk = false;
  pskHint: string | undefined;
  maxFragment = PLAINTEXT_MAX;
  /** Every handshake message so far, in order. */
  transcript: Bytes[] = [];
  peerChain: Certificate[] = [];
  exporter: ((label: string, context: Uint8Array | undefined, length: number) => Bytes) | undefined;
  /** After the handshake: tickets, key updates. */
  afterHandshake: ((message: Message) => void) | undefined;
  established = false;
  failure: TlsFailure | undefined;

  #flow: HandshakeFlow | undefined;
  #wait: Wait | undefined;
  #running = false;
  #read: Protection | undefined;
  #write: Protection | undefined;
  #input: Bytes = new Uint8Array(0);
  #handshakeInput: Bytes = new Uint8Array(0);
  #output: Bytes[] = [];
  #idleRecords = 0;
  #ended = false;
  #closed = false;
  #verification: Verification | undefined;
  #sawRecord = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.isServer = options.isServer;
  }

  get settings(): Settings {
    return this.options.application.settings();
  }
  get now(): number {
    return this.options.now();
  }
  /** The peer has said that it sends no more. */
  get ended(): boolean {
    return this.#ended;
  }
  get waitsForApplication(): boolean {
    return this.#wait === 'application';
  }

  begin(flow: HandshakeFlow): void {
    this.#flow = flow;
    this.#guard(() => this.#step(undefined));
  }

  /** Takes ciphertext. What is wrong with it is in `failure` afterwards, and an alert in the output. */
  receive(bytes: Uint8Array): void {
    if (this.failure !== undefined) return;
    this.#input = this.#input.length === 0 ? (bytes.slice() as Bytes) : concat(this.#input, bytes);
    this.#guard(() => this.#readRecords());
  }

  /** The application has what the handshake waited for. */
  resume(): void {
    if (this.#wait !== 'application' || this.failure !== undefined) return;
    this.#guard(() => {
      this.#step(undefined);
      this.#readRecords();
    });
  }

  /** Ends the connection with an alert from outside of it. */
  abort(failure: TlsFailure): void {
    this.#guard(() => {
      throw failure;
    });
  }

  /** Sends application data. */
  write(data: Uint8Array): void {
    this.#guard(() => {
      for (let at = 0; at < data.length; at += this.maxFragment) {
        this.#emit(ContentType.applicationData, data.subarray(at, at + this.maxFragment));
      }
    });
  }

  /** Sends close_notify, once. */
  close(): void {
    if (this.#closed || this.failure !== undefined || !this.established) return;
    this.#closed = true;
    this.sendAlert(AlertLevel.warning, Alert.closeNotify);
  }

  /** Nothing more happens: the application has gone. */
  drop(): void {
    this.failure ??= Fail.internal();
    this.#flow = undefined;
    this.#wait = undefined;
    this.#output = [];
  }

  takeOutput(): Bytes[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
  get hasOutput(): boolean {
    return this.#output.length > 0;
  }

  // What the handshake uses.

  sendHandshake(...messages: readonly Bytes[]): void {
    for (const message of messages) {
      this.transcript.push(message);
      this.sendUnrecorded(message);
    }
  }
  /** A handshake message that is not part of the transcript. */
  sendUnrecorded(message: Bytes): void {
    for (let at = 0; at < message.length; at += this.maxFragment) {
      this.#emit(ContentType.handshake, message.subarray(at, at + this.maxFragment));
    }
  }
  sendChangeCipherSpec(): void {
    this.#emitPlain(ContentType.changeCipherSpec, Uint8Array.of(1));
  }
  sendAlert(level: number, alert: number): void {
    this.#emit(ContentType.alert, Uint8Array.of(level, alert));
  }
  /** Keys change between messages only. */
  protectReading(protection: Protection): void {
    if (this.#handshakeInput.length > 0) throw Fail.unexpectedMessage();
    this.#read = protection;
  }
  protectWriting(protection: Protection): void {
    this.#write = protection;
  }
  transcriptHash(name: string): Bytes {
    return hash(name, ...this.transcript);
  }
  readPeerChain(ders: readonly Uint8Array[]): void {
    try {
      this.peerChain = ders.map((der) => new Certificate(der));
    } catch {
      throw Fail.certificateParse();
    }
    this.#verification = undefined;
  }
  keylog(label: string, clientRandom: Uint8Array, secret: Uint8Array): void {
    this.options.application.keylog(`${label} ${hex(clientRandom)} ${hex(secret)}`);
  }
  finish(): void {
    this.established = true;
    this.options.application.handshakeDone();
  }

  /** What is wrong with the peer's certificate, by OpenSSL's name. */
  get peerFailure(): VerifyFailure | undefined {
    const { session, resumed } = this.negotiated;
    if (resumed && session !== undefined)
      return (session.peerFailure || undefined) as VerifyFailure | undefined;
    return this.verification?.failure;
  }
  get verification(): Verification | undefined {
    const [leaf] = this.peerChain;
    if (leaf === undefined) return undefined;
    const purpose = this.isServer ? 'client' : 'server';
    return (this.#verification ??= verifyChain(leaf, this.peerChain, this.settings.trust, purpose, this.now));
  }

  // Records.

  #readRecords(): void {
    while (this.failure === undefined && this.#wait !== 'application' && !this.#ended) {
      if (this.#input.length < 5) return;
      const [type = 0, major = 0, minor = 0, high = 0, low = 0] = this.#input;
      const length = high * 256 + low;
      this.#checkHeader(type, major * 256 + minor, length);
      if (this.#input.length < 5 + length) return;
      const body = this.#input.slice(5, 5 + length) as Bytes;
      this.#input = this.#input.subarray(5 + length) as Bytes;
      this.#sawRecord = true;
      this.#record(type, body);
    }
  }

  #checkHeader(type: number, version: number, length: number): void {
    const known = type >= ContentType.changeCipherSpec && type <= ContentType.applicationData;
    if (!this.#sawRecord && (!known || version >> 8 !== 3)) {
      const start = String.fromCharCode(...this.#input.subarray(0, 5));
      throw this.isServer && /^(?:GET |POST |HEAD |PUT )/.test(start) ? Fail.httpRequest() : wrongStart();
    }
    if (version >> 8 !== 3) throw Fail.wrongVersion();
    if (!known) throw Fail.unexpectedRecord();
    const limit = PLAINTEXT_MAX + (this.#read === undefined ? 0 : CIPHERTEXT_EXTRA_MAX);
    if (length > limit) throw this.#read === undefined ? Fail.recordTooLong() : Fail.dataTooLong();
  }

  #record(outerType: number, body: Bytes): void {
    const is13 = this.negotiated.version === Version.tls13;
    if (outerType === ContentType.changeCipherSpec) {
      this.#changeCipherSpec(body, is13);
      return;
    }
    // A peer that fails before it has keys says so in the clear.
    const plainAlert = is13 && outerType === ContentType.alert && !this.established && body.length === 2;
    const { type, data } =
      this.#read === undefined || plainAlert
        ? { type: outerType, data: body }
        : this.#read.open(outerType, body);
    if (data.length > PLAINTEXT_MAX) throw Fail.dataTooLong();
    this.#countIdle(type, data);
    if (type === ContentType.alert) this.#alert(data);
    else if (type === ContentType.handshake) this.#handshakeBytes(data);
    else if (type === ContentType.applicationData) this.#applicationData(data);
    else throw Fail.unexpectedRecord();
  }

  #countIdle(type: number, data: Bytes): void {
    const idle = data.length === 0 || type === ContentType.alert;
    this.#idleRecords = idle ? this.#idleRecords + 1 : 0;
    if (this.#idleRecords > IDLE_RECORDS_MAX) throw Fail.tooManyAlerts();
    if (data.length === 0 && type !== ContentType.applicationData) throw Fail.unexpectedMessage();
  }

  #applicationData(data: Bytes): void {
    if (this.#read === undefined || !this.established) throw Fail.unexpectedMessage();
    if (data.length > 0) this.options.application.data(data);
  }

  #changeCipherSpec(body: Bytes, is13: boolean): void {
    if (body.length !== 1 || body[0] !== 1) throw Fail.unexpectedMessage();
    if (this.#wait === 'changeCipherSpec') {
      if (this.#handshakeInput.length > 0) throw Fail.unexpectedMessage();
      this.#step(undefined);
      return;
    }
    // TLS 1.3 has it for the sake of middle boxes, and before its version is known.
    const early = this.negotiated.version === 0 && !this.isServer;
    if (
      this.established ||
      !(is13 || early || (this.isServer && this.#wait === 'message' && this.#sawRetry))
    ) {
      throw Fail.unexpectedMessage();
    }
    if (++this.#idleRecords > IDLE_RECORDS_MAX) throw Fail.unexpectedMessage();
  }
  /** A server that asked for another ClientHello may meet a ChangeCipherSpec before it. */
  get #sawRetry(): boolean {
    return this.transcript.length > 0;
  }

  #handshakeBytes(data: Bytes): void {
    this.#handshakeInput = concat(this.#handshakeInput, data);
    while (this.#handshakeInput.length >= 4 && this.failure === undefined && this.#wait !== 'application') {
      const length = Number(toBigInt(this.#handshakeInput.subarray(1, 4)));
      if (length > HANDSHAKE_MESSAGE_MAX) throw Fail.messageTooLong();
      if (this.#handshakeInput.length < 4 + length) return;
      const raw = this.#handshakeInput.slice(0, 4 + length) as Bytes;
      this.#handshakeInput = this.#handshakeInput.slice(4 + length) as Bytes;
      this.#message({ type: raw[0] ?? 0, body: raw.subarray(4), raw });
    }
  }

  #message(message: Message): void {
    if (this.#wait === 'message') this.#step(message);
    else if (this.#flow === undefined && this.afterHandshake !== undefined) this.afterHandshake(message);
    else if (!(message.type === Handshake.helloRequest && !this.isServer)) throw Fail.unexpectedMessage();
  }

  #alert(data: Bytes): void {
    if (data.length !== 2) throw Fail.decode();
    const [level = 0, alert = 0] = data;
    if (alert === Alert.closeNotify) {
      this.#ended = true;
      this.options.application.end();
      return;
    }
    const is13 = this.negotiated.version === Version.tls13;
    if (alert === Alert.userCanceled) return;
    if (level === AlertLevel.warning && !is13) return;
    throw alertFailure(alert);
  }

  /** Runs the handshake up to what it waits for next. */
  #step(input: Message | undefined): void {
    const flow = this.#flow;
    if (flow === undefined || this.#running) return;
    this.#running = true;
    try {
      this.#wait = undefined;
      const { done, value } = flow.next(input);
      if (done === true) {
        this.#flow = undefined;
      } else {
        this.#wait = value;
      }
    } finally {
      this.#running = false;
    }
    // What came in one record with the last message.
    if (this.#wait === 'message' && this.#handshakeInput.length >= 4) this.#handshakeBytes(new Uint8Array(0));
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof TlsFailure)) throw error;
      if (this.failure !== undefined) return;
      this.failure = error;
      if (error.alert !== undefined) this.sendAlert(AlertLevel.fatal, error.alert);
      this.#flow = undefined;
      this.#wait = undefined;
    }
  }

  #emit(type: number, data: Uint8Array): void {
    if (this.#write === undefined) {
      this.#emitPlain(type, data);
      return;
    }
    const sealed = this.#write.seal(type, data);
    this.#emitPlain(sealed.type, sealed.body);
  }
  #emitPlain(type: number, body: Uint8Array): void {
    // The first record of a client says 1.0, for servers of old.
    const version =
      this.negotiated.version === 0 && !this.isServer && this.transcript.length <= 1
        ? Version.tls10
        : Version.tls12;
    this.#output.push(concat(Uint8Array.of(type), number(version, 2), number(body.length, 2), body));
  }
}

/** What a peer sends that does not speak TLS. */
function wrongStart(): TlsFailure {
  const failure = Fail.wrongVersion();
  return new TlsFailure(failure.alert, failure.number, failure.reason);
}

/** The next handshake message, which must be of this type. */
export function* expect(
  connection: Connection,
  ...types: readonly number[]
): Generator<Wait, Message, Message | undefined> {
  const message = yield 'message';
  if (message === undefined || !types.includes(message.type)) throw Fail.unexpectedMessage();
  connection.transcript.push(message.raw);
  return message;
}
