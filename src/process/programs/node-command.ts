/** Commands that are Node programs run as any other, but their code is a script of the container, not a file in it. */
import type { RunMessage } from '../../protocol/process.ts';
import { NODE_COMMANDS, nodeCommandLine } from '../../protocol/node-commands.ts';
import type { Program } from './startup.ts';

const importScripts = globalThis.importScripts.bind(globalThis);
const { href } = globalThis.location;
const NODE = '/usr/local/bin/node';

export const isNodeCommand = (name: string): boolean => NODE_COMMANDS.includes(name);

/** Loads its script. → what Node is to run */
export function loadNodeCommand({ argv, env }: RunMessage, name: string): Program {
  importScripts(new URL(`commands/${name}.js`, href).href);
  return { argv: nodeCommandLine(argv.slice(1)), execPath: NODE, env };
}
