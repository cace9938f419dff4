/** Diagnostic reports (node_report.cc), version 5. What a browser does not tell of memory and threads reads 0 or is empty. */
import type { NodeContext } from '../context.ts';
import { UNAME } from '../../src/base/uname.ts';

const REPORT_VERSION = 5;
/** The C library whose interface the container has: programs choose their variant of native packages by it. */
const GLIBC_RUNTIME = '2.36';
const GLIBC_COMPILER = '2.28';
const UNLIMITED = { soft: 'unlimited', hard: 'unlimited' } as const;

export interface ReportRequest {
  event: string;
  trigger: string;
  filename: string | null;
  error: unknown;
  excludeEnv: boolean;
  excludeNetwork: boolean;
}

interface OsModule {
  cpus(): { model: string; speed: number; times: object }[];
  networkInterfaces(): Record<string, NetworkInterface[]>;
  hostname(): string;
}
interface NetworkInterface {
  internal: boolean;
  mac: string;
  address: string;
  netmask: string;
  family: string;
  scopeid?: number;
}

export function makeReport(context: NodeContext, request: ReportRequest): object {
  return {
    header: header(context, request),
    javascriptStack: stackOf(request.error),
    javascriptHeap: heapOf(context),
    nativeStack: [],
    resourceUsage: usageOf(context),
    libuv: handlesOf(context),
    workers: [],
    ...(request.excludeEnv ? {} : { environmentVariables: { ...context.options.env } }),
    userLimits: {
      core_file_size_blocks: UNLIMITED,
      data_seg_size_bytes: UNLIMITED,
      file_size_blocks: UNLIMITED,
      max_locked_memory_bytes: UNLIMITED,
      max_memory_size_bytes: UNLIMITED,
      open_files: UNLIMITED,
      stack_size_bytes: UNLIMITED,
      cpu_time_seconds: UNLIMITED,
      max_user_processes: UNLIMITED,
      virtual_memory_bytes: UNLIMITED,
    },
    sharedObjects: [],
  };
}

function header(context: NodeContext, { event, trigger, filename, excludeNetwork }: ReportRequest): object {
  const { facts, options, realm, system } = context;
  const os = realm.require('os') as OsModule;
  const { arch, platform } = realm.process as { arch?: string; platform?: string };
  const now = new Date();
  const [argv0 = 'node', ...args] = options.argv;
  return {
    reportVersion: REPORT_VERSION,
    event,
    trigger,
    filename,
    dumpEventTime: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    dumpEventTimeStamp: String(now.getTime()),
    processId: system.process.pid,
    threadId: (realm.require('worker_threads') as { threadId: number }).threadId,
    cwd: system.files.cwd(),
    commandLine: [argv0, ...options.execArgv, ...args],
    nodejsVersion: facts.version,
    glibcVersionRuntime: GLIBC_RUNTIME,
    glibcVersionCompiler: GLIBC_COMPILER,
    wordSize: 64,
    arch,
    platform,
    componentVersions: facts.versions,
    release: facts.release,
    osName: UNAME.sysname,
    osRelease: UNAME.release,
    osVersion: UNAME.version,
    osMachine: UNAME.machine,
    cpus: os.cpus().map(({ model, speed, times }) => ({ model, speed, ...times })),
    ...(excludeNetwork ? {} : { networkInterfaces: interfacesOf(os) }),
    host: os.hostname(),
  };
}

function interfacesOf(os: OsModule): object[] {
  return Object.entries(os.networkInterfaces()).flatMap(([name, addresses]) =>
    addresses.map(({ internal, mac, address, netmask, family, scopeid }) => ({
      name,
      internal,
      mac,
      address,
      netmask,
      family,
      ...(scopeid === undefined ? {} : { scopeid }),
    })),
  );
}

function stackOf(error: unknown): object {
  if (typeof error !== 'object' || error === null) return { message: '', stack: [], errorProperties: {} };
  const { stack } = error as { stack?: unknown };
  const [message = '', ...lines] = String(stack ?? 'No stack.\nUnavailable.').split('\n');
  const errorProperties: Record<string, string> = {};
  for (const [name, value] of Object.entries(error)) errorProperties[name] = String(value);
  return { message, stack: lines.map((line) => line.trim()).filter((line) => line !== ''), errorProperties };
}

function heapOf({ system }: NodeContext): object {
  const { heapTotal, heapUsed, external } = system.process.memory();
  return {
    totalMemory: heapTotal,
    executableMemory: 0,
    totalCommittedMemory: heapTotal,
    availableMemory: Math.max(0, system.process.totalMemory - heapUsed),
    totalGlobalHandlesMemory: 0,
    usedGlobalHandlesMemory: 0,
    usedMemory: heapUsed,
    memoryLimit: system.process.totalMemory,
    mallocedMemory: 0,
    externalMemory: external,
    peakMallocedMemory: 0,
    nativeContextCount: 1,
    detachedContextCount: 0,
    doesZapGarbage: 0,
    heapSpaces: {},
  };
}

function usageOf({ system }: NodeContext): object {
  const { process, clock } = system;
  const { user, system: kernel } = process.cpuTime();
  const { rss } = process.memory();
  const percent = (microseconds: number) => microseconds / 1e4 / Math.max(clock.now() / 1000, 1e-3);
  return {
    free_memory: String(process.freeMemory()),
    total_memory: String(process.totalMemory),
    rss: String(rss),
    constrained_memory: String(process.totalMemory),
    available_memory: String(process.freeMemory()),
    userCpuSeconds: user / 1e6,
    kernelCpuSeconds: kernel / 1e6,
    cpuConsumptionPercent: percent(user + kernel),
    userCpuConsumptionPercent: percent(user),
    kernelCpuConsumptionPercent: percent(kernel),
    maxRss: String(rss),
    pageFaults: { IORequired: 0, IONotRequired: 0 },
    fsActivity: { reads: 0, writes: 0 },
  };
}

function handlesOf({ loop }: NodeContext): object[] {
  const handles = [...loop.handles()].map(({ resourceName, active, referenced }, index) => ({
    type: resourceName.replace(/Wrap$/, '').toLowerCase(),
    is_active: active,
    is_referenced: referenced,
    address: `0x${(index + 1).toString(16).padStart(16, '0')}`,
  }));
  return [...handles, { type: 'loop', is_active: true, address: '0x0000000000000000' }];
}
