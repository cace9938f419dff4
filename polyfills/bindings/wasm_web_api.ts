import { concatenate } from '../blob/parts.ts';
import type { NodeContext } from '../context.ts';
import { redefine } from '../realm/native-look.ts';
import { bytesOf } from '../text/captured.ts';

/** What the library's part of it, which knows a Response, is given for one source. */
interface StreamState {
  setURL(url: string): void;
  push(chunk: ArrayBuffer | ArrayBufferView): void;
  finish(): void;
  abort(error: unknown): void;
}
type Implementation = (state: StreamState, source: unknown) => void;
type Call = (...parameters: unknown[]) => Promise<unknown>;

const { isView } = ArrayBuffer;

/**
 * node_wasm_web_api.cc: `WebAssembly.compileStreaming` and `instantiateStreaming` of Node's own Response. The browser's take
 * no other Response than its own. The code is compiled when all of it has come.
 */
export function createWasmWebApi({ errors }: NodeContext): object {
  const collect = (implementation: Implementation, source: unknown): Promise<ArrayBuffer> =>
    new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      const state: StreamState = {
        setURL: () => undefined,
        push(chunk) {
          if (!isView(chunk) && !(chunk instanceof ArrayBuffer)) {
            const message = 'chunk must be an ArrayBufferView or an ArrayBuffer';
            throw errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);
          }
          chunks.push(bytesOf(chunk).slice());
        },
        finish: () => resolve(concatenate(chunks)),
        abort: reject,
      };
      implementation(state, source);
    });
  return {
    setImplementation(implementation: Implementation) {
      const { compile, instantiate } = WebAssembly as unknown as Record<'compile' | 'instantiate', Call>;
      const streaming = {
        async compileStreaming(source: unknown) {
          return compile(await collect(implementation, source));
        },
        async instantiateStreaming(source: unknown, ...[imports]: [imports?: object]) {
          return instantiate(await collect(implementation, source), imports);
        },
      };
      for (const [name, value] of Object.entries(streaming)) redefine(WebAssembly, name, value);
    },
  };
}
