import { zlibDeflate, type ZStream } from 'pako';

/** zlib's tuning of each level: good length, max lazy, nice length, max chain (deflate.c, configuration_table). */
const TUNING: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 0, 0],
  [4, 4, 8, 4],
  [4, 5, 16, 8],
  [4, 6, 32, 32],
  [4, 4, 16, 16],
  [8, 16, 32, 32],
  [8, 16, 128, 128],
  [8, 32, 128, 256],
  [32, 128, 258, 1024],
  [32, 258, 258, 4096],
];

const DEFAULT_LEVEL = 6;
const Z_BLOCK = 5;
const Z_STREAM_ERROR = -2;
const Z_BUF_ERROR = -5;

/** The fields of pako's deflate state (zlib's own names) that the parameters touch. */
interface DeflateState {
  level: number;
  strategy: number;
  last_flush: number;
  strstart: number;
  block_start: number;
  lookahead: number;
  matches: number;
  head: Uint16Array;
  good_match: number;
  max_lazy_match: number;
  nice_match: number;
  max_chain_length: number;
}

/** stored, fast or slow: levels of one group share their algorithm. */
function algorithm(level: number): number {
  return level === 0 ? 0 : level < 4 ? 1 : 2;
}

/** zlib's deflateParams, which pako lacks: what was given so far is compressed under the old parameters. */
export function deflateParams(stream: ZStream, level: number, strategy: number): number {
  const state = stream.state as DeflateState;
  const target = level === -1 ? DEFAULT_LEVEL : level;
  const tuning = TUNING[target];
  if (tuning === undefined || strategy < 0 || strategy > 4) return Z_STREAM_ERROR;
  const started = state.last_flush !== -2;
  const differs = strategy !== state.strategy || algorithm(target) !== algorithm(state.level);
  if (differs && started) {
    const status = zlibDeflate(stream, Z_BLOCK);
    if (status === Z_STREAM_ERROR) return status;
    if (stream.avail_in > 0 || state.strstart - state.block_start + state.lookahead > 0) return Z_BUF_ERROR;
  }
  if (state.level !== target) {
    // What stored blocks left in the window was never hashed.
    if (state.level === 0 && state.matches !== 0) {
      state.head.fill(0);
      state.matches = 0;
    }
    state.level = target;
    [state.good_match, state.max_lazy_match, state.nice_match, state.max_chain_length] = tuning;
  }
  state.strategy = strategy;
  return 0;
}
