import type { NodeContext } from '../context.ts';
import { StreamState, streamsOf } from '../stream/stream-base.ts';

/** `internalBinding('stream_wrap')`: the request classes of every stream and the state they share. */
export function createStreamWrap(context: NodeContext): object {
  class ShutdownWrap extends context.async.AsyncWrap {
    oncomplete: unknown = null;
    callback: unknown = null;
    handle: unknown = null;
  }
  class WriteWrap extends context.async.AsyncWrap {}
  return {
    ShutdownWrap,
    WriteWrap,
    kReadBytesOrError: StreamState.readBytesOrError,
    kArrayBufferOffset: StreamState.arrayBufferOffset,
    kBytesWritten: StreamState.bytesWritten,
    kLastWriteWasAsync: StreamState.lastWriteWasAsync,
    streamBaseState: streamsOf(context).state,
  };
}
