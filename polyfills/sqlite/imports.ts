import { Errno } from '../../src/base/errno.ts';
import type { System } from '../system.ts';

export interface EngineMemory {
  readonly memory: WebAssembly.Memory;
  readonly maximumBytes: number;
  view(): DataView<ArrayBuffer>;
}

const WASM_PAGE_BYTES = 64 * 1024;
/** Memory grows by this factor at least, so that a growing database does not ask for each page. */
const GROWTH = 1.25;
const WASI_ENOSYS = 52;

/**
 * What the module asks of Emscripten's C library. Files go through our own VFS (vfs.ts), so the system calls that the
 * module's Unix VFS would make are never made; they answer that there are none.
 */
export function createImports(system: System, engine: EngineMemory): Record<string, Record<string, unknown>> {
  const noCall = (): number => -Errno.ENOSYS;
  const noWasi = (): number => WASI_ENOSYS;
  const now = (): number => system.clock.timeOrigin + system.clock.now();
  const syscalls = (
    'faccessat fchmod chmod fchown32 fcntl64 openat ioctl fstat64 stat64 newfstatat lstat64 ftruncate64 getcwd mkdirat ' +
    'readlinkat rmdir unlinkat utimensat'
  ).split(' ');
  const files = Object.fromEntries(syscalls.map((name) => [`__syscall_${name}`, noCall]));
  return {
    env: {
      ...files,
      memory: engine.memory,
      emscripten_date_now: now,
      emscripten_get_now: () => system.clock.now(),
      emscripten_get_heap_max: () => engine.maximumBytes,
      emscripten_resize_heap: (bytes: number) => (grow(engine, bytes >>> 0) ? 1 : 0),
      _tzset_js(timezone: number, daylight: number, standardName: number, daylightName: number) {
        const { standard, summer } = zoneOffsets();
        const view = engine.view();
        view.setInt32(timezone, standard * 60, true);
        view.setInt32(daylight, standard === summer ? 0 : 1, true);
        for (const at of [standardName, daylightName]) view.setUint8(at, 0);
      },
      _localtime_js: (seconds: bigint, at: number) => writeLocalTime(engine.view(), Number(seconds), at),
      _mmap_js: noCall,
      _munmap_js: noCall,
    },
    wasi_snapshot_preview1: {
      ...Object.fromEntries(
        ['fd_close', 'fd_write', 'fd_read', 'fd_sync', 'fd_seek', 'fd_fdstat_get'].map((name) => [
          name,
          noWasi,
        ]),
      ),
      environ_sizes_get(count: number, size: number) {
        engine.view().setUint32(count, 0, true);
        engine.view().setUint32(size, 0, true);
        return 0;
      },
      environ_get: () => 0,
      clock_time_get(_clock: number, _precision: bigint, at: number) {
        engine.view().setBigUint64(at, BigInt(Math.round(now() * 1e6)), true);
        return 0;
      },
    },
  };
}

function grow({ memory, maximumBytes }: EngineMemory, wantedBytes: number): boolean {
  const have = memory.buffer.byteLength;
  for (const bytes of [Math.min(Math.max(wantedBytes, have * GROWTH), maximumBytes), wantedBytes]) {
    try {
      memory.grow(Math.ceil((bytes - have) / WASM_PAGE_BYTES));
      return true;
    } catch {
      // Less may be had.
    }
  }
  return false;
}

/** Minutes west of Greenwich in winter and in summer. */
function zoneOffsets(): { standard: number; summer: number } {
  const year = new Date().getFullYear();
  const [january, july] = [new Date(year, 0, 1), new Date(year, 6, 1)].map((date) =>
    date.getTimezoneOffset(),
  );
  return {
    standard: Math.max(january ?? 0, july ?? 0),
    summer: Math.min(january ?? 0, july ?? 0),
  };
}

/** struct tm */
function writeLocalTime(view: DataView, seconds: number, at: number): void {
  const date = new Date(seconds * 1000);
  const newYear = new Date(date.getFullYear(), 0, 1);
  const day = Math.floor((date.getTime() - newYear.getTime()) / 86_400_000);
  const { standard, summer } = zoneOffsets();
  const offset = date.getTimezoneOffset();
  const isSummer = standard !== summer && offset === summer;
  const fields = [
    date.getSeconds(),
    date.getMinutes(),
    date.getHours(),
    date.getDate(),
    date.getMonth(),
    date.getFullYear() - 1900,
    date.getDay(),
    day,
    isSummer ? 1 : 0,
    -offset * 60,
  ];
  fields.forEach((value, index) => view.setInt32(at + index * 4, value, true));
}
