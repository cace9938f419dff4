import type { NodeContext } from '../context.ts';

/** async_context_frame.cc: what V8 calls the continuation-preserved embedder data. */
export function createAsyncContextFrame({ async }: NodeContext): object {
  return {
    getContinuationPreservedEmbedderData: () => async.frame,
    setContinuationPreservedEmbedderData(frame: unknown) {
      async.frame = frame;
    },
  };
}
