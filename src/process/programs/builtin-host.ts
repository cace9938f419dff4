import type { EncodedFacts } from '../../../polyfills/facts.ts';
import type { BuiltinHost } from '../../../polyfills/realm/builtins.ts';

const { XMLHttpRequest, fetch } = globalThis;
const importScripts = globalThis.importScripts.bind(globalThis);
const global: object = globalThis;

/** Node's library as static files under `base`: scripts by importScripts, texts and bytes by a synchronous request. */
export function createBuiltinHost(base: string): BuiltinHost {
  return {
    chunkUrl: (name) => `${base}${name}.js`,
    runChunk(name, registry) {
      // A script may make another load while it runs, by a global of Node's that comes on demand.
      const outer = Object.getOwnPropertyDescriptor(global, '__oacBuiltins');
      Object.defineProperty(global, '__oacBuiltins', { value: registry, configurable: true });
      try {
        importScripts(`${base}${name}.js`);
      } finally {
        if (outer === undefined) Reflect.deleteProperty(global, '__oacBuiltins');
        else Object.defineProperty(global, '__oacBuiltins', outer);
      }
    },
    readText: (file) => get(`${base}${file}`, 'text') as string,
    readBytes: (file) => new Uint8Array(get(`${base}${file}`, 'arraybuffer') as ArrayBuffer),
  };
}

/** The facts of the pinned Node. Not a part of a script: its text would stay in memory for as long as the process lives. */
export async function fetchFacts(base: string): Promise<EncodedFacts> {
  const url = `${base}facts.json`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return (await response.json()) as EncodedFacts;
}

function get(url: string, type: 'text' | 'arraybuffer'): unknown {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = type;
  request.send();
  if (request.status !== 200) throw new Error(`${url}: HTTP ${request.status}`);
  return request.response;
}
