import type { BuiltinHost } from '../../polyfills/realm/builtins.ts';

const { XMLHttpRequest } = globalThis;
const importScripts = globalThis.importScripts.bind(globalThis);
const global: object = globalThis;

/** Node's library as static files under `base`: scripts by importScripts, texts by a synchronous request. */
export function createBuiltinHost(base: string): BuiltinHost {
  return {
    chunkUrl: (name) => `${base}${name}.js`,
    runChunk(name, registry) {
      Object.defineProperty(global, '__oacBuiltins', { value: registry, configurable: true });
      try {
        importScripts(`${base}${name}.js`);
      } finally {
        Reflect.deleteProperty(global, '__oacBuiltins');
      }
    },
    readText(file) {
      const request = new XMLHttpRequest();
      request.open('GET', `${base}${file}`, false);
      request.send();
      if (request.status !== 200) throw new Error(`${base}${file}: HTTP ${request.status}`);
      return request.responseText;
    },
  };
}
