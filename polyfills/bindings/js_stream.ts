import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { copyOf } from '../http2/binding/copy.ts';
import { toBuffer } from '../node-buffer.ts';
import { createCore, type StreamCore, streamsOf, UV_EOF } from '../stream/stream-base.ts';

type Callbacks = Record<string, unknown>;

/** `internalBinding('js_stream')` (src/js_stream.cc): a handle over a stream that is written in JavaScript. */
export function createJsStream(context: NodeContext): object {
  const { async: asyncCalls, realm } = context;
  const streams = streamsOf(context);

  class JSStream extends asyncCalls.AsyncWrap {
    readonly #core: StreamCore;
    readonly #requests = new Map<object, (status: number) => void>();

    constructor() {
      super('JSSTREAM');
      this.#core = createCore({
        alive: () => true,
        fd: () => -1,
        readStart: () => this.#call('onreadstart'),
        readStop: () => this.#call('onreadstop'),
        tryWrite: () => 0,
        write: (chunks, done) => {
          const request = new asyncCalls.AsyncWrap('WRITEWRAP');
          const buffers = chunks.map((chunk) => toBuffer(copyOf(chunk)));
          return this.#request(request, done, 'onwrite', buffers);
        },
        shutdown: (done) => this.#request(new asyncCalls.AsyncWrap('SHUTDOWNWRAP'), done, 'onshutdown'),
      });
      this.#core.tellsParts = true;
    }
    static coreOf(self: object): StreamCore | undefined {
      return #core in self ? self.#core : undefined;
    }

    finishWrite(request: object, status: number): void {
      this.#finish(request, status);
    }
    finishShutdown(request: object, status: number): void {
      this.#finish(request, status);
    }
    readBuffer(buffer: ArrayBufferView): void {
      const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      for (let at = 0; at < bytes.length;) {
        const target = this.#core.userBuffer;
        const part = bytes.subarray(at, at + (target?.length ?? bytes.length));
        target?.set(part);
        at += part.length;
        streams.emitRead(this, this.#core, part.length, part);
      }
    }
    emitEOF(): void {
      streams.emitRead(this, this.#core, UV_EOF);
    }

    #request(
      request: object,
      done: (status: number) => void,
      name: string,
      ...parameters: unknown[]
    ): number {
      this.#requests.set(request, done);
      const result = this.#call(name, request, ...parameters);
      if (result !== 0) this.#requests.delete(request);
      return result;
    }
    #finish(request: object, status: number): void {
      const done = this.#requests.get(request);
      this.#requests.delete(request);
      done?.(status);
    }
    #call(name: string, ...parameters: unknown[]): number {
      try {
        const result = asyncCalls.makeCallback(this, (this as unknown as Callbacks)[name], ...parameters);
        return typeof result === 'number' ? result : -Errno.EPROTO;
      } catch (error) {
        realm.triggerUncaught(error, false);
        return -Errno.EPROTO;
      }
    }
  }
  streams.install(JSStream.prototype, (self) => JSStream.coreOf(self));
  return { JSStream };
}
