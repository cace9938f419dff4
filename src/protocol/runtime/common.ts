/** Shapes and bounds that several families of `mhnos.v1` messages share. */
import * as v from 'valibot';

/** Longest text that stands for one path, command or argument (Linux's MAX_ARG_STRLEN is 128 KiB). */
export const TEXT_MAX = 128 * 1024;
/** Longest correlation id that a client may choose. */
export const ID_MAX = 128;
/** Entries of one list in a message: arguments, environment, paths, keys. */
export const LIST_MAX = 50_000;

const NUL = String.fromCharCode(0);

export const text = v.pipe(
  v.string(),
  v.maxLength(TEXT_MAX),
  v.check((value) => !value.includes(NUL), 'has a NUL byte'),
);
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const pid = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff));
export const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const list = <const Item extends v.GenericSchema>(item: Item) =>
  v.pipe(v.array(item), v.maxLength(LIST_MAX));

/** A request's correlation id: every answer to it, an error too, carries the same. */
export const id = { id: v.optional(v.pipe(v.string(), v.maxLength(ID_MAX))) };
