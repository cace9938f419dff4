import { createStamp } from './stamp.ts';

/** Functions that stand in a native one's place, and look like it: their text and how they sit on their owner. */
const nativeNames = createStamp<string>();
const { defineProperty, getOwnPropertyDescriptor } = Object;

/** The name in the text of a function that stands for a native one; undefined for any other. */
export const nativeNameOf = (value: object): string | undefined => nativeNames.get(value);

export function nativeLook(value: object, name: string): void {
  nativeNames.set(value, name);
}

export function redefine(target: object, key: PropertyKey, value: unknown): void {
  const descriptor = getOwnPropertyDescriptor(target, key);
  if (typeof value === 'function' && nativeNameOf(value) === undefined) nativeLook(value, value.name);
  defineProperty(target, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: descriptor?.enumerable ?? false,
  });
}
