/** Entries of type `http2` for PerformanceObservers: one when a stream has ended, one when a session has (node_http2.cc). */
import type { SessionLink } from './session-link.ts';
import type { Shared } from './shared.ts';
import type { StreamLink } from './stream-link.ts';

/** NODE_PERFORMANCE_ENTRY_TYPE_HTTP2 */
const TYPE_AT = 2;

function notify(shared: Shared, name: string, startMs: number, details: object): void {
  const { hooks } = shared.context;
  const isWanted = (): boolean => (hooks.performanceObservers[TYPE_AT] ?? 0) > 0;
  if (!isWanted()) return;
  const duration = shared.now() - startMs;
  shared.later(() => {
    if (isWanted()) hooks.performanceEntry?.(name, 'http2', startMs, duration, details);
  });
}

/** Milliseconds from `start`; as C++ computes it, negative for what never was. */
const since = (start: number, at: number): number => at - start;

export function tellStream(shared: Shared, stream: StreamLink): void {
  const { startedAt } = stream;
  notify(shared, 'Http2Stream', startedAt, {
    bytesRead: stream.receivedBytes,
    bytesWritten: stream.sentBytes,
    id: stream.id,
    timeToFirstByte: since(startedAt, stream.firstByteAt),
    timeToFirstByteSent: since(startedAt, stream.firstByteSentAt),
    timeToFirstHeader: since(startedAt, stream.firstHeaderAt),
  });
}

export function tellSession({ shared, figures, startedAt, isServer }: SessionLink): void {
  notify(shared, 'Http2Session', startedAt, {
    bytesWritten: figures.sent,
    bytesRead: figures.received,
    framesReceived: figures.framesReceived,
    framesSent: figures.framesSent,
    maxConcurrentStreams: figures.concurrent,
    pingRTT: figures.pingMs * 1e6,
    streamAverageDuration: figures.streamMs,
    streamCount: figures.streams,
    type: isServer ? 'server' : 'client',
  });
}
