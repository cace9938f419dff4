import type { NodeContext } from '../context.ts';
import {
  type CloneableHostObject,
  cloneHostObject,
  hiddenHostObject,
  packHostObject,
  type PackableHostObject,
  type TransferableHostObject,
  transferHostObject,
} from '../host-object.ts';
import { isArrayBuffer, uncurry } from '../text/captured.ts';
import { cloneFailureMessage } from './clone-failure.ts';
import { isObject, isOrdinary, rebuild, replaceWithin, visitContents } from './containers.ts';
import type { PortData } from './port-data.ts';
import type { Snapshot, WireEnd, WireFreight, WireMessage } from './wire.ts';

const platformClone = structuredClone;

const isDetached = uncurry<ArrayBuffer, [], boolean>(
  Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'detached')?.get ?? (() => false),
);

/** Bits of an object's transfer mode (BaseObject::TransferMode). */
const TRANSFERABLE = 1;
const CLONEABLE = 2;

/** What the serializer has to know of the realm and of ports. */
export interface CloneHost {
  readonly context: NodeContext;
  dataCloneError(message: string): Error;
  /** Whether `object` is a MessagePort at all, and its end when it has one. */
  isPort(object: object): boolean;
  portData(port: object): PortData | undefined;
  detachPort(port: object): PortData;
  attachPort(data: PortData): object;
  /** Makes an object again that another thread has packed. */
  unpack(type: string, data: unknown): object;
  /** setDeserializerCreateObjectFunction's function. */
  createObject(deserializeInfo: string): object;
}

/** A host object on its way. */
type Freight =
  | { kind: 'port'; data: PortData }
  | { kind: 'native'; object: object }
  /** A native object from another thread, not yet made again. */
  | { kind: 'packed'; type: string; data: unknown }
  | { kind: 'js'; info: string; data: Snapshot };

/** A serialized value: nothing of it is shared with the sender. */
export class Message {
  readonly #root: Snapshot;
  readonly #freight: readonly Freight[];
  #receivers = 0;

  constructor(root: Snapshot, freight: readonly Freight[]) {
    this.#root = root;
    this.#freight = freight;
  }

  static ofPlainValue(value: unknown): Message {
    return new Message({ value, markers: [] }, []);
  }

  static fromWire({ root, freight }: WireMessage, portOf: (end: WireEnd) => PortData): Message {
    return new Message(
      root,
      freight.map((item): Freight => {
        if (item.kind === 'port') return { kind: 'port', data: portOf(item.end) };
        return item.kind === 'js' ? item : { kind: 'packed', type: item.type, data: item.data };
      }),
    );
  }

  get hasHostObjects(): boolean {
    return this.#freight.length > 0;
  }

  /** The value of a message without host objects. */
  get plainValue(): unknown {
    return this.#root.value;
  }

  /** For another thread: the ports that come along leave this one. */
  toWire(): WireMessage {
    return { root: this.#root, freight: this.#freight.map(freightToWire) };
  }

  carries(data: PortData): boolean {
    return this.#freight.some((item) => item.kind === 'port' && item.data === data);
  }

  addReceiver(): void {
    this.#receivers++;
  }

  /** Makes the value for the receiver. `ports` are the message ports that came along, undefined when nothing did. */
  deserialize(host: CloneHost): { value: unknown; ports: object[] | undefined } {
    if (this.#freight.length === 0) {
      const { value } = this.#root;
      // Each of several receivers gets its own.
      return { value: this.#receivers-- > 1 ? platformClone(value) : value, ports: undefined };
    }
    const ports: object[] = [];
    const objects = this.#freight.map((item) => {
      if (item.kind === 'native') return item.object;
      if (item.kind === 'packed') return host.unpack(item.type, item.data);
      if (item.kind === 'js') return host.createObject(item.info);
      const port = host.attachPort(item.data);
      ports.push(port);
      return port;
    });
    const value = fill(this.#root, objects);
    const method = host.context.realm.symbols['messaging_deserialize_symbol'] as symbol;
    this.#freight.forEach((item, index) => {
      if (item.kind !== 'js') return;
      const object = objects[index] as Record<symbol, unknown>;
      const deserialize = object[method];
      if (typeof deserialize === 'function') Reflect.apply(deserialize, object, [fill(item.data, objects)]);
    });
    return { value, ports };
  }
}

function freightToWire(item: Freight): WireFreight {
  switch (item.kind) {
    case 'port':
      return { kind: 'port', end: item.data.toWire() };
    case 'js':
      return item;
    case 'packed':
      return { kind: 'native', type: item.type, data: item.data };
    case 'native': {
      const { type, data } = packed(item.object);
      return { kind: 'native', type, data };
    }
  }
}

function packed(object: object): { type: string; data: unknown } {
  const hidden = hiddenHostObject(object);
  if (hidden !== undefined) return hidden.pack();
  if (packHostObject in object) return (object as PackableHostObject)[packHostObject]();
  throw new TypeError('This object can be sent within its own thread only');
}

function fill({ value, markers }: Snapshot, objects: readonly unknown[]): unknown {
  return replaceWithin(value, new Map(markers.map((marker, index) => [marker, objects[index]])));
}

/** Serializes `value`. Throws a DataCloneError, or what an accessor of the value throws; then nothing was transferred. */
export function serialize(
  host: CloneHost,
  value: unknown,
  transferList: readonly unknown[],
  sourcePort?: object,
): Message {
  const serializer = new Serializer(host);
  const buffers: ArrayBuffer[] = [];
  for (const entry of transferList) {
    if (isObject(entry) && !serializer.isUntransferable(entry) && isArrayBuffer(entry)) {
      serializer.checkBuffer(entry, buffers);
      buffers.push(entry);
    } else serializer.addTransferred(entry, sourcePort);
  }
  serializer.addNested();
  const root = serializer.snapshot(value, buffers);
  return new Message(root, serializer.finish());
}

class Serializer {
  readonly #host: CloneHost;
  readonly #objects: object[] = [];
  readonly #markers: object[] = [];
  readonly #transferMode: symbol;
  #transferred = 0;

  constructor(host: CloneHost) {
    this.#host = host;
    this.#transferMode = host.context.realm.privateSymbols['transfer_mode_private_symbol'] as symbol;
  }

  isUntransferable(object: object): boolean {
    const symbol = this.#host.context.realm.privateSymbols['untransferable_object_private_symbol'] as symbol;
    if ((object as Record<symbol, unknown>)[symbol] === undefined) return false;
    throw this.#host.dataCloneError('Cannot transfer object of unsupported type.');
  }

  checkBuffer(buffer: ArrayBuffer, before: readonly ArrayBuffer[]): void {
    if (isDetached(buffer)) {
      throw this.#host.dataCloneError('Cannot transfer object of unsupported type.');
    }
    if (before.includes(buffer)) {
      throw this.#host.dataCloneError('Transfer list contains duplicate ArrayBuffer');
    }
  }

  addTransferred(entry: unknown, sourcePort: object | undefined): void {
    const { dataCloneError, isPort, portData } = this.#host;
    if (!isObject(entry)) throw dataCloneError('Found invalid value in transferList.');
    if (entry === sourcePort) throw dataCloneError('Transfer list contains source port');
    if (isPort(entry) && portData(entry) === undefined) {
      throw dataCloneError('MessagePort in transfer list is already detached');
    }
    if (this.#objects.includes(entry)) {
      const name = (entry.constructor as { name?: string } | undefined)?.name ?? 'Object';
      throw dataCloneError(`Transfer list contains duplicate ${name}`);
    }
    if (this.#modeOf(entry) !== TRANSFERABLE) throw dataCloneError('Found invalid value in transferList.');
    this.#add(entry);
  }

  /** A transferred object may name others that travel with it. */
  addNested(): void {
    const method = this.#host.context.realm.symbols['messaging_transfer_list_symbol'] as symbol;
    for (let index = 0; index < this.#objects.length; index++) {
      const object = this.#objects[index] as Record<symbol, unknown>;
      const list = object[method];
      const nested: unknown = typeof list === 'function' ? Reflect.apply(list, object, []) : undefined;
      if (!Array.isArray(nested)) continue;
      for (const entry of nested) {
        if (!isObject(entry) || this.#modeOf(entry) === undefined) continue;
        if (this.#objects.includes(entry)) throw this.#host.dataCloneError('The transfer list is invalid.');
        this.#add(entry);
      }
    }
    this.#transferred = this.#objects.length;
  }

  snapshot(value: unknown, buffers: readonly ArrayBuffer[]): Snapshot {
    const source = this.#findsHostObject(value) ? rebuild(value, (object) => this.#markerOf(object)) : value;
    try {
      if (this.#markers.length === 0) {
        return { value: platformClone(source, { transfer: [...buffers] }), markers: [] };
      }
      const copy = platformClone({ source, markers: this.#markers }, { transfer: [...buffers] });
      return { value: copy.source, markers: copy.markers };
    } catch (error) {
      const message = cloneFailureMessage(error);
      throw message === undefined ? error : this.#host.dataCloneError(message);
    }
  }

  /** Takes the host objects along, those that their own data names too. */
  finish(): Freight[] {
    const freight: Freight[] = [];
    for (let index = 0; index < this.#objects.length; index++) {
      const object = this.#objects[index] as object;
      freight.push(this.#load(object, index < this.#transferred));
    }
    return freight;
  }

  #load(object: object, transfer: boolean): Freight {
    if (this.#host.isPort(object)) return { kind: 'port', data: this.#host.detachPort(object) };
    const hidden = hiddenHostObject(object);
    if (hidden !== undefined) return { kind: 'native', object: hidden.clone() };
    if (cloneHostObject in object) {
      return { kind: 'native', object: (object as CloneableHostObject)[cloneHostObject]() };
    }
    if (transferHostObject in object) {
      return { kind: 'native', object: (object as TransferableHostObject)[transferHostObject]() };
    }
    const name = transfer ? 'messaging_transfer_symbol' : 'messaging_clone_symbol';
    const method = (object as Record<symbol, unknown>)[this.#host.context.realm.symbols[name] as symbol];
    const result: unknown = typeof method === 'function' ? Reflect.apply(method, object, []) : undefined;
    if (!isObject(result)) throw this.#host.dataCloneError('Cannot clone object of unsupported type.');
    const { data, deserializeInfo } = result as { data: unknown; deserializeInfo: unknown };
    return { kind: 'js', info: String(deserializeInfo), data: this.snapshot(data, []) };
  }

  #add(object: object): object {
    const marker = {};
    this.#objects.push(object);
    this.#markers.push(marker);
    return marker;
  }

  /** undefined for what structured clone itself understands. */
  #modeOf(object: object): number | undefined {
    if (this.#host.isPort(object)) return this.#host.portData(object) === undefined ? 0 : TRANSFERABLE;
    if (cloneHostObject in object || hiddenHostObject(object) !== undefined) return CLONEABLE;
    if (transferHostObject in object) return TRANSFERABLE;
    if (!isOrdinary(object)) return undefined;
    const mode = (object as Record<symbol, unknown>)[this.#transferMode];
    if (mode !== undefined) return typeof mode === 'number' ? mode : 0;
    return object instanceof this.#host.context.async.AsyncWrap ? 0 : undefined;
  }

  #markerOf(object: object): object | undefined {
    if (object === this.#host.context.realm.process['env']) return { ...object };
    const mode = this.#modeOf(object);
    if (mode === undefined) return undefined;
    const { dataCloneError } = this.#host;
    const index = this.#objects.indexOf(object);
    if (index >= 0) return this.#markers[index];
    if (mode === 0) throw dataCloneError('Cannot clone object of unsupported type.');
    if (mode & TRANSFERABLE) {
      throw dataCloneError('Object that needs transfer was found in message but not listed in transferList');
    }
    return this.#add(object);
  }

  #findsHostObject(value: unknown): boolean {
    if (!isObject(value)) return false;
    const { env } = this.#host.context.realm.process;
    const seen = new Set<object>([value]);
    const pending: object[] = [value];
    for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
      if (object === env || this.#modeOf(object) !== undefined) return true;
      visitContents(object, (content) => {
        if (!isObject(content) || seen.has(content)) return;
        seen.add(content);
        pending.push(content);
      });
    }
    return false;
  }
}
