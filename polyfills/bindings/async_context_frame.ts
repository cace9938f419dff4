import type { NodeContext } from '../context.ts';

/** async_context_frame.cc: what V8 calls the continuation-preserved embedder data. */
export function createAsyncContextFrame({ async: { frame } }: NodeContext): object {
  return {
    getContinuationPreservedEmbedderData: () => frame.current,
    setContinuationPreservedEmbedderData(value: unknown) {
      if (value !== undefined) frame.used = true;
      frame.current = value;
    },
  };
}
