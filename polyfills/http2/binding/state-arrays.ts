/** Figures of a session and of a stream, as the library reads them from arrays (node_http2_state.h). */
import type { SessionFigures, StreamFigures } from '../session.ts';

const STREAM_STATE_IDLE = 1;
/** What every stream had before priorities were dropped. */
const DEFAULT_WEIGHT = 16;

export function fillSessionState(into: Float64Array, figures: SessionFigures): void {
  into.set([
    figures.effectiveLocalWindow,
    figures.effectiveReceived,
    figures.nextStreamId,
    figures.localWindow,
    figures.lastProcessedStreamId,
    figures.remoteWindow,
    figures.queued,
    figures.encoderTable,
    figures.decoderTable,
  ]);
}

export function fillStreamState(into: Float64Array, figures: StreamFigures | undefined): void {
  if (figures === undefined) {
    into.set([STREAM_STATE_IDLE, 0, 0, 0, 0, 0]);
    return;
  }
  const { state, localClosed, remoteClosed, localWindow } = figures;
  into.set([state, DEFAULT_WEIGHT, 0, localClosed ? 1 : 0, remoteClosed ? 1 : 0, localWindow]);
}
