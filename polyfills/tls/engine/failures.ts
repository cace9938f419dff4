/** What ends a connection: the alert that the peer gets and OpenSSL's name for the reason. */
import { opensslCode } from '../../cryptography/errors.ts';
import { Alert } from './constants.ts';

export class TlsFailure extends Error {
  override readonly name = 'TlsFailure';
  /** undefined: the peer is told nothing (it told us). */
  readonly alert: number | undefined;
  readonly reason: string;
  readonly number: number;

  constructor(alert: number | undefined, number: number, reason: string) {
    super(reason);
    this.alert = alert;
    this.number = number;
    this.reason = reason;
  }
}

export interface SslError extends Error {
  library: string;
  reason: string;
  code: string;
}

/** As Node makes them of OpenSSL's error queue, where the message is a printed line with thread, file and line. */
export function sslError({ number, reason }: TlsFailure): SslError {
  const packed = ((20 << 23) | number).toString(16).toUpperCase().padStart(8, '0');
  const message = `00000000:error:${packed}:SSL routines::${reason}:tls/engine:0:\n`;
  return Object.assign(new Error(message), {
    library: 'SSL routines',
    reason,
    code: opensslCode('SSL', reason),
  });
}

const fail = (alert: number, number: number, reason: string) => (): TlsFailure =>
  new TlsFailure(alert, number, reason);

export const Fail = {
  decode: fail(Alert.decodeError, 159, 'length mismatch'),
  badStatusType: fail(Alert.decodeError, 329, 'unsupported status type'),
  badExtension: fail(Alert.decodeError, 110, 'bad extension'),
  unexpectedMessage: fail(Alert.unexpectedMessage, 244, 'unexpected message'),
  unexpectedRecord: fail(Alert.unexpectedMessage, 245, 'unexpected record'),
  badMac: fail(Alert.badRecordMac, 281, 'decryption failed or bad record mac'),
  wrongVersion: fail(Alert.protocolVersion, 267, 'wrong version number'),
  unsupportedProtocol: fail(Alert.protocolVersion, 258, 'unsupported protocol'),
  downgrade: fail(Alert.illegalParameter, 373, 'inappropriate fallback'),
  fallback: fail(Alert.inappropriateFallback, 373, 'inappropriate fallback'),
  recordTooLong: fail(Alert.recordOverflow, 198, 'packet length too long'),
  dataTooLong: fail(Alert.recordOverflow, 146, 'data length too long'),
  messageTooLong: fail(Alert.illegalParameter, 152, 'excessive message size'),
  tooManyAlerts: fail(Alert.unexpectedMessage, 409, 'too many warn alerts'),
  handshakeDhSmall: fail(Alert.handshakeFailure, 394, 'dh key too small'),
  noSharedCipher: fail(Alert.handshakeFailure, 193, 'no shared cipher'),
  noSharedGroup: fail(Alert.handshakeFailure, 410, 'no suitable key share'),
  noSharedSignatures: fail(Alert.handshakeFailure, 376, 'no shared signature algorithms'),
  noSharedSignature: fail(Alert.handshakeFailure, 118, 'no suitable signature algorithm'),
  noCipher: fail(Alert.internalError, 181, 'no ciphers available'),
  noProtocols: fail(Alert.internalError, 191, 'no protocols available'),
  wrongCipher: fail(Alert.illegalParameter, 261, 'wrong cipher returned'),
  wrongSignature: fail(Alert.illegalParameter, 370, 'wrong signature type'),
  wrongCurve: fail(Alert.illegalParameter, 378, 'wrong curve'),
  badKeyShare: fail(Alert.illegalParameter, 108, 'bad key share'),
  badSignature: fail(Alert.decryptError, 123, 'bad signature'),
  badFinished: fail(Alert.decryptError, 149, 'digest check failed'),
  badBinder: fail(Alert.decryptError, 253, 'binder does not verify'),
  badCertificate: fail(Alert.badCertificate, 180, 'no certificates returned'),
  certificateParse: fail(Alert.badCertificate, 524_301, 'asn1 lib'),
  noPeerCertificate12: fail(Alert.handshakeFailure, 199, 'peer did not return a certificate'),
  noPeerCertificate13: fail(Alert.certificateRequired, 199, 'peer did not return a certificate'),
  noAlpn: fail(Alert.noApplicationProtocol, 235, 'no application protocol'),
  badAlpn: fail(Alert.illegalParameter, 110, 'bad extension'),
  missingExtension: fail(Alert.missingExtension, 801, 'missing supported groups extension'),
  unsolicitedExtension: fail(Alert.unsupportedExtension, 217, 'unsolicited extension'),
  emsMismatch: fail(Alert.handshakeFailure, 104, 'inconsistent extms'),
  callback: fail(Alert.internalError, 377, 'callback failed'),
  pskNotFound: fail(Alert.unknownPskIdentity, 223, 'psk identity not found'),
  internal: fail(Alert.internalError, 68, 'internal error'),
  httpRequest: fail(Alert.protocolVersion, 156, 'http request'),
  unexpectedEof: fail(Alert.closeNotify, 294, 'unexpected eof while reading'),
} as const;

const SSL_TLS_ALERTS: Readonly<Record<number, string>> = {
  10: 'unexpected message',
  20: 'bad record mac',
  30: 'decompression failure',
  40: 'handshake failure',
  41: 'no certificate',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'certificate revoked',
  45: 'certificate expired',
  46: 'certificate unknown',
  47: 'illegal parameter',
};
const TLS1_ALERTS: Readonly<Record<number, string>> = {
  21: 'tlsv1 alert decryption failed',
  22: 'tlsv1 alert record overflow',
  48: 'tlsv1 alert unknown ca',
  49: 'tlsv1 alert access denied',
  50: 'tlsv1 alert decode error',
  51: 'tlsv1 alert decrypt error',
  60: 'tlsv1 alert export restriction',
  70: 'tlsv1 alert protocol version',
  71: 'tlsv1 alert insufficient security',
  80: 'tlsv1 alert internal error',
  86: 'tlsv1 alert inappropriate fallback',
  90: 'tlsv1 alert user cancelled',
  100: 'tlsv1 alert no renegotiation',
  109: 'tlsv13 alert missing extension',
  110: 'tlsv1 unsupported extension',
  112: 'tlsv1 unrecognized name',
  113: 'tlsv1 bad certificate status response',
  115: 'tlsv1 alert unknown psk identity',
  116: 'tlsv13 alert certificate required',
  120: 'tlsv1 alert no application protocol',
};

/** The peer ended the connection by this alert. */
export function alertFailure(alert: number): TlsFailure {
  const old = SSL_TLS_ALERTS[alert];
  const reason = old === undefined ? (TLS1_ALERTS[alert] ?? 'unknown alert type') : `ssl/tls alert ${old}`;
  return new TlsFailure(undefined, 1000 + alert, reason);
}
