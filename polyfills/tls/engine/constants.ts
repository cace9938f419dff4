/** Numbers of TLS (RFC 8446, RFC 5246, and IANA's registries). */
export const Version = { ssl3: 0x0300, tls10: 0x0301, tls11: 0x0302, tls12: 0x0303, tls13: 0x0304 } as const;

export const ContentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export const Handshake = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  endOfEarlyData: 5,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateStatus: 22,
  keyUpdate: 24,
  messageHash: 254,
} as const;

export const Extension = {
  serverName: 0,
  statusRequest: 5,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskModes: 45,
  certificateAuthorities: 47,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

export const Alert = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  recordOverflow: 22,
  handshakeFailure: 40,
  badCertificate: 42,
  unsupportedCertificate: 43,
  certificateUnknown: 46,
  illegalParameter: 47,
  unknownCa: 48,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  insufficientSecurity: 71,
  internalError: 80,
  inappropriateFallback: 86,
  userCanceled: 90,
  noRenegotiation: 100,
  missingExtension: 109,
  unsupportedExtension: 110,
  unrecognizedName: 112,
  unknownPskIdentity: 115,
  certificateRequired: 116,
  noApplicationProtocol: 120,
} as const;

export const AlertLevel = { warning: 1, fatal: 2 } as const;

/** The random of a ServerHello that is a HelloRetryRequest: SHA-256 of that name. */
export const RETRY_RANDOM = Uint8Array.from(
  ('cf21ad74e59a6111be1d8c021e65b891' + 'c2a211167abb8c5e079e09e2c8a8339c').match(/../g) ?? [],
  (digits) => Number.parseInt(digits, 16),
);
/** How the random of a server ends that could do 1.3 and was asked for less. */
export const DOWNGRADE_12 = Uint8Array.of(0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01);

/** Cipher suite values that say something else. */
export const FALLBACK_SCSV = 0x5600;
export const RENEGOTIATION_SCSV = 0x00ff;

/** Most bytes of plaintext in a record. */
export const PLAINTEXT_MAX = 16_384;
/** What protection may add to it. */
export const CIPHERTEXT_EXTRA_MAX = 2048;
/** Most bytes of one handshake message: chains of certificates are the longest. */
export const HANDSHAKE_MESSAGE_MAX = 262_144;
/** Most alerts and empty records in a row, and key updates of one connection, that a peer may send. */
export const IDLE_RECORDS_MAX = 64;

export function versionName(version: number): string {
  switch (version) {
    case Version.tls13:
      return 'TLSv1.3';
    case Version.tls12:
      return 'TLSv1.2';
    default:
      return 'unknown';
  }
}
