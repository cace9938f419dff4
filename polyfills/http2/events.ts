/** What a session tells its owner, and what it asks. The owner must not send from within a call (see Session.send). */
import type { Setting } from './settings.ts';

export interface FrameBase {
  readonly flags: number;
  readonly streamId: number;
  /** Bytes of the payload. */
  readonly length: number;
}
export type ReceivedFrame = FrameBase &
  (
    | { readonly kind: 'data' }
    | { readonly kind: 'headers'; readonly category: number }
    | { readonly kind: 'pushPromise'; readonly promisedId: number }
    | { readonly kind: 'rstStream'; readonly code: number }
    | { readonly kind: 'settings'; readonly settings: readonly Setting[] }
    | { readonly kind: 'ping'; readonly payload: Uint8Array<ArrayBuffer> }
    | {
        readonly kind: 'goaway';
        readonly lastStreamId: number;
        readonly code: number;
        readonly data: Uint8Array<ArrayBuffer>;
      }
    | { readonly kind: 'windowUpdate'; readonly increment: number }
    | { readonly kind: 'altsvc'; readonly origin: string; readonly value: string }
    | { readonly kind: 'origin'; readonly origins: readonly string[] }
  );

export const Continue = {
  yes: 0,
  /** This stream's block is read no further and the stream reset. */ refuse: 1,
  /** The session fails. */ fail: 2,
} as const;
export type Continue = (typeof Continue)[keyof typeof Continue];

export interface DataRead {
  /** Bytes that `writeData` will write. */
  readonly length: number;
  /** Nothing follows. */
  readonly isLast: boolean;
  /** The last frame does not end the stream: trailers do. */
  readonly trailersFollow: boolean;
}

export interface SessionEvents {
  headersBegin(streamId: number, category: number): Continue;
  header(streamId: number, name: string, value: string, sensitive: boolean): Continue;
  frameReceived(frame: ReceivedFrame): Continue;
  invalidFrame(streamId: number, libError: number): Continue;
  frameSent(type: number): void;
  frameNotSent(type: number, streamId: number, libError: number): void;
  streamClosed(streamId: number, code: number): void;
  /** Part of a body: a view of what was given to `receive`. */
  data(streamId: number, chunk: Uint8Array): void;
  /** → undefined when there is nothing to send yet: `resumeData` says when there is. */
  readData(streamId: number, maxLength: number): DataRead | undefined;
  /** Writes what the last `readData` answered, then `padding` zeros, after the head of its frame. */
  writeData(streamId: number, head: Uint8Array<ArrayBuffer>, length: number, padding: number): void;
  /** → the length of the frame with its padding. */
  padTo(length: number, maxLength: number): number;
  /** The peer does not speak HTTP/2. */
  settingsMissing(): void;
}
