// Regenerates polyfills/generated/facts.json from the pinned node: after a change of version or of dump.cjs.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FACTS_FILE, readPinnedNode } from './build.mjs';

const { facts, isTarget } = await readPinnedNode();
if (!isTarget) throw new Error('facts can only be taken on linux-x64');
await mkdir(path.dirname(FACTS_FILE), { recursive: true });
await writeFile(FACTS_FILE, facts);
