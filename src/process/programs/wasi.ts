/** A WebAssembly program that is a command (WASI preview 1): it runs without Node, with this process's descriptors. */
import { fillRandom } from '../../../polyfills/crypto/random.ts';
import { ProcessGone, type System } from '../../../polyfills/system.ts';
import { createWasi, type Wasi } from '../../../polyfills/wasi/instance.ts';
import type { RunMessage } from '../../protocol/process.ts';

const { LinkError, Instance, Module, Memory } = WebAssembly;
const STDIO = [0, 1, 2];
const STDERR = 2;
/** As a shell says of what cannot be executed, and of a program that was aborted (128 + SIGABRT). */
const Status = { notExecutable: 126, trapped: 134 } as const;
/** Names under which programs import preview 1. */
const NAMESPACES = ['wasi_snapshot_preview1', 'wasi_unstable'];

/** Runs to the end of the program and of the process. */
export function runWasi(system: System, message: RunMessage): void {
  try {
    system.process.exit(execute(system, message));
  } catch (error) {
    if (!(error instanceof ProcessGone)) throw error;
  }
}

function execute(system: System, message: RunMessage): number {
  const fail = (status: number, text: string): number => {
    const line = `${message.argv[0] ?? message.execPath}: ${text}\n`;
    system.files.write(STDERR, new TextEncoder().encode(line), null);
    return status;
  };
  const code = system.files.readFile(message.execPath);
  if (typeof code === 'number') return fail(Status.notExecutable, `cannot be read (error ${-code})`);
  const wasi = createWasi(system, {
    args: message.argv,
    env: message.env,
    // All that the process may see, and its directory, from which the C library resolves relative paths.
    preopens: [
      ['/', '/'],
      ['.', '.'],
    ],
    stdio: STDIO,
    random: fillRandom,
    exit: (status) => system.process.exit(status),
  });
  if (typeof wasi === 'number')
    return fail(Status.notExecutable, `directories cannot be opened (error ${-wasi})`);
  try {
    const start = instantiate(code, wasi);
    if (start === undefined) return fail(Status.notExecutable, 'is no WASI command: it exports no _start');
    start();
    return 0;
  } catch (error) {
    if (error instanceof ProcessGone) throw error;
    const status = error instanceof WebAssembly.RuntimeError ? Status.trapped : Status.notExecutable;
    return fail(
      status,
      error instanceof LinkError ? `imports what WASI does not have: ${error.message}` : String(error),
    );
  }
}

function instantiate(code: Uint8Array<ArrayBuffer>, wasi: Wasi): (() => void) | undefined {
  const imports = Object.fromEntries(NAMESPACES.map((name) => [name, wasi.calls]));
  const { exports } = new Instance(new Module(code), imports as WebAssembly.Imports);
  const { memory, _start } = exports;
  if (!(memory instanceof Memory) || typeof _start !== 'function') return undefined;
  wasi.memory.memory = memory;
  return _start as () => void;
}
