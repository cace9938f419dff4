// Turns the library's sources into the scripts that a process worker loads.
import { transform } from 'esbuild';
import { chunkOf } from './chunks.mjs';

/** What the library's files are compiled as: BuiltinLoader::LookupAndCompile in node_builtins.cc. */
export function parametersOf(id) {
  if (id.startsWith('internal/per_context/')) return 'exports,primordials,privateSymbols,perIsolateSymbols';
  if (id === 'internal/bootstrap/realm') return 'process,getLinkedBinding,getInternalBinding,primordials';
  if (/^internal\/(main|bootstrap)\//.test(id)) return 'process,require,internalBinding,primordials';
  return 'exports,require,module,process,internalBinding,primordials';
}

/**
 * The functions stand in an array literal that begins the script: as an argument or on the right of an assignment, the
 * name on the left would become part of the names that V8 infers for the functions inside them.
 */
const HEAD = '[\n';
const TAIL = '].forEach((f,i)=>globalThis.__oacBuiltins.$add(i,f));globalThis.__oacBuiltins.$chunk';

/**
 * Names stay (they show in stack traces and `fn.name`); only white space goes. Each builtin starts its own line, so that
 * a position in the bundle tells which file of the library it came from.
 */
async function minify(id, source) {
  const { code, map } = await transform(`(function(${parametersOf(id)}){${source}\n})`, {
    minifyWhitespace: true,
    legalComments: 'none',
    target: 'esnext',
    sourcemap: 'external',
    sourcefile: id,
    sourcesContent: false,
  });
  return { code: code.trimEnd().replace(/;$/, ''), mappings: JSON.parse(map).mappings };
}

/**
 * @param {Record<string, string>} natives patched sources
 * @param {{ config: string, help: Record<string, string> }} extra
 * @returns {Promise<Map<string, string>>} file name → contents
 */
export async function bundle(natives, extra) {
  const members = new Map();
  for (const id of Object.keys(natives)) {
    const chunk = chunkOf(id);
    if (chunk === undefined) continue;
    if (!members.has(chunk)) members.set(chunk, []);
    members.get(chunk).push(id);
  }
  const files = new Map();
  for (const [chunk, ids] of members) {
    const { script, lines, maps } = await bundleChunk(ids, natives);
    const tail = { name: chunk, lines };
    if (chunk === 'boot') {
      tail.config = extra.config;
      tail.chunks = Object.fromEntries([...members].filter(([name]) => name !== 'boot'));
    }
    files.set(`${chunk}.js`, `${script}${TAIL}(${JSON.stringify(tail)});\n`);
    files.set(`${chunk}.map`, maps);
  }
  // What a fatal error inside the library shows of its source: read when one happens.
  for (const id of Object.keys(natives)) {
    if (!id.startsWith('internal/deps/')) files.set(`source/${id.replaceAll('/', '__')}.txt`, natives[id]);
  }
  files.set('help.json', JSON.stringify(extra.help));
  return files;
}

async function bundleChunk(ids, natives) {
  let script = HEAD;
  let line = 2;
  const lines = [];
  let maps = '\n'; // one line a builtin: its id and its source map's mappings
  const minified = await Promise.all(ids.map((id) => minify(id, natives[id])));
  ids.forEach((id, index) => {
    const { code, mappings } = minified[index];
    script += `${code},\n`;
    lines.push([id, line]);
    maps += `${id} ${mappings}\n`;
    line += 1 + code.split('\n').length - 1;
  });
  return { script, lines, maps };
}
