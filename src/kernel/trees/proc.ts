/** /proc, as far as programs read it. proc(5). */
import { UNAME } from '../../base/uname.ts';
import { MICROSECONDS_PER_TICK } from '../../protocol/cpu-time.ts';
import { ControlWord } from '../../protocol/ipc-layout.ts';
import { cpuTime } from '../process/cpu-time.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process/process.ts';
import { processFacts } from './process-files.ts';
import { type Caller, type DirectoryNode, folder, link, text } from './node.ts';
import { TREE_MOUNTS } from '../../protocol/trees.ts';

const TICKS_PER_SECOND = 100;
/** Ticks of the processor's clock (cpu-time.ts) in one of those. */
const CPU_TICKS_PER_CLOCK_TICK = 1_000_000 / TICKS_PER_SECOND / MICROSECONDS_PER_TICK;
/** TASK_COMM_LEN without its end. */
const COMMAND_LENGTH = 15;

export function procTree(kernel: Kernel): DirectoryNode {
  const fixed = folder({
    cmdline: text(() => 'BOOT_IMAGE=/openagents-container\n'),
    cpuinfo: text(() => cpuInfo(kernel.options.hardwareConcurrency)),
    filesystems: text(() => 'nodev\tproc\nnodev\tcontrol\n\toac\n'),
    loadavg: text((caller) => loadAverage(kernel, caller)),
    meminfo: text(() => memoryInfo(kernel)),
    mounts: link('self/mounts'),
    self: link(({ process }) => (process === undefined ? '' : String(process.pid))),
    stat: text((caller) => systemStat(kernel, caller)),
    sys: folder({
      kernel: folder({
        hostname: text(() => 'localhost\n'),
        osrelease: text(() => `${UNAME.release}\n`),
        ostype: text(() => `${UNAME.sysname}\n`),
        pid_max: text(() => '32768\n'),
        version: text(() => `${UNAME.version}\n`),
      }),
    }),
    uptime: text(() => `${uptime(kernel)} ${uptime(kernel)}\n`),
    version: text(() => {
      const { sysname, release, version } = UNAME;
      return `${sysname} version ${release} (openagents-container) ${version}\n`;
    }),
  });
  return {
    ...fixed,
    names: (caller) => [...kernel.table.all().map(({ pid }) => String(pid)), ...fixed.names(caller)],
    find(name, caller) {
      // The page is no process: what leads through `self` leads it nowhere.
      if (name === 'mounts' && caller.process === undefined) return text(() => mountsText(kernel));
      const process = /^[1-9]\d*$/.test(name) ? kernel.table.get(Number(name)) : undefined;
      return process ? processFolder(kernel, process) : fixed.find(name, caller);
    },
  };
}

function processFolder(kernel: Kernel, process: Process): DirectoryNode {
  const { cwd, exe, fd, owner } = processFacts(kernel, process);
  const own = { owner };
  const nul = (words: readonly string[]): string => words.map((word) => `${word}\0`).join('');
  return {
    ...folder({
      cmdline: text(() =>
        process.state === 'exited' ? '' : nul(process.title === undefined ? process.argv : [process.title]),
      ),
      comm: text(() => `${command(process)}\n`),
      cwd,
      environ: { ...text(() => nul(process.env)), ...own, mode: 0o400 },
      exe,
      fd,
      limits: text(() => limitsText(kernel)),
      // What a thread has mapped is not a process's own here.
      maps: text(() => ''),
      mounts: text(() => mountsText(kernel)),
      root: link('/'),
      stat: text((caller) => processStat(kernel, process, caller)),
      statm: text(() => '0 0 0 0 0 0 0\n'),
      status: text((caller) => processStatus(process, caller)),
    }),
    owner,
  };
}

function command({ argv, title }: Process): string {
  if (title !== undefined) return title.slice(0, COMMAND_LENGTH);
  const name = argv[0] ?? '';
  return name.slice(name.lastIndexOf('/') + 1, name.lastIndexOf('/') + 1 + COMMAND_LENGTH);
}

const STATES = {
  running: ['R', 'running'],
  waiting: ['S', 'sleeping'],
  stopped: ['T', 'stopped'],
  exited: ['Z', 'zombie'],
} as const;

/** A process whose loop has nothing to do, or that is blocked in a call, sleeps; but whoever asks is awake. */
function stateOf(process: Process, caller?: Caller): readonly [string, string] {
  if (process.state !== 'running') return STATES[process.state];
  if (process === (caller?.process?.leader ?? caller?.process)) return STATES.running;
  // What the kernel hosts, or the external runtime, has no thread here that would run.
  const elsewhere = process.takeSignal !== undefined || process.runtime === 'remote';
  const waits =
    elsewhere || process.word(ControlWord.idle) !== 0 || process.word(ControlWord.waitingOn) !== 0;
  return STATES[waits ? 'waiting' : 'running'];
}

/** The 52 fields of proc_pid_stat(5); what the browser does not tell is 0. */
function processStat(kernel: Kernel, process: Process, caller: Caller): string {
  const { pid, ppid, pgid, sid, terminal } = process;
  const ticks = Math.floor(((process.startedAtMs - kernel.bootedAtMs) / 1000) * TICKS_PER_SECOND);
  const tty = terminal === null ? 0 : (136 << 8) | terminal;
  const head = [pid, `(${command(process)})`, stateOf(process, caller)[0], ppid, pgid, sid, tty, -1, 0];
  const { own, children } = cpuTime(kernel, process);
  const faults = [0, 0, 0, 0];
  // utime, stime, cutime, cstime: what is not user time is not told apart.
  const times = [own, 0, children, 0].map((ticks) => Math.floor(ticks / CPU_TICKS_PER_CLOCK_TICK));
  const rest = Array.from({ length: 52 - 22 }, () => 0);
  return `${[...head, ...faults, ...times, 20, 0, 1, 0, ticks, ...rest].join(' ')}\n`;
}

function processStatus(process: Process, caller: Caller): string {
  const { uid, gid, groups, umask } = process.credentials;
  const [letter, name] = stateOf(process, caller);
  const lines = {
    Name: command(process),
    Umask: umask.toString(8).padStart(4, '0'),
    State: `${letter} (${name})`,
    Tgid: process.pid,
    Pid: process.pid,
    PPid: process.ppid,
    TracerPid: 0,
    Uid: [uid, uid, uid, uid].join('\t'),
    Gid: [gid, gid, gid, gid].join('\t'),
    Groups: groups.join(' '),
    NSpgid: process.pgid,
    NSsid: process.sid,
    Threads: 1,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');
}

function limitsText(kernel: Kernel): string {
  const { processes, fileHandles } = kernel.options.limits;
  const row = (name: string, value: string | number, unit: string): string =>
    `${name.padEnd(26)}${String(value).padEnd(21)}${String(value).padEnd(21)}${unit}\n`;
  return (
    `${'Limit'.padEnd(26)}${'Soft Limit'.padEnd(21)}${'Hard Limit'.padEnd(21)}Units\n` +
    row('Max processes', processes, 'processes') +
    row('Max open files', fileHandles, 'files')
  );
}

export function mountsText(kernel: Kernel): string {
  const trees = TREE_MOUNTS.map(({ path }) => {
    const type = path === '/proc' ? 'proc' : path === '/dev/pts' ? 'devpts' : 'control';
    return `${type} ${path} ${type} rw,nosuid,nodev,noexec 0 0\n`;
  });
  const mounted = kernel.trees.mounts.list().map(({ path, source, type, writable }) => {
    return `${escaped(source)} ${escaped(path)} ${type} ${writable ? 'rw' : 'ro'},relatime 0 0\n`;
  });
  return `oac / oac ${kernel.volume.readOnly ? 'ro' : 'rw'},relatime 0 0\n${trees.join('')}${mounted.join('')}`;
}

/** As getmntent(3) reads it: what would end a field is an octal number. */
function escaped(text: string): string {
  return text.replace(
    /[ \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function uptime(kernel: Kernel): string {
  return ((Date.now() - kernel.bootedAtMs) / 1000).toFixed(2);
}

function cpuInfo(count: number): string {
  const processor = (index: number): string =>
    `processor\t: ${index}\nvendor_id\t: browser\nmodel name\t: browser thread\ncpu cores\t: ${count}\nflags\t\t:\n\n`;
  return Array.from({ length: count }, (_, index) => processor(index)).join('');
}

function systemStat(kernel: Kernel, caller: Caller): string {
  const zeros = '0 0 0 0 0 0 0 0 0 0';
  const processors = Array.from(
    { length: kernel.options.hardwareConcurrency },
    (_, i) => `cpu${i} ${zeros}\n`,
  );
  return (
    `cpu  ${zeros}\n${processors.join('')}ctxt 0\nbtime ${Math.floor(kernel.bootedAtMs / 1000)}\n` +
    `processes ${kernel.table.started}\nprocs_running ${runningCount(kernel, caller)}\nprocs_blocked 0\n`
  );
}

function runningCount(kernel: Kernel, caller: Caller): number {
  return kernel.table.all().filter((process) => stateOf(process, caller)[0] === 'R').length;
}

function loadAverage(kernel: Kernel, caller: Caller): string {
  return `0.00 0.00 0.00 ${runningCount(kernel, caller)}/${kernel.table.all().length} ${kernel.table.lastPid}\n`;
}

/** Memory of the machine, as far as the browser tells it; the file system is what `df` shows. */
function memoryInfo(kernel: Kernel): string {
  const kilobytes = (bytes: number): string => `${String(Math.floor(bytes / 1024)).padStart(8)} kB`;
  const total = kernel.totalMemoryBytes;
  const used = kernel.volume.memory.buffer.byteLength + kernel.memory.memory.buffer.byteLength;
  return (
    `MemTotal:       ${kilobytes(total)}\nMemFree:        ${kilobytes(total - used)}\n` +
    `MemAvailable:   ${kilobytes(total - used)}\nBuffers:        ${kilobytes(0)}\nCached:         ${kilobytes(used)}\n` +
    `SwapTotal:      ${kilobytes(0)}\nSwapFree:       ${kilobytes(0)}\n`
  );
}
