import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NODE_COMMAND_START } from '../../src/protocol/node-commands.ts';
import { buildNodeCommands } from '../../scripts/node-layer/node-commands.mjs';

/** A folder for the PATH with commands of the container that are Node programs, run by this machine's Node. */
export async function nodeCommandFolder(...names: readonly string[]): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-command-'));
  await buildNodeCommands(folder);
  for (const name of names) {
    const start = `require(${JSON.stringify(path.join(folder, `${name}.js`))}); ${NODE_COMMAND_START}`;
    const script = `#!/bin/sh\nexec '${process.execPath}' -e '${start}' -- "$@"\n`;
    fs.writeFileSync(path.join(folder, name), script, { mode: 0o755 });
  }
  return folder;
}
