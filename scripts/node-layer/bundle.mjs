// Turns the library's sources into the scripts that a process worker loads.
import { chunkOf } from './chunks.mjs';
import { strip } from './strip.mjs';

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

/** Generated code that is one long line already. */
const isGenerated = (id) => /^internal\/deps\/(amaro|llhttp)/.test(id);

/** One character beyond Latin 1, and V8 keeps two bytes for each of the script: those stand in texts, where they can be escaped. */
const oneByte = (code) =>
  code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Behind a parenthesis V8 compiles a function while it reads the script, else when it is called, for which it reads it
 * again: right for the boot chunk, whose files are all run, and for the others, of which few are.
 */
function compile(id, source, isRun) {
  const { code, leads } = isGenerated(id) ? { code: source, leads: '' } : strip(source);
  const text = `function(${parametersOf(id)}){${oneByte(code)}\n}`;
  return { code: isRun ? `(${text})` : text, leads };
}

/**
 * @param {Record<string, string>} natives patched sources
 * @param {{ config: string, help: Record<string, string>, rootCertificates: readonly string[] }} extra
 * @returns {Map<string, string>} file name → contents
 */
export function bundle(natives, extra) {
  const members = new Map();
  for (const id of Object.keys(natives)) {
    const chunk = chunkOf(id);
    if (chunk === undefined) continue;
    if (!members.has(chunk)) members.set(chunk, []);
    members.get(chunk).push(id);
  }
  const files = new Map();
  for (const [chunk, ids] of members) {
    const { script, lines, columns } = bundleChunk(ids, natives, chunk === 'boot');
    const tail = { name: chunk, lines };
    if (chunk === 'boot') {
      tail.config = extra.config;
      tail.chunks = Object.fromEntries([...members].filter(([name]) => name !== 'boot'));
    }
    files.set(`${chunk}.js`, `${script}${TAIL}(${JSON.stringify(tail)});\n`);
    files.set(`${chunk}.columns`, columns);
  }
  // What a fatal error inside the library shows of its source: read when one happens.
  for (const id of Object.keys(natives)) {
    if (!id.startsWith('internal/deps/')) files.set(`source/${id.replaceAll('/', '__')}.txt`, natives[id]);
  }
  // What the container shows as /lib/node/lib.
  const shown = Object.keys(natives).filter((id) => !id.startsWith('internal/deps/'));
  files.set('source/index.json', JSON.stringify(shown.sort()));
  files.set('help.json', JSON.stringify(extra.help));
  // The authorities that the pinned node trusts: read by the first program that asks whom to trust.
  files.set('root-certificates.pem', extra.rootCertificates.join('\n'));
  return files;
}

function bundleChunk(ids, natives, isRun) {
  let script = HEAD;
  let line = 2;
  const lines = [];
  let columns = '\n'; // one line a builtin: its id and the columns cut from the head of each of its lines
  for (const id of ids) {
    const { code, leads } = compile(id, natives[id], isRun);
    script += `${code},\n`;
    lines.push([id, line]);
    columns += `${id} ${leads}\n`;
    line += code.split('\n').length;
  }
  return { script, lines, columns };
}
