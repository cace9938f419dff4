/** Arguments of `container.fs`. */
import * as v from 'valibot';
import { callback, flag, oneOf, options, text, whole } from './check.ts';

const ENCODINGS = [
  'utf8',
  'utf-8',
  'latin1',
  'binary',
  'ascii',
  'base64',
  'base64url',
  'hex',
  'utf16le',
  'ucs2',
];
/** Permissions, with the bits of set-user-ID, set-group-ID and sticky. */
const MODE_MAX = 0o7777;
/** F_OK, and any of R_OK, W_OK and X_OK. */
const ACCESS_MAX = 0o7;
/** Any of COPYFILE_EXCL, COPYFILE_FICLONE and COPYFILE_FICLONE_FORCE. */
const COPY_MAX = 0o7;

const encoding = oneOf(...ENCODINGS);
const nameEncoding = oneOf(...ENCODINGS, 'buffer');
const flags = oneOf('w', 'wx', 'a', 'ax');
/** A name of an encoding in place of the options, as everywhere in Node's fs. */
const orEncoding = (named: v.GenericSchema, members: Record<string, v.GenericSchema>): v.GenericSchema => {
  const object = v.nullish(options(members));
  return v.lazy((value) => (typeof value === 'string' ? named : object));
};

export const mode = whole(0, MODE_MAX);
export const accessMode = whole(0, ACCESS_MAX);
export const copyMode = whole(0, COPY_MAX);
export const fileSize = whole(0, Number.MAX_SAFE_INTEGER);
export const data = v.union([text, v.instance(Uint8Array)], 'a string or a Uint8Array');
const TIME = 'a number of seconds or a Date';
export const time = v.union([v.pipe(v.number(), v.finite()), v.date()], TIME);

export const read = orEncoding(encoding, { encoding: v.nullable(encoding) });
export const write = orEncoding(encoding, { encoding: v.nullable(encoding), mode, flag: flags });
export const append = orEncoding(encoding, { encoding: v.nullable(encoding), mode });
export const names = orEncoding(nameEncoding, { encoding: v.nullable(nameEncoding) });
export const list = orEncoding(nameEncoding, {
  encoding: v.nullable(nameEncoding),
  withFileTypes: flag,
  recursive: flag,
});
export const make = v.nullish(options({ recursive: flag, mode }));
export const remove = v.nullish(options({ recursive: flag, force: flag }));
export const copyTree = v.nullish(options({ recursive: flag }));
export const stream = v.nullish(options({ flags, mode }));
export const watch = orEncoding(nameEncoding, {
  encoding: v.nullable(nameEncoding),
  persistent: flag,
  recursive: flag,
});
export const listener = v.optional(callback);
