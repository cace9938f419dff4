import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NODE_COMMAND_START } from '../../src/protocol/node-commands.ts';
import { buildNodeCommands } from '../../scripts/node-layer/node-commands.mjs';

/** A folder for the PATH with a command of the container that is a Node program, run by this machine's Node. */
export async function nodeCommandFolder(name: string): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-command-'));
  await buildNodeCommands(folder);
  const start = `require(${JSON.stringify(path.join(folder, `${name}.js`))}); ${NODE_COMMAND_START}`;
  const script = `#!/bin/sh\nexec '${process.execPath}' -e '${start}' -- "$@"\n`;
  fs.writeFileSync(path.join(folder, name), script, { mode: 0o755 });
  return folder;
}
