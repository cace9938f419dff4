/**
 * The few platform types that the ECMAScript-only layers (base, protocol, vfs, polyfills) may name.
 * Types and constructors that every host has: browsers, workers and Node. Nothing here reaches the DOM.
 */
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(input: string, destination: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string;
}
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class Table {
    readonly length: number;
    set(index: number, value: unknown): void;
    grow(by: number): number;
  }
}
declare class URL {
  constructor(url: string, base?: string);
  href: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  hash: string;
  readonly origin: string;
}
declare function structuredClone<Value>(value: Value, options?: { transfer?: ArrayBuffer[] }): Value;
declare class DOMException extends Error {}
/** Named in messages only: the layers that post and receive have the real type. */
interface MessagePort {
  postMessage(message: unknown, transfer?: unknown[]): void;
  close(): void;
}
declare const crypto: { getRandomValues(array: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> };
