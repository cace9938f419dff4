/**
 * What the command line (in Node) and its page (in headless Chromium) say to each other over one local WebSocket.
 * Text frames are these messages as JSON; binary frames are stream data behind a five-byte head (`encodeData`).
 * Each direction of each stream is bounded by credit: a sender never has more than the window in flight.
 */
export const COMMAND_LINE_PROTOCOL = 5;

/** A stream of a run, numbered as its descriptor. */
export type StreamNumber = 0 | 1 | 2;

export interface TerminalSize {
  cols: number;
  rows: number;
}

/** A command to run. `run` names it from here on. */
export interface RunRequest {
  run: number;
  command: string;
  args: readonly string[];
  cwd?: string;
  env: Record<string, string>;
  /** Set: the command gets a terminal of this size, and its output is stream 1 alone. */
  terminal?: TerminalSize;
  /** Left out: it sees every file. */
  files?: AllowedFiles;
}

/** Paths in the container, each with all that lies below it. */
export interface AllowedFiles {
  read: string[];
  write: string[];
}

/** What is allowed: everything of a kind, nothing, or what is named. */
export interface AllowRequest {
  fetch: boolean | string[];
  websocket: boolean | string[];
  tcp: boolean | string[];
  listen: boolean;
  /** Left out: all. */
  spawn?: boolean | string[];
  env?: string[];
}

/** What the container is booted with. */
export interface BootRequest {
  workdirName?: string;
  remote?: { url: string; token: string };
  /** The store that the files live in. */
  persist?: string;
  /** Left out: all that the page may. */
  allow?: AllowRequest;
}

/** Calls that are answered, by `id`, with an `answer` or a `refusal`. */
export type PageCall =
  | { call: 'boot'; version: number; options: BootRequest }
  /** → StoreReport. Without a container. */
  | { call: 'fsck'; version: number; store: string }
  | { call: 'mount'; url: string; guestDir: string }
  | { call: 'spawn'; request: RunRequest }
  /** A connection to a server of the container, whose streams are 0 and 1 of this run. */
  | { call: 'connect'; run: number; port: number }
  | { call: 'writeFile'; path: string; text: string }
  | { call: 'readFile'; path: string }
  | { call: 'makeDirectory'; path: string }
  | { call: 'remove'; path: string }
  | { call: 'teardown' };

export type ToPage =
  | { type: 'call'; id: number; body: PageCall }
  | { type: 'signal'; run: number; signal: string }
  | { type: 'resize'; run: number; size: TerminalSize }
  | { type: 'end-input'; run: number }
  /** The command line has passed on so many bytes of the run's output. */
  | { type: 'credit'; run: number; stream: StreamNumber; bytes: number };

export type FromPage =
  | { type: 'hello'; version: number; crossOriginIsolated: boolean }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refusal'; id: number; code: string; message: string }
  | { type: 'end-output'; run: number; stream: StreamNumber }
  | { type: 'exit'; run: number; code: number; signal: string | null }
  /** The command has taken so many bytes of its input. */
  | { type: 'credit'; run: number; stream: StreamNumber; bytes: number }
  /** The command reads no more: what was sent and not taken is lost, as at a closed pipe. */
  | { type: 'input-closed'; run: number }
  | { type: 'page-error'; message: string };

const HEAD_BYTES = 5;

/** A binary frame: the run as a little-endian u32, the stream as a byte, then the data. */
export function encodeData(run: number, stream: StreamNumber, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD_BYTES + data.length);
  new DataView(frame.buffer).setUint32(0, run, true);
  frame[4] = stream;
  frame.set(data, HEAD_BYTES);
  return frame;
}

export function decodeData<T extends ArrayBufferLike>(
  frame: Uint8Array<T>,
): { run: number; stream: StreamNumber; data: Uint8Array<T> } | undefined {
  if (frame.length < HEAD_BYTES) return undefined;
  const stream = frame[4];
  if (stream !== 0 && stream !== 1 && stream !== 2) return undefined;
  const run = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  return { run, stream, data: frame.subarray(HEAD_BYTES) };
}
