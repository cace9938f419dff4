// Version and hash of each message schema. `node scripts/schemas.mjs` records them, after a change that raised a
// version; test/unit/protocol/schema.test.ts compares.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** What crosses a thread, and the constant that names its version. */
const SCHEMAS = {
  'ipc-layout.ts': 'IPC_LAYOUT_VERSION',
  'process.ts': 'PROCESS_PROTOCOL_VERSION',
  'container.ts': 'CONTAINER_PROTOCOL_VERSION',
  'preview.ts': 'PREVIEW_PROTOCOL_VERSION',
};

/** The file without comments and white space: types count, prose does not. */
const substance = (source) =>
  source
    .replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** @returns {Promise<Record<string, { version: number; hash: string }>>} */
export async function schemaVersions() {
  const versions = {};
  for (const [file, constant] of Object.entries(SCHEMAS)) {
    const source = await readFile(new URL(`../src/protocol/${file}`, import.meta.url), 'utf8');
    const version = Number(new RegExp(`${constant} = (\\d+)`).exec(source)?.[1]);
    const hash = createHash('sha256').update(substance(source)).digest('hex').slice(0, 16);
    versions[file] = { version, hash };
  }
  return versions;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const target = new URL('../test/unit/protocol/schema-versions.json', import.meta.url);
  await writeFile(target, `${JSON.stringify(await schemaVersions(), null, 2)}\n`);
}
