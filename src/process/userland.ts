/** Commands of the userland run in the same worker as Node would, without it: their code is loaded when one is asked for. */
import { ProcessGone, type System } from '../../polyfills/system.ts';
import type { RunMessage } from '../protocol/process.ts';
import { scriptOf, USERLAND_HOOK, type UserlandMain } from '../protocol/userland.ts';

const importScripts = globalThis.importScripts.bind(globalThis);
const { href } = globalThis.location;
const global = globalThis as Record<string, unknown>;

const STDERR = 2;
/** Status of a program that failed by its own fault. */
const SOFTWARE_ERROR = 70;

/** Runs to the end of the program and of the process. */
export function runUserland(system: System, message: RunMessage, program: string): void {
  try {
    system.process.exit(main(program)({ system, program, argv: message.argv, env: message.env }));
  } catch (error) {
    if (error instanceof ProcessGone) return;
    const text = `${program}: internal error: ${String((error as Error | undefined)?.stack ?? error)}\n`;
    system.files.write(STDERR, new TextEncoder().encode(text), null);
    end(system, SOFTWARE_ERROR);
  }
}

function end(system: System, status: number): void {
  try {
    system.process.exit(status);
  } catch (error) {
    if (!(error instanceof ProcessGone)) throw error;
  }
}

function main(program: string): UserlandMain<System> {
  importScripts(new URL(scriptOf(program), href).href);
  const loaded = global[USERLAND_HOOK];
  Reflect.deleteProperty(global, USERLAND_HOOK);
  return loaded as UserlandMain<System>;
}
