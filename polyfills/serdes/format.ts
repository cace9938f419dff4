/** V8's structured clone wire format, version 15 (src/objects/value-serializer.cc). */

export const FORMAT_VERSION = 15;

const code = (character: string): number => character.charCodeAt(0);

export const Tag = {
  version: 0xff,
  padding: 0,
  verifyObjectCount: code('?'),
  hole: code('-'),
  undefined: code('_'),
  null: code('0'),
  true: code('T'),
  false: code('F'),
  int32: code('I'),
  uint32: code('U'),
  double: code('N'),
  bigint: code('Z'),
  utf8String: code('S'),
  oneByteString: code('"'),
  twoByteString: code('c'),
  reference: code('^'),
  beginObject: code('o'),
  endObject: code('{'),
  beginSparseArray: code('a'),
  endSparseArray: code('@'),
  beginDenseArray: code('A'),
  endDenseArray: code('$'),
  date: code('D'),
  trueObject: code('y'),
  falseObject: code('x'),
  numberObject: code('n'),
  bigintObject: code('z'),
  stringObject: code('s'),
  regexp: code('R'),
  beginMap: code(';'),
  endMap: code(':'),
  beginSet: code("'"),
  endSet: code(','),
  arrayBuffer: code('B'),
  resizableArrayBuffer: code('~'),
  arrayBufferTransfer: code('t'),
  arrayBufferView: code('V'),
  sharedArrayBuffer: code('u'),
  hostObject: code('\\'),
  error: code('r'),
} as const;

/** Class name of a view → its sub-tag. */
export const VIEW_TAGS: ReadonlyMap<string, number> = new Map([
  ['Int8Array', code('b')],
  ['Uint8Array', code('B')],
  ['Uint8ClampedArray', code('C')],
  ['Int16Array', code('w')],
  ['Uint16Array', code('W')],
  ['Int32Array', code('d')],
  ['Uint32Array', code('D')],
  ['Float16Array', code('h')],
  ['Float32Array', code('f')],
  ['Float64Array', code('F')],
  ['BigInt64Array', code('q')],
  ['BigUint64Array', code('Q')],
  ['DataView', code('?')],
]);

/** Flags of a view. */
export const VIEW_LENGTH_TRACKING = 1;
export const VIEW_OF_RESIZABLE = 2;

export const ErrorTag = {
  message: code('m'),
  cause: code('c'),
  stack: code('s'),
  end: code('.'),
} as const;

/** Error name → its tag; any other name is an Error. */
export const ERROR_PROTOTYPES: ReadonlyMap<string, number> = new Map([
  ['EvalError', code('E')],
  ['RangeError', code('R')],
  ['ReferenceError', code('F')],
  ['SyntaxError', code('S')],
  ['TypeError', code('T')],
  ['URIError', code('U')],
]);

/** Bit n of a regular expression's flags. `l` (linear) is V8's own, behind a command line flag. */
export const REGEXP_FLAGS = 'gimyusldv';
