import type { NodeContext } from '../context.ts';
import { cloneFailure } from '../messaging/clone-failure.ts';
import { toBuffer } from '../node-buffer.ts';
import { ValueReader } from '../serdes/value-reader.ts';
import { ValueWriter } from '../serdes/value-writer.ts';
import {
  bytesOf,
  copyBytes,
  isView,
  lengthOf,
  typedArrayName,
  viewBuffer,
  viewByteOffset,
} from '../text/captured.ts';

/** Written before each object that V8's format leaves to its host. */
const HostTag = { view: 0, other: 1 } as const;
const LENGTH_BYTES = 4;
const BUFFER_INDEX = 10;

type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView;
const globals = globalThis as unknown as Readonly<Record<string, ViewConstructor | undefined>>;

/** By the index that stands for it in a message (lib/v8.js's arrayBufferViewTypeToIndex). */
const VIEW_NAMES = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'DataView',
  'Buffer',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;
const VIEW_BYTES = [1, 1, 1, 2, 2, 4, 4, 4, 8, 1, 1, 8, 8, 2] as const;
const VIEW_CONSTRUCTORS = VIEW_NAMES.map((name) => globals[name]);
const NativeError = Error;

/** `internalBinding('ipc_serdes')`: messages of `serialization: 'advanced'` channels (src/node_ipc_serdes.cc). */
export function createIpcSerdes(context: NodeContext): object {
  const invalid = (message: string): Error => context.errors.coded(Error, 'ERR_INVALID_STATE', message);

  function viewIndex(view: ArrayBufferView, buffer: unknown): number {
    if ((view as { constructor?: unknown }).constructor === buffer) return BUFFER_INDEX;
    const name = typedArrayName(view) ?? 'DataView';
    for (let i = 0; i < VIEW_NAMES.length; i++) if (VIEW_NAMES[i] === name) return i;
    throw invalid('Unserializable host object');
  }

  function makeView(index: number, buffer: ArrayBuffer, offset: number, byteLength: number): object {
    if (index === BUFFER_INDEX) return toBuffer(new Uint8Array(buffer, offset, byteLength));
    const View = VIEW_CONSTRUCTORS[index];
    if (View === undefined) throw invalid('Invalid host object type index');
    return new View(buffer, offset, byteLength / (VIEW_BYTES[index] as number));
  }

  return {
    /** The message with its length before it, big-endian, in a Buffer. */
    serialize(value: unknown, buffer: unknown): Uint8Array {
      const cannotClone = (part: unknown): Error => new NativeError(cloneFailure(part));
      const writer = new ValueWriter({
        cannotClone,
        isHostObject: (object) => object instanceof context.async.AsyncWrap,
        writeHostObject(object) {
          if (!isView(object)) {
            writer.out.varint(HostTag.other);
            writer.value({ ...object });
            return;
          }
          const bytes = bytesOf(object);
          writer.out.varint(HostTag.view);
          writer.out.varint(viewIndex(object, buffer));
          writer.out.varint(lengthOf(bytes));
          writer.out.raw(bytes);
        },
        sharedBufferId: (shared) => {
          throw cannotClone(shared);
        },
      });
      writer.viewsAreHostObjects = true;
      writer.out.raw(new Uint8Array(LENGTH_BYTES));
      writer.header();
      writer.value(value);
      const message = writer.out.release();
      new DataView(message.buffer, message.byteOffset).setUint32(0, lengthOf(message) - LENGTH_BYTES);
      return toBuffer(message);
    },

    deserialize(source: ArrayBufferView): unknown {
      const bytes = bytesOf(source);
      const readHostObject = (): unknown => {
        const tag = reader.varint();
        if (tag === HostTag.other) return reader.value();
        if (tag !== HostTag.view) throw invalid('Invalid host object tag');
        const index = reader.varint() ?? -1;
        const byteLength = reader.varint() ?? 0;
        const at = reader.raw(byteLength);
        if (at === undefined) throw new NativeError('Unable to deserialize cloned data.');
        const offset = viewByteOffset(source) + at;
        // A view needs its alignment: what has it by chance shares the message's memory, as in Node.
        if (offset % (VIEW_BYTES[index] ?? 1) === 0) {
          return makeView(index, viewBuffer(source) as ArrayBuffer, offset, byteLength);
        }
        return makeView(index, copyBytes(bytes, at, at + byteLength).buffer, 0, byteLength);
      };
      const reader = new ValueReader(source, readHostObject);
      reader.header();
      return reader.value();
    },
  };
}
