import { Errno } from '../../src/base/errno.ts';
import type { LoopHandle, NodeContext } from '../context.ts';
import { execve } from '../process/execve.ts';
import { parseEnvironmentFile } from '../options/dotenv.ts';
import { traceExit } from '../options/traces.ts';
import { patchProcessObject } from '../realm/process-object.ts';

const TWO_POW_32 = 4294967296;
/** process.hrtime counts from an arbitrary point: a second past zero avoids negative differences at start. */
export const HRTIME_BASE_MS = 1000;
const STDERR = 2;
const utf8 = new TextDecoder();
const encoder = new TextEncoder();

function clockMethods({ system }: NodeContext) {
  const { clock } = system;
  const parts = new Uint32Array(3);
  const nanoseconds = new BigUint64Array(parts.buffer, 0, 1);
  return {
    hrtimeBuffer: parts,
    hrtime() {
      const now = clock.now() + HRTIME_BASE_MS;
      const seconds = Math.floor(now / 1000);
      parts[0] = Math.floor(seconds / TWO_POW_32);
      parts[1] = seconds >>> 0;
      parts[2] = Math.floor((now - seconds * 1000) * 1e6);
    },
    hrtimeBigInt() {
      nanoseconds[0] = BigInt(Math.floor((clock.now() + HRTIME_BASE_MS) * 1e6));
    },
    uptime: () => clock.now() / 1000,
  };
}

function usageMethods({ system }: NodeContext) {
  const { process } = system;
  const cpu = (out: Float64Array) => {
    const { user, system: kernel } = process.cpuTime();
    out[0] = user;
    out[1] = kernel;
  };
  return {
    memoryUsage(out: Float64Array) {
      const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memory();
      out.set([rss, heapTotal, heapUsed, external, arrayBuffers]);
    },
    rss: () => process.memory().rss,
    constrainedMemory: () => process.totalMemory,
    availableMemory: () => process.freeMemory(),
    cpuUsage: cpu,
    threadCpuUsage(out: Float64Array) {
      const { user, system: kernel } = process.threadCpuTime();
      out[0] = user;
      out[1] = kernel;
    },
    resourceUsage(out: Float64Array) {
      out.fill(0);
      cpu(out);
      out[2] = Math.round(process.memory().rss / 1024); // maxRSS, KB
    },
  };
}

function activityMethods({ loop, hooks }: NodeContext) {
  // HandleWrap::HasRef asks for no activity: a socket that is idle at the moment is one of them. A thread is no handle.
  const alive = ({ referenced, owner }: LoopHandle) => referenced && owner !== undefined;
  return {
    _getActiveHandles: () => [...loop.handles()].filter(alive).flatMap(({ owner }) => owner ?? []),
    _getActiveRequests: () => [...loop.requests()].map(({ owner }) => owner),
    getActiveResourcesInfo: () => [
      ...[...loop.requests()].map(({ name }) => name),
      ...[...loop.handles()].filter(alive).map(({ resourceName }) => resourceName),
      ...Array.from({ length: hooks.timeoutInfo[0] ?? 0 }, () => 'Timeout'),
      ...Array.from({ length: hooks.immediateInfo[1] ?? 0 }, () => 'Immediate'),
    ],
  };
}

const CWD_ADVICE =
  ', the current working directory was likely removed without changing the working directory';

function directoryMethods({ system, errors, facts }: NodeContext) {
  const { files } = system;
  const cwd = () => {
    const directory = files.cwd();
    if (typeof directory !== 'number') return directory;
    let because = `process.cwd failed with error ${facts.uvErrors.get(directory)?.[1] ?? ''}`;
    if (directory === -Errno.ENOENT) because += CWD_ADVICE;
    throw errors.uvException(directory, 'uv_cwd', undefined, undefined, because);
  };
  return {
    cwd,
    chdir(path: string) {
      // As a C string: this is the one path that Node's library does not look at for a NUL.
      const end = path.indexOf('\0');
      const result = files.chdir(end < 0 ? path : path.slice(0, end));
      if (result < 0) throw errors.uvException(result, 'chdir', cwd(), path);
    },
    umask: (mask?: number) => files.umask(mask),
    loadEnvFile(path = '.env') {
      const contents = files.readFile(path);
      if (typeof contents === 'number') throw errors.uvException(contents, 'open', path);
      return parseEnvironmentFile(utf8.decode(contents));
    },
  };
}

/** node_process_methods.cc. */
export function createProcessMethods(context: NodeContext): object {
  const { system, hooks, errors, options } = context;
  const { process, files } = system;
  const directories = directoryMethods(context);
  return {
    ...clockMethods(context),
    ...usageMethods(context),
    ...activityMethods(context),
    ...directories,
    loadEnvFile(path?: string) {
      const loaded = directories.loadEnvFile(path);
      options.variables.change((all) => {
        for (const [name, value] of Object.entries(loaded)) all[name] ??= value;
      });
    },
    patchProcessObject: (target: object) => patchProcessObject(target, context),
    setEmitWarningSync(callback: NonNullable<typeof hooks.emitWarningSync>) {
      hooks.emitWarningSync = callback;
    },
    _rawDebug(text: string) {
      files.write(STDERR, encoder.encode(`${text}\n`), null);
    },
    _kill: (pid: number, signal: number) => process.kill(pid, signal),
    reallyExit(code: number) {
      traceExit(context, code | 0, (text) => files.write(STDERR, encoder.encode(text), null));
      process.exit(code | 0);
    },
    abort: () => process.abort(),
    dlopen(_module: unknown, path: string) {
      const refusal = process.moveToRemote(`${path} is a native addon`);
      throw errors.coded(
        Error,
        'ERR_DLOPEN_FAILED',
        `${path}: native addons cannot be loaded in a browser: ${ADDON_ADVICE[refusal] ?? NO_RUNTIME}`,
      );
    },
    causeSegfault: () => process.kill(process.pid, SIGSEGV),
    execve: (file: string, args: string[], env: string[]) => execve(context, file, args, env),
    _debugProcess: () => -Errno.ENOSYS,
    _debugEnd() {},
  };
}

const NO_RUNTIME =
  "use the package's WebAssembly build, or connect an external runtime (`runtime connect`), where this program then runs";
const ADDON_ADVICE: Readonly<Record<number, string>> = {
  [-Errno.EBUSY]:
    'a program that has done nothing yet would begin anew on the external runtime, but this one has: start it there (`runtime spawn node …`, or the option runtime: "remote")',
  [-Errno.EPERM]: 'to run this program on the external runtime was not allowed (remote.offload)',
};
const SIGSEGV = 11;
