import {
  bytesOf,
  charCodeAt,
  isArrayBuffer,
  isPlainBuffer,
  isView,
  typedArrayName,
  uncurry,
  viewBuffer,
  viewByteLength,
  viewByteOffset,
} from '../text/captured.ts';
import { latin1Write, utf16Write } from '../text/latin1.ts';
import { ByteWriter, varintLength } from './byte-writer.ts';
import { ERROR_PROTOTYPES, ErrorTag, FORMAT_VERSION, REGEXP_FLAGS, Tag } from './format.ts';
import { VIEW_LENGTH_TRACKING, VIEW_OF_RESIZABLE, VIEW_TAGS } from './format.ts';

/** What the writer leaves to its owner: objects of the host, and errors. */
export interface WriterDelegate {
  isHostObject(object: object): boolean;
  writeHostObject(object: object): void;
  sharedBufferId(buffer: SharedArrayBuffer): number;
  cannotClone(value: unknown): Error;
}

const tagOf = uncurry<object, [], string>(Object.prototype.toString);
const dateTime = uncurry<Date, [], number>(Date.prototype.getTime);
const numberOf = uncurry<object, [], number>(Number.prototype.valueOf);
const stringOf = uncurry<object, [], string>(String.prototype.valueOf);
const booleanOf = uncurry<object, [], boolean>(Boolean.prototype.valueOf);
const bigintOf = uncurry<object, [], bigint>(BigInt.prototype.valueOf);
const { keys, getOwnPropertyDescriptor, hasOwn } = Object;

const INDEX = /^(?:0|[1-9]\d{0,9})$/;
const ARRAY_INDEX_MAX = 2 ** 32 - 2;

/** Writes JavaScript values in V8's wire format. */
export class ValueWriter {
  readonly out = new ByteWriter();
  viewsAreHostObjects = false;
  readonly #delegate: WriterDelegate;
  readonly #ids = new Map<object, number>();
  readonly #transferred = new Map<ArrayBufferLike, number>();

  constructor(delegate: WriterDelegate) {
    this.#delegate = delegate;
  }

  header(): void {
    this.out.byte(Tag.version);
    this.out.varint(FORMAT_VERSION);
  }

  transfer(id: number, buffer: ArrayBuffer): void {
    this.#transferred.set(buffer, id);
  }

  value(value: unknown): void {
    const { out } = this;
    switch (typeof value) {
      case 'undefined':
        return out.byte(Tag.undefined);
      case 'boolean':
        return out.byte(value ? Tag.true : Tag.false);
      case 'number':
        return this.#number(value);
      case 'bigint':
        out.byte(Tag.bigint);
        return this.#bigint(value);
      case 'string':
        return this.#string(value);
      case 'object':
        return value === null ? out.byte(Tag.null) : this.#object(value);
      default:
        throw this.#delegate.cannotClone(value);
    }
  }

  #number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.out.byte(Tag.int32);
      this.out.zigZag(value);
    } else {
      this.out.byte(Tag.double);
      this.out.double(value);
    }
  }

  #bigint(value: bigint): void {
    const digits: bigint[] = [];
    for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 64n) digits.push(rest);
    this.out.varint((digits.length * 8 * 2) | (value < 0n ? 1 : 0));
    this.out.raw(new Uint8Array(BigUint64Array.from(digits).buffer));
  }

  #string(text: string): void {
    const { out } = this;
    const length = text.length;
    let wide = false;
    for (let at = 0; at < length && !wide; at++) wide = charCodeAt(text, at) > 255;
    if (!wide) {
      out.byte(Tag.oneByteString);
      out.varint(length);
      const { bytes, at } = out.reserve(length);
      latin1Write(bytes, at, length, text);
      return;
    }
    // The units stand at an even offset, so that a reader may use them in place.
    if ((out.length + 1 + varintLength(length * 2)) % 2 === 1) out.byte(Tag.padding);
    out.byte(Tag.twoByteString);
    out.varint(length * 2);
    const { bytes, at } = out.reserve(length * 2);
    utf16Write(bytes, at, length * 2, text);
  }

  #object(object: object): void {
    const { out } = this;
    if (isView(object) && !this.viewsAreHostObjects && !this.#ids.has(object)) {
      this.#object(viewBuffer(object));
    }
    const known = this.#ids.get(object);
    if (known !== undefined) {
      out.byte(Tag.reference);
      out.varint(known);
      return;
    }
    this.#ids.set(object, this.#ids.size);
    if (isView(object)) return this.viewsAreHostObjects ? this.#host(object) : this.#view(object);
    if (this.#delegate.isHostObject(object)) return this.#host(object);
    if (Array.isArray(object)) return this.#array(object);
    this.#tagged(object);
  }

  /** By the tag that the object shows; a forged one meets the class's own method, which refuses it. */
  #tagged(object: object): void {
    const { out } = this;
    switch (tagOf(object)) {
      case '[object Date]':
        out.byte(Tag.date);
        return out.double(dateTime(object as Date));
      case '[object Boolean]':
        return out.byte(booleanOf(object) ? Tag.trueObject : Tag.falseObject);
      case '[object Number]':
        out.byte(Tag.numberObject);
        return out.double(numberOf(object));
      case '[object BigInt]':
        out.byte(Tag.bigintObject);
        return this.#bigint(bigintOf(object));
      case '[object String]':
        out.byte(Tag.stringObject);
        return this.#string(stringOf(object));
      case '[object RegExp]':
        return this.#regexp(object as RegExp);
      case '[object Error]':
        return this.#error(object as Error);
      case '[object Map]':
        return this.#map(object as Map<unknown, unknown>);
      case '[object Set]':
        return this.#set(object as Set<unknown>);
      case '[object ArrayBuffer]':
        return this.#buffer(object as ArrayBuffer);
      case '[object SharedArrayBuffer]':
        out.byte(Tag.sharedArrayBuffer);
        return out.varint(this.#delegate.sharedBufferId(object as SharedArrayBuffer));
      case '[object WeakMap]':
      case '[object WeakSet]':
      case '[object WeakRef]':
      case '[object Promise]':
      case '[object Generator]':
      case '[object Symbol]':
      case '[object Arguments]':
      case '[object WebAssembly.Module]':
        throw this.#delegate.cannotClone(object);
      default:
        out.byte(Tag.beginObject);
        this.#properties(object, Tag.endObject);
    }
  }

  #host(object: object): void {
    this.out.byte(Tag.hostObject);
    this.#delegate.writeHostObject(object);
  }

  #properties(object: object, end: number, from = 0): void {
    let count = 0;
    for (const key of keys(object)) {
      const isIndex = INDEX.test(key) && Number(key) <= ARRAY_INDEX_MAX;
      if (isIndex && Number(key) < from) continue;
      if (!hasOwn(object, key)) continue; // removed by an accessor meanwhile
      if (isIndex) this.#number(Number(key));
      else this.#string(key);
      this.value((object as Record<string, unknown>)[key]);
      count++;
    }
    this.out.byte(end);
    this.out.varint(count);
  }

  #array(array: unknown[]): void {
    const { out } = this;
    const { length } = array;
    let dense = true;
    for (let at = 0; at < length && dense; at++) dense = hasOwn(array, at);
    out.byte(dense ? Tag.beginDenseArray : Tag.beginSparseArray);
    out.varint(length);
    if (dense) {
      for (let at = 0; at < length; at++) {
        if (hasOwn(array, at)) this.value(array[at]);
        else out.byte(Tag.hole);
      }
    }
    this.#properties(array, dense ? Tag.endDenseArray : Tag.endSparseArray, dense ? length : 0);
    out.varint(length);
  }

  #regexp(expression: RegExp): void {
    this.out.byte(Tag.regexp);
    this.#string(expression.source);
    let bits = 0;
    for (const flag of expression.flags) bits |= 1 << REGEXP_FLAGS.indexOf(flag);
    this.out.varint(bits);
  }

  #map(map: Map<unknown, unknown>): void {
    this.out.byte(Tag.beginMap);
    const entries = [...map];
    for (const [key, value] of entries) {
      this.value(key);
      this.value(value);
    }
    this.out.byte(Tag.endMap);
    this.out.varint(entries.length * 2);
  }

  #set(set: Set<unknown>): void {
    this.out.byte(Tag.beginSet);
    const values = [...set];
    for (const value of values) this.value(value);
    this.out.byte(Tag.endSet);
    this.out.varint(values.length);
  }

  #error(error: Error): void {
    const { out } = this;
    const message = getOwnPropertyDescriptor(error, 'message');
    const cause = getOwnPropertyDescriptor(error, 'cause');
    out.byte(Tag.error);
    const prototype = ERROR_PROTOTYPES.get(String(error.name));
    if (prototype !== undefined) out.varint(prototype);
    if (message !== undefined && 'value' in message) {
      out.varint(ErrorTag.message);
      this.#string(String(message.value));
    }
    const { stack } = error;
    if (typeof stack === 'string') {
      out.varint(ErrorTag.stack);
      this.#string(stack);
    }
    if (cause !== undefined && 'value' in cause) {
      out.varint(ErrorTag.cause);
      this.value(cause.value);
    }
    out.varint(ErrorTag.end);
  }

  #buffer(buffer: ArrayBuffer): void {
    const { out } = this;
    const id = this.#transferred.get(buffer);
    if (id !== undefined) {
      out.byte(Tag.arrayBufferTransfer);
      return out.varint(id);
    }
    if (!isArrayBuffer(buffer) || buffer.detached) throw this.#delegate.cannotClone(buffer);
    const bytes = bytesOf(buffer);
    out.byte(buffer.resizable ? Tag.resizableArrayBuffer : Tag.arrayBuffer);
    out.varint(bytes.length);
    if (buffer.resizable) out.varint(buffer.maxByteLength);
    out.raw(bytes);
  }

  #view(view: ArrayBufferView): void {
    const { out } = this;
    out.byte(Tag.arrayBufferView);
    out.varint(VIEW_TAGS.get(typedArrayName(view) ?? 'DataView') ?? 0);
    out.varint(viewByteOffset(view));
    const byteLength = viewByteLength(view);
    const buffer: unknown = viewBuffer(view);
    const resizable = isArrayBuffer(buffer) && !isPlainBuffer(buffer);
    // A view that follows its buffer's length cannot be told from one that ends there just now.
    const tracking = resizable && viewByteOffset(view) + byteLength === bytesOf(view.buffer).length;
    out.varint(tracking ? 0 : byteLength);
    out.varint((resizable ? VIEW_OF_RESIZABLE : 0) | (tracking ? VIEW_LENGTH_TRACKING : 0));
  }
}
