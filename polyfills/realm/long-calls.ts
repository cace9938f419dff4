import { redefine } from './native-look.ts';

/**
 * A worker's stack is half of Node's (Chromium gives it 500 KB), and `f.apply(…, list)` puts the whole list on it. So what
 * programs call with long lists, such as `String.fromCharCode.apply(null, bytes)`, takes them in parts.
 */
const PART_LENGTH = 8192;

type Call = (...parameters: unknown[]) => unknown;
const { apply } = Reflect;
const { slice } = Array.prototype;

/** `join` puts the results of two parts together. */
function takeInParts(target: Call, join: (before: unknown, next: unknown) => unknown): void {
  const own = {
    apply(this: unknown, receiver: unknown, list?: ArrayLike<unknown> | null): unknown {
      const length = list?.length ?? 0;
      if (this !== target || length <= PART_LENGTH) {
        return apply(this as Call, receiver, list ?? []) as unknown;
      }
      let result: unknown;
      for (let at = 0; at < length; at += PART_LENGTH) {
        const part = apply(slice, list, [at, at + PART_LENGTH]) as unknown[];
        const next = apply(target, receiver, part) as unknown;
        result = at === 0 ? next : join(result, next);
      }
      return result;
    },
  };
  redefine(target, 'apply', own.apply);
}

export function installLongCalls(): void {
  const { max, min } = Math;
  takeInParts(String.fromCharCode as Call, (before, next) => (before as string) + (next as string));
  takeInParts(Array.prototype.push as Call, (_before, next) => next);
  takeInParts(Math.max as Call, (before, next) => max(before as number, next as number));
  takeInParts(Math.min as Call, (before, next) => min(before as number, next as number));
}
