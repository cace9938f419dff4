/** Numbers of HTTP/2 (RFC 9113, 7838, 8336) and the error numbers that nghttp2 gives, which Node's library shows. */

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
  altsvc: 10,
  origin: 12,
  priorityUpdate: 16,
} as const;

export const Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const ErrorCode = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  connect: 10,
  enhanceYourCalm: 11,
} as const;

export const SettingId = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
  noRfc7540Priorities: 9,
} as const;

/** What a HEADERS frame is to its stream. */
export const Category = { request: 0, response: 1, pushResponse: 2, headers: 3 } as const;

/** nghttp2's own error numbers. */
export const LibError = {
  invalidArgument: -501,
  protocol: -505,
  streamIdNotAvailable: -509,
  streamClosed: -510,
  streamClosing: -511,
  streamShutWrite: -512,
  invalidStreamState: -514,
  temporalCallbackFailure: -521,
  frameSize: -522,
  headerCompression: -523,
  flowControl: -524,
  pushDisabled: -528,
  dataExists: -529,
  sessionClosing: -530,
  httpHeader: -531,
  httpMessaging: -532,
  refusedStream: -533,
  settingsExpected: -536,
  callbackFailure: -902,
  badClientMagic: -903,
  flooded: -904,
  tooManyContinuations: -905,
} as const;

/** Numbers below this end the session. */
const FATAL_BELOW = -900;
export const isFatal = (error: number): boolean => error < FATAL_BELOW;

export const CLIENT_MAGIC = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
export const FRAME_HEADER_BYTES = 9;
export const SETTING_BYTES = 6;
export const MAX_STREAM_ID = 0x7fff_ffff;
export const MAX_WINDOW_SIZE = 0x7fff_ffff;
export const MIN_MAX_FRAME_SIZE = 16_384;
export const MAX_MAX_FRAME_SIZE = 16_777_215;
export const DEFAULT_WINDOW_SIZE = 65_535;
export const DEFAULT_HEADER_TABLE_BYTES = 4096;
/** A padding length is one byte; the byte itself counts too. */
export const MAX_PADDING_BYTES = 256;

/** The error of the wire for one of nghttp2's. */
export function errorCodeOf(libError: number): number {
  switch (libError) {
    case LibError.streamClosed:
      return ErrorCode.streamClosed;
    case LibError.headerCompression:
      return ErrorCode.compression;
    case LibError.frameSize:
      return ErrorCode.frameSize;
    case LibError.flowControl:
      return ErrorCode.flowControl;
    case LibError.refusedStream:
      return ErrorCode.refusedStream;
    case LibError.protocol:
    case LibError.httpHeader:
    case LibError.httpMessaging:
      return ErrorCode.protocol;
    default:
      return ErrorCode.internal;
  }
}
