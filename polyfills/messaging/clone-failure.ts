import { uncurry } from '../text/captured.ts';

const platformClone = structuredClone;
const PlatformDOMException = DOMException;

const tagOf = uncurry<unknown, [], string>(Object.prototype.toString);
const PLATFORM_PREFIX = /^Failed to execute '[^']*' on '[^']*': /;

/** The engine's words of a DataCloneError, without the name of the browser's function that they begin with. */
export function cloneFailureMessage(error: unknown): string | undefined {
  return error instanceof PlatformDOMException ? error.message.replace(PLATFORM_PREFIX, '') : undefined;
}

/** Why `value` itself cannot be cloned (`#<WeakMap> could not be cloned.`). */
export function cloneFailure(value: unknown): string {
  try {
    platformClone(value);
  } catch (error) {
    const message = cloneFailureMessage(error);
    if (message !== undefined) return message;
  }
  return `#<${tagOf(value).slice(8, -1)}> could not be cloned.`;
}
