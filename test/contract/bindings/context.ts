import type { NodeContext } from '../../../polyfills/context.ts';

/** The part of a NodeContext that the bindings of bytes and text use. */
export function bareContext(): NodeContext {
  const coded = (constructor: ErrorConstructor, code: string, message: string): Error =>
    Object.assign(new constructor(message), { code });
  return { errors: { coded }, facts: { bindings: {} } } as unknown as NodeContext;
}
