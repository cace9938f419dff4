/** The browser's own channels between threads, captured before the globals of that name become Node's. */
export interface NativePort {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  close(): void;
}

export interface NativeBroadcast {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

type AddListener = (type: string, listener: () => void) => void;
const platform = globalThis as unknown as {
  EventTarget: { prototype: { addEventListener: AddListener } };
  MessageChannel: new () => { port1: NativePort; port2: NativePort };
  BroadcastChannel: new (name: string) => NativeBroadcast;
};
export const { MessageChannel: NativeMessageChannel, BroadcastChannel: NativeBroadcastChannel } = platform;

// Removed from the prototype later, with what else the global object inherits.
const { addEventListener } = platform.EventTarget.prototype;
const { apply } = Reflect;

/** The other end was closed, or the thread that had it has ended. */
export function onPeerGone(port: NativePort, listener: () => void): void {
  apply(addEventListener, port, ['close', listener]);
}
