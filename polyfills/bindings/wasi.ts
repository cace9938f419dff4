import type { NodeContext } from '../context.ts';
import { fillRandom } from '../crypto/random.ts';
import { WASI_ERRNO_NAMES, wasiErrno } from '../wasi/abi.ts';
import { createWasi, type WasiCall } from '../wasi/instance.ts';
import type { GuestMemory } from '../wasi/memory.ts';

/** `internalBinding('wasi')`: one instance of WASI a program (src/node_wasi.cc). */
export function createWasiBinding(context: NodeContext): object {
  const { errors, system } = context;

  class WASI {
    declare readonly proc_exit: unknown;
    constructor(
      args: readonly string[],
      env: readonly string[],
      preopens: readonly string[],
      stdio: readonly number[],
    ) {
      const wasi = createWasi(system, {
        args,
        env,
        preopens: pairs(preopens),
        stdio,
        random: fillRandom,
        exit: (code) => system.process.exit(code),
      });
      if (typeof wasi === 'number') throw initFailure(wasi);
      for (const name in wasi.calls) {
        const call = wasi.calls[name];
        if (call) (this as Record<string, unknown>)[name] = checked(wasi.memory, call);
      }
      (this as Record<string, unknown>)['_setMemory'] = (memory: unknown): void => {
        if (!(memory instanceof WebAssembly.Memory)) {
          throw errors.coded(
            TypeError as ErrorConstructor,
            'ERR_INVALID_ARG_TYPE',
            '"instance.exports.memory" property must be a WebAssembly.Memory object',
          );
        }
        wasi.memory.memory = memory;
      };
    }
  }

  function checked(memory: GuestMemory, call: WasiCall): WasiCall {
    return (...parameters) => {
      if (memory.memory === undefined) {
        throw errors.coded(Error, 'ERR_WASI_NOT_STARTED', 'wasi.start() has not been called');
      }
      return call(...parameters);
    };
  }

  function initFailure(result: number): Error {
    const code = `UVWASI_E${WASI_ERRNO_NAMES[wasiErrno(result)] ?? 'IO'}`;
    const error = errors.coded(Error, code, `${code}, uvwasi_init`) as Error & Record<string, unknown>;
    error['errno'] = wasiErrno(result);
    error['syscall'] = 'uvwasi_init';
    return error;
  }

  return { WASI };
}

/** Guest path and path of the container, one after the other. */
function pairs(list: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) result.push([list[i] ?? '', list[i + 1] ?? '']);
  return result;
}
