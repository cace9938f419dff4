/** How a message looks between two threads: as bytes in a SharedQueue, or as an object that the browser clones. */
import { MESSAGE_COPY_MAX_BYTES } from '../../src/base/limits.ts';
import { ValueReader } from '../serdes/value-reader.ts';
import { ValueWriter } from '../serdes/value-writer.ts';
import { isArrayBuffer, isView, uncurry, viewBuffer } from '../text/captured.ts';
import { visitContents } from './containers.ts';
import type { NativePort } from './native-channel.ts';

/** A clone in which each of `markers` stands for the host object of the same index. */
export interface Snapshot {
  readonly value: unknown;
  readonly markers: readonly object[];
}

/** An end of a channel on its way to another thread. */
export interface WireEnd {
  incoming: SharedArrayBuffer;
  outgoing: SharedArrayBuffer;
  port: NativePort;
  /** Messages that had arrived by the port, in order. */
  arrived: WireMessage[];
  /** Messages taken from the queue or sent before there was one; null: the other end was closed. */
  backlog: (WireMessage | null)[];
  peerGone: boolean;
}

export type WireFreight =
  | { kind: 'port'; end: WireEnd }
  | { kind: 'js'; info: string; data: Snapshot }
  | { kind: 'native'; type: string; data: unknown };

export interface WireMessage {
  root: Snapshot;
  freight: WireFreight[];
}

const tagOf = uncurry<object, [], string>(Object.prototype.toString);
/** Thrown to give up writing bytes: the browser's clone carries more. */
const NotAsBytes = new Error('not as bytes');
const giveUp = (): never => {
  throw NotAsBytes;
};
const isPlatformObject = (object: object): boolean => {
  const tag = tagOf(object);
  return tag.startsWith('[object WebAssembly.') || tag === '[object DOMException]';
};

/** undefined for what only the browser's clone can carry (shared memory, modules), and for what is large. */
export function encodeBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (largestBuffer(value) > MESSAGE_COPY_MAX_BYTES) return undefined;
  const writer = new ValueWriter({
    cannotClone: () => NotAsBytes,
    isHostObject: isPlatformObject,
    writeHostObject: giveUp,
    sharedBufferId: giveUp,
  });
  try {
    writer.header();
    writer.value(value);
  } catch (error) {
    if (error === NotAsBytes) return undefined;
    throw error;
  }
  return writer.out.length > MESSAGE_COPY_MAX_BYTES ? undefined : writer.out.release();
}

export function decodeBytes(bytes: Uint8Array): unknown {
  const reader = new ValueReader(bytes, giveUp);
  reader.header();
  return reader.value();
}

function visitAll(root: unknown, visit: (object: object) => void): void {
  if (typeof root !== 'object' || root === null) return;
  const seen = new Set<object>([root]);
  const pending: object[] = [root];
  for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
    visit(object);
    visitContents(object, (content) => {
      if (typeof content !== 'object' || content === null || seen.has(content)) return;
      seen.add(content);
      pending.push(content);
    });
  }
}

function largestBuffer(value: unknown): number {
  let largest = 0;
  visitAll(value, (object) => {
    const buffer = isView(object) ? viewBuffer(object) : isArrayBuffer(object) ? object : undefined;
    if (buffer !== undefined) largest = Math.max(largest, buffer.byteLength);
  });
  return largest;
}

/** What of `message` the browser moves rather than clones: the message is a clone already, nobody else has it. */
export function transferablesOf(message: WireMessage): unknown[] {
  const found = new Set<unknown>();
  const addBuffers = ({ value }: Snapshot): void =>
    visitAll(value, (object) => {
      const buffer = isView(object) ? viewBuffer(object) : object;
      if (isArrayBuffer(buffer)) found.add(buffer);
    });
  addBuffers(message.root);
  for (const item of message.freight) {
    if (item.kind === 'js') addBuffers(item.data);
    else if (item.kind === 'port') for (const thing of transferablesOfEnd(item.end)) found.add(thing);
  }
  return [...found];
}

export function transferablesOfEnd({ port, arrived, backlog }: WireEnd): unknown[] {
  const found: unknown[] = [port];
  for (const message of [...arrived, ...backlog])
    if (message !== null) found.push(...transferablesOf(message));
  return found;
}
