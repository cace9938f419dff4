import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { latin1Decode, utf16Decode } from '../text/latin1.ts';
import { utf8Decode } from '../text/utf8.ts';
import { ERROR_PROTOTYPES, ErrorTag, FORMAT_VERSION, REGEXP_FLAGS, Tag } from './format.ts';
import { VIEW_LENGTH_TRACKING, VIEW_TAGS } from './format.ts';

const INVALID = 'Unable to deserialize cloned data.';
const INVALID_VERSION = 'Unable to deserialize cloned data due to invalid or unsupported version.';

/** Older data is refused, as by every V8 that does not ask for it. */
const OLDEST_VERSION = 13;
const VERSION_WITH_VIEW_FLAGS = 14;

type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length?: number) => ArrayBufferView;
const globals = globalThis as unknown as Readonly<Record<string, ViewConstructor | undefined>>;
const VIEW_CONSTRUCTORS = new Map([...VIEW_TAGS].map(([name, tag]) => [tag, globals[name]] as const));
const ERRORS = new Map<number, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((constructor) => [
    ERROR_PROTOTYPES.get(constructor.name) ?? 0,
    constructor as ErrorConstructor,
  ]),
);
const { defineProperty } = Object;

function define(target: object, key: string | number, value: unknown, enumerable: boolean): void {
  defineProperty(target, key, { value, writable: true, enumerable, configurable: true });
}

/** Reads values in V8's wire format; throws where the data is not valid. */
export class ValueReader {
  version = 0;
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #view: DataView;
  readonly #readHostObject: () => unknown;
  readonly #objects: object[] = [];
  readonly #transferred = new Map<number, ArrayBufferLike>();

  constructor(source: ArrayBufferView, readHostObject: () => unknown) {
    this.#bytes = bytesOf(source);
    this.#end = lengthOf(this.#bytes);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#end);
    this.#readHostObject = readHostObject;
  }

  header(): void {
    if (this.#bytes[this.#at] === Tag.version) {
      this.#at++;
      this.version = this.varint() ?? 0;
    }
    if (this.version < OLDEST_VERSION || this.version > FORMAT_VERSION) throw new Error(INVALID_VERSION);
  }

  transfer(id: number, buffer: ArrayBufferLike): void {
    this.#transferred.set(id, buffer);
  }

  /** undefined at the end of the data, as for the other numbers. */
  varint(): number | undefined {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return undefined;
      this.#at++;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  varint64(): bigint | undefined {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return undefined;
      this.#at++;
      if (shift < 64n) value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
  }

  double(): number | undefined {
    if (this.#end - this.#at < 8) return undefined;
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  /** Passes over `length` bytes; returns where they begin. */
  raw(length: number): number | undefined {
    if (length < 0 || length > this.#end - this.#at) return undefined;
    this.#at += length;
    return this.#at - length;
  }

  value(): unknown {
    const value = this.#readTagged(this.#tag());
    if (!isAnyBuffer(value) || this.#peekTag() !== Tag.arrayBufferView) return value;
    this.#tag();
    return this.#readView(value);
  }

  #need<Value>(value: Value | undefined): Value {
    if (value === undefined) throw new Error(INVALID);
    return value;
  }

  #check(condition: boolean): void {
    if (!condition) throw new Error(INVALID);
  }

  #peekTag(): number | undefined {
    let at = this.#at;
    while (this.#bytes[at] === Tag.padding) at++;
    return this.#bytes[at];
  }

  #tag(): number {
    while (this.#bytes[this.#at] === Tag.padding) this.#at++;
    return this.#need(this.#bytes[this.#at++]);
  }

  #remember<Value extends object>(value: Value): Value {
    this.#objects.push(value);
    return value;
  }

  #readTagged(tag: number): unknown {
    switch (tag) {
      case Tag.verifyObjectCount:
        this.#need(this.varint());
        return this.value();
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.int32: {
        const zigZag = this.#need(this.varint());
        return (zigZag >>> 1) ^ -(zigZag & 1);
      }
      case Tag.uint32:
        return this.#need(this.varint());
      case Tag.double:
        return this.#need(this.double());
      case Tag.bigint:
        return this.#readBigint();
      case Tag.utf8String:
      case Tag.oneByteString:
      case Tag.twoByteString:
        return this.#readStringAs(tag);
      case Tag.reference:
        return this.#need(this.#objects[this.#need(this.varint())]);
      default:
        return this.#readObject(tag);
    }
  }

  #readObject(tag: number): object {
    switch (tag) {
      case Tag.beginObject:
        return this.#readProperties(this.#remember({}), Tag.endObject);
      case Tag.beginDenseArray:
        return this.#readDenseArray();
      case Tag.beginSparseArray: {
        const length = this.#need(this.varint());
        const array = this.#remember(new Array<unknown>(length));
        this.#readProperties(array, Tag.endSparseArray);
        this.#check(this.varint() === length);
        return array;
      }
      case Tag.date:
        return this.#remember(new Date(this.#need(this.double())));
      case Tag.trueObject:
      case Tag.falseObject:
        return this.#remember(Object(tag === Tag.trueObject) as object);
      case Tag.numberObject:
        return this.#remember(Object(this.#need(this.double())) as object);
      case Tag.bigintObject:
        return this.#remember(Object(this.#readBigint()) as object);
      case Tag.stringObject:
        return this.#remember(Object(this.#readString()) as object);
      case Tag.regexp:
        return this.#readRegexp();
      case Tag.beginMap:
        return this.#readMap();
      case Tag.beginSet:
        return this.#readSet();
      case Tag.error:
        return this.#readError();
      case Tag.hostObject:
        return this.#readHost();
      default:
        return this.#readBuffer(tag);
    }
  }

  #readHost(): object {
    const index = this.#objects.length++;
    const object = this.#readHostObject();
    if ((typeof object !== 'object' && typeof object !== 'function') || object === null) {
      throw new TypeError('readHostObject must return an object');
    }
    this.#objects[index] = object;
    return object;
  }

  #readBuffer(tag: number): ArrayBufferLike {
    if (tag === Tag.arrayBufferTransfer || tag === Tag.sharedArrayBuffer) {
      return this.#remember(this.#need(this.#transferred.get(this.#need(this.varint()))));
    }
    this.#check(tag === Tag.arrayBuffer || tag === Tag.resizableArrayBuffer);
    const length = this.#need(this.varint());
    const maxByteLength = tag === Tag.resizableArrayBuffer ? this.#need(this.varint()) : undefined;
    const start = this.#need(this.raw(length));
    const bytes = copyBytes(this.#bytes, start, start + length);
    if (maxByteLength === undefined) return this.#remember(bytes.buffer);
    this.#check(length <= maxByteLength);
    const buffer = new ArrayBuffer(length, { maxByteLength });
    new Uint8Array(buffer).set(bytes);
    return this.#remember(buffer);
  }

  #readBigint(): bigint {
    const bits = this.#need(this.varint());
    const length = bits >>> 1;
    this.#check(length % 8 === 0 && bits !== 1);
    const start = this.#need(this.raw(length));
    let value = 0n;
    for (let at = length - 8; at >= 0; at -= 8) {
      value = (value << 64n) | this.#view.getBigUint64(start + at, true);
    }
    return bits & 1 ? -value : value;
  }

  #readString(): string {
    return this.#readStringAs(this.#tag());
  }

  #readStringAs(tag: number): string {
    const length = this.#need(this.varint());
    const start = this.#need(this.raw(length));
    if (tag === Tag.oneByteString) return latin1Decode(this.#bytes, start, start + length);
    if (tag === Tag.utf8String) return utf8Decode(this.#bytes, start, start + length);
    this.#check(tag === Tag.twoByteString && length % 2 === 0);
    return utf16Decode(this.#bytes, start, start + length);
  }

  #readProperties<Target extends object>(target: Target, end: number): Target {
    let count = 0;
    for (; this.#peekTag() !== end; count++) {
      const key = this.value();
      if (typeof key !== 'string' && typeof key !== 'number') throw new Error(INVALID);
      define(target, key, this.value(), true);
    }
    this.#tag();
    this.#check(this.varint() === count);
    return target;
  }

  #readDenseArray(): unknown[] {
    const length = this.#need(this.varint());
    // Each element takes a byte at least.
    this.#check(length <= this.#end - this.#at);
    const array = this.#remember(new Array<unknown>(length));
    for (let at = 0; at < length; at++) {
      if (this.#peekTag() === Tag.hole) {
        this.#tag();
        continue;
      }
      array[at] = this.value();
    }
    this.#readProperties(array, Tag.endDenseArray);
    this.#check(this.varint() === length);
    return array;
  }

  #readRegexp(): RegExp {
    const source = this.#readString();
    const bits = this.#need(this.varint());
    let flags = '';
    for (let bit = 0; bit < REGEXP_FLAGS.length; bit++) if (bits & (1 << bit)) flags += REGEXP_FLAGS[bit];
    return this.#remember(new RegExp(source, flags));
  }

  #readMap(): Map<unknown, unknown> {
    const map = this.#remember(new Map<unknown, unknown>());
    let count = 0;
    for (; this.#peekTag() !== Tag.endMap; count += 2) {
      const key = this.value();
      map.set(key, this.value());
    }
    this.#tag();
    this.#check(this.varint() === count);
    return map;
  }

  #readSet(): Set<unknown> {
    const set = this.#remember(new Set<unknown>());
    let count = 0;
    for (; this.#peekTag() !== Tag.endSet; count++) set.add(this.value());
    this.#tag();
    this.#check(this.varint() === count);
    return set;
  }

  #readError(): Error {
    const index = this.#objects.length++;
    let tag = this.#need(this.varint());
    const constructor = ERRORS.get(tag);
    if (constructor !== undefined) tag = this.#need(this.varint());
    let message: string | undefined;
    if (tag === ErrorTag.message) {
      message = this.#readString();
      tag = this.#need(this.varint());
    }
    let stack: string | undefined;
    if (tag === ErrorTag.stack) {
      stack = this.#readString();
      tag = this.#need(this.varint());
    }
    const error = new (constructor ?? Error)(message);
    this.#objects[index] = error;
    define(error, 'stack', stack, false);
    if (tag === ErrorTag.cause) {
      define(error, 'cause', this.value(), false);
      tag = this.#need(this.varint());
    }
    this.#check(tag === ErrorTag.end);
    return error;
  }

  #readView(buffer: ArrayBufferLike): ArrayBufferView {
    const constructor = this.#need(VIEW_CONSTRUCTORS.get(this.#need(this.varint())));
    const offset = this.#need(this.varint());
    const byteLength = this.#need(this.varint());
    const flags = this.version >= VERSION_WITH_VIEW_FLAGS ? this.#need(this.varint()) : 0;
    const { BYTES_PER_ELEMENT: size = 1 } = constructor as { BYTES_PER_ELEMENT?: number };
    this.#check(offset + byteLength <= buffer.byteLength && offset % size === 0 && byteLength % size === 0);
    const tracking = (flags & VIEW_LENGTH_TRACKING) !== 0;
    const length = tracking ? undefined : byteLength / size;
    return this.#remember(new constructor(buffer, offset, length));
  }
}

function isAnyBuffer(value: unknown): value is ArrayBufferLike {
  if (typeof value !== 'object' || value === null) return false;
  return (
    value instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer)
  );
}
