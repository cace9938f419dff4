import type { NodeContext } from '../context.ts';
import { cloneFailure } from '../messaging/clone-failure.ts';
import { nativeClass } from '../native-class.ts';
import { toBuffer } from '../node-buffer.ts';
import { ValueReader } from '../serdes/value-reader.ts';
import { ValueWriter } from '../serdes/value-writer.ts';
import { bytesOf, isArrayBuffer, isView } from '../text/captured.ts';

/** Methods that subclasses of Serializer and Deserializer may define (`v8.DefaultSerializer` does). */
interface Hooks {
  _writeHostObject?: unknown;
  _readHostObject?: unknown;
  _getSharedArrayBufferId?: unknown;
  _getDataCloneError?: unknown;
}

/** `internalBinding('serdes')`: v8.Serializer and v8.Deserializer (src/node_serdes.cc). */
export function createSerdes(context: NodeContext): object {
  const notNew = (name: string) => (): Error => {
    const message = `Class constructor ${name} cannot be invoked without 'new'`;
    return context.errors.coded(TypeError, 'ERR_CONSTRUCT_CALL_REQUIRED', message);
  };
  return {
    Serializer: nativeClass(createSerializer(context), 'Serializer', notNew('Serializer')),
    Deserializer: nativeClass(createDeserializer(context), 'Deserializer', notNew('Deserializer')),
  };
}

function invalidArgument(context: NodeContext, message: string): Error {
  return context.errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

function createSerializer(context: NodeContext) {
  return class Serializer {
    readonly #writer: ValueWriter;

    constructor() {
      const hooks = this as Hooks;
      const cannotClone = (value: unknown): Error =>
        Reflect.apply(hooks._getDataCloneError as () => Error, hooks, [cloneFailure(value)]);
      this.#writer = new ValueWriter({
        cannotClone,
        isHostObject: (object) => object instanceof context.async.AsyncWrap,
        writeHostObject(object) {
          if (typeof hooks._writeHostObject !== 'function') throw cannotClone(object);
          Reflect.apply(hooks._writeHostObject, hooks, [object]);
        },
        sharedBufferId(buffer) {
          const method = hooks._getSharedArrayBufferId;
          if (typeof method !== 'function') throw cannotClone(buffer);
          return Number(Reflect.apply(method, hooks, [buffer])) >>> 0;
        },
      });
    }
    writeHeader(): void {
      this.#writer.header();
    }
    writeValue(value: unknown): true {
      this.#writer.value(value);
      return true;
    }
    releaseBuffer(): Uint8Array {
      return toBuffer(this.#writer.out.release());
    }
    transferArrayBuffer(id: unknown, buffer: unknown): void {
      if (!isArrayBuffer(buffer)) throw invalidArgument(context, 'arrayBuffer must be an ArrayBuffer');
      this.#writer.transfer(Number(id) >>> 0, buffer);
    }
    writeUint32(value: unknown): void {
      this.#writer.out.varint(Number(value) >>> 0);
    }
    writeUint64(high: unknown, low: unknown): void {
      this.#writer.out.varint64((BigInt(Number(high) >>> 0) << 32n) | BigInt(Number(low) >>> 0));
    }
    writeDouble(value: unknown): void {
      this.#writer.out.double(Number(value));
    }
    writeRawBytes(source: unknown): void {
      if (!isView(source)) throw invalidArgument(context, 'source must be a TypedArray or a DataView');
      this.#writer.out.raw(bytesOf(source));
    }
    _setTreatArrayBufferViewsAsHostObjects(on: unknown): void {
      this.#writer.viewsAreHostObjects = Boolean(on);
    }
  };
}

function createDeserializer(context: NodeContext) {
  return class Deserializer {
    readonly #reader: ValueReader;
    buffer: ArrayBufferView;

    constructor(buffer: unknown) {
      if (!isView(buffer)) throw invalidArgument(context, 'buffer must be a TypedArray or a DataView');
      this.buffer = buffer;
      const hooks = this as Hooks;
      this.#reader = new ValueReader(buffer, () => {
        if (typeof hooks._readHostObject === 'function') {
          return Reflect.apply(hooks._readHostObject, hooks, []) as unknown;
        }
        throw new Error('Unable to deserialize cloned data.');
      });
    }
    readHeader(): true {
      this.#reader.header();
      return true;
    }
    readValue(): unknown {
      return this.#reader.value();
    }
    getWireFormatVersion(): number {
      return this.#reader.version;
    }
    transferArrayBuffer(id: unknown, buffer: unknown): void {
      if (!isArrayBuffer(buffer) && !(buffer instanceof SharedArrayBuffer)) {
        throw invalidArgument(context, 'arrayBuffer must be an ArrayBuffer or SharedArrayBuffer');
      }
      this.#reader.transfer(Number(id) >>> 0, buffer);
    }
    readUint32(): number {
      return ok(this.#reader.varint(), 'ReadUint32');
    }
    readUint64(): [number, number] {
      const value = ok(this.#reader.varint64(), 'ReadUint64');
      return [Number(value >> 32n), Number(value & 0xffffffffn)];
    }
    readDouble(): number {
      return ok(this.#reader.double(), 'ReadDouble');
    }
    _readRawBytes(length: unknown): number {
      return ok(this.#reader.raw(Math.trunc(Number(length)) || 0), 'ReadRawBytes');
    }
  };
}

function ok<Value>(value: Value | undefined, method: string): Value {
  if (value === undefined) throw new Error(`${method}() failed`);
  return value;
}
