/** The options of a session, as the library has written them to the shared array (node_http2.cc, Http2Options). */
import type { SessionOptions } from '../connection.ts';
import { DEFAULT_HEADER_TABLE_BYTES } from '../constants.ts';
import {
  MAX_RESERVED_STREAMS,
  MAX_SENT_HEADER_BYTES,
  MAX_SETTINGS_ENTRIES,
  PEER_MAX_CONCURRENT_STREAMS,
  STREAM_RESET_BURST,
  STREAM_RESETS_PER_SECOND,
} from '../limits.ts';

const At = {
  maxDeflateTable: 0,
  maxReservedStreams: 1,
  maxSendHeaderBlock: 2,
  peerMaxConcurrentStreams: 3,
  paddingStrategy: 4,
  maxHeaderPairs: 5,
  maxPings: 6,
  maxSettings: 7,
  maxMemory: 8,
  maxSettingsEntries: 9,
  resetRate: 10,
  resetBurst: 11,
  laxSpaces: 12,
  flags: 13,
} as const;

export const Padding = { none: 0, aligned: 1, max: 2 } as const;

const DEFAULT_HEADER_PAIRS = 128;
const DEFAULT_PINGS = 10;
const DEFAULT_SETTINGS = 10;
const DEFAULT_MEMORY_BYTES = 10_000_000;
/** The unit of the library's option. */
const MEGABYTE = 1_000_000;
/** Fewer fields than these make no message. */
const SERVER_HEADER_PAIRS_MIN = 4;
const CLIENT_HEADER_PAIRS_MIN = 1;

export interface HandleOptions {
  readonly engine: SessionOptions;
  readonly padding: number;
  readonly maxHeaderPairs: number;
  readonly maxPings: number;
  readonly maxSettings: number;
  readonly maxMemoryBytes: number;
}

export function readOptions(view: Uint32Array, isServer: boolean, now: () => number): HandleOptions {
  const flags = view[At.flags] ?? 0;
  const option = (at: number, fallback: number): number =>
    (flags & (1 << at)) !== 0 ? (view[at] ?? fallback) : fallback;
  const limitsResets = (flags & (1 << At.resetRate)) !== 0 && (flags & (1 << At.resetBurst)) !== 0;
  const pairs = option(At.maxHeaderPairs, DEFAULT_HEADER_PAIRS);
  return {
    engine: {
      isServer,
      now,
      maxEncoderTableBytes: option(At.maxDeflateTable, DEFAULT_HEADER_TABLE_BYTES),
      maxReservedStreams: option(At.maxReservedStreams, MAX_RESERVED_STREAMS),
      maxSentHeaderBytes: option(At.maxSendHeaderBlock, MAX_SENT_HEADER_BYTES),
      peerMaxConcurrentStreams: option(At.peerMaxConcurrentStreams, PEER_MAX_CONCURRENT_STREAMS),
      maxSettingsEntries: option(At.maxSettingsEntries, MAX_SETTINGS_ENTRIES),
      strictFieldSpaces: option(At.laxSpaces, 0) === 0,
      streamResetBurst: limitsResets ? (view[At.resetBurst] ?? 0) : STREAM_RESET_BURST,
      streamResetsPerSecond: limitsResets ? (view[At.resetRate] ?? 0) : STREAM_RESETS_PER_SECOND,
    },
    padding: option(At.paddingStrategy, Padding.none),
    maxHeaderPairs: Math.max(pairs, isServer ? SERVER_HEADER_PAIRS_MIN : CLIENT_HEADER_PAIRS_MIN),
    maxPings: option(At.maxPings, DEFAULT_PINGS),
    maxSettings: option(At.maxSettings, DEFAULT_SETTINGS),
    maxMemoryBytes:
      (flags & (1 << At.maxMemory)) !== 0 ? (view[At.maxMemory] ?? 0) * MEGABYTE : DEFAULT_MEMORY_BYTES,
  };
}
