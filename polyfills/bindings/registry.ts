import type { BindingFactory } from '../context.ts';

/**
 * `internalBinding(name)` → what makes it. A name that is missing here but known to the pinned node still loads: its
 * data is there, and each of its functions throws when it is called, naming itself.
 */
export const BINDINGS: Readonly<Record<string, BindingFactory>> = {};
