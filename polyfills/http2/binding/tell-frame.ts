/** Frames that were received → calls of the library. */
import { Flag, LibError } from '../constants.ts';
import type { ReceivedFrame } from '../events.ts';
import { toBuffer } from '../../node-buffer.ts';
import type { SessionLink } from './session-link.ts';
import { Callback } from './shared.ts';

type FrameOf<Kind extends ReceivedFrame['kind']> = Extract<ReceivedFrame, { kind: Kind }>;

export function tellFrame(session: SessionLink, frame: ReceivedFrame): void {
  switch (frame.kind) {
    case 'data':
      if (isEnd(session, frame)) {
        session.socket.paused();
        session.streams.get(frame.streamId)?.emitEnd();
      }
      break;
    case 'headers':
      tellHeaders(session, frame.streamId, frame.flags);
      break;
    case 'pushPromise':
      tellHeaders(session, frame.promisedId, frame.flags);
      break;
    case 'settings':
      tellSettings(session, frame);
      break;
    case 'ping':
      tellPing(session, frame);
      break;
    case 'goaway': {
      const data = frame.data.length > 0 ? toBuffer(frame.data) : undefined;
      session.call(Callback.goawayData, frame.code, frame.lastStreamId, data);
      break;
    }
    case 'altsvc':
      if (session.fields.hasAltsvcListeners)
        session.call(Callback.altsvc, frame.streamId, frame.origin, frame.value);
      break;
    case 'origin':
      session.call(Callback.origin, [...frame.origins]);
      break;
  }
}
/** Of a stream that the library still has. */
function isEnd({ streams }: SessionLink, { streamId, flags }: FrameOf<'data'>): boolean {
  return (flags & Flag.endStream) !== 0 && streams.get(streamId)?.destroyed === false;
}
tellFrame.isEnd = isEnd;

function tellHeaders(session: SessionLink, streamId: number, flags: number): void {
  const stream = session.streams.get(streamId);
  if (stream === undefined || stream.destroyed) return;
  const { headers, sensitive, category, handle } = stream;
  stream.headers = [];
  stream.sensitive = [];
  stream.retainedHeaderBytes += stream.headerBytes;
  stream.headerBytes = 0;
  session.call(Callback.headers, handle, streamId, category, flags, headers, sensitive);
}

function tellSettings(session: SessionLink, { flags, settings }: FrameOf<'settings'>): void {
  if ((flags & Flag.ack) === 0) {
    session.fields.settingsChanged();
    session.noteCustom(settings);
    if (session.fields.hasSettingsListeners) session.call(Callback.settings);
    return;
  }
  const request = session.settings.shift();
  if (request === undefined) session.call(Callback.error, LibError.protocol);
  else request.done(true);
}

function tellPing(session: SessionLink, { flags, payload }: FrameOf<'ping'>): void {
  if ((flags & Flag.ack) === 0) {
    if (session.fields.hasPingListeners) session.call(Callback.ping, toBuffer(payload));
    return;
  }
  const request = session.pings.shift();
  // Nobody has reason to answer what was not asked.
  if (request === undefined) session.call(Callback.error, LibError.protocol);
  else request.done(true, payload);
}
