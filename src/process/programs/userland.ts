/** Commands of the userland run without Node, in a worker of their own kind or in one that Node has booted in vain. */
import { ProcessGone, type System } from '../../../polyfills/system.ts';
import type { RunMessage } from '../../protocol/process.ts';
import { scriptOf, USERLAND_HOOK, type UserlandMain } from '../../protocol/userland.ts';

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

/** The scripts that this thread has loaded: it may run many commands, one after the other. */
const loaded = new Map<string, UserlandMain<System>>();

function main(program: string): UserlandMain<System> {
  const script = scriptOf(program);
  const known = loaded.get(script);
  if (known !== undefined) return known;
  importScripts(new URL(script, href).href);
  const entry = global[USERLAND_HOOK] as UserlandMain<System>;
  Reflect.deleteProperty(global, USERLAND_HOOK);
  loaded.set(script, entry);
  return entry;
}

/** Before there is a command to run: the script of the shell, and that of the commands that scripts run all the time. */
export function loadUserland(): void {
  main('sh');
  main('ls');
}
