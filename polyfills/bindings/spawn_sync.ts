import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { bytesOf } from '../fs/arguments.ts';
import { toBuffer } from '../node-buffer.ts';
import { SyncRun, type SyncOutcome } from '../process/run-sync.ts';
import { createSignalNames } from '../process/signal-names.ts';
import { checkOwner, stdioSource, textList, type StdioEntry } from '../process/stdio.ts';
import type { Fd, SpawnRequest, StdioSource } from '../system.ts';
import { environment } from './process_wrap.ts';

const SIGTERM = 15;
const NativeMap = Map;

interface SyncOptions {
  file: string;
  args: readonly string[];
  cwd?: string | null;
  envPairs?: readonly string[] | null;
  uid?: unknown;
  gid?: unknown;
  detached?: unknown;
  timeout?: number | null;
  maxBuffer?: number | null;
  killSignal?: number | null;
  stdio: readonly StdioEntry[];
}

interface SyncResult {
  error?: number;
  status: number | null;
  signal: string | null;
  output: (Uint8Array | null)[] | null;
  pid: number;
}

/** `internalBinding('spawn_sync')`: a child that is waited for (src/spawn_sync.cc). */
export function createSpawnSync(context: NodeContext): object {
  const signalName = createSignalNames(context);

  return {
    spawn(options: SyncOptions): SyncResult {
      if (!isInputValid(options.stdio)) return failed(-Errno.EINVAL);
      const refused = checkOwner(context, options.uid, options.gid);
      if (refused < 0) return failed(refused);
      const pipes = new NativeMap<number, Fd>();
      const pid = context.system.process.spawn(requestOf(context, options), pipes, () => {});
      if (pid < 0) return failed(pid);
      const run = new SyncRun(context, pid, {
        timeoutMs: options.timeout ?? 0,
        maxBufferBytes: options.maxBuffer ?? 0,
        killSignal: options.killSignal ?? SIGTERM,
      });
      for (let i = 0; i < options.stdio.length; i++) {
        const fd = pipes.get(i);
        if (fd === undefined) continue;
        const entry = options.stdio[i] as StdioEntry;
        if (entry.readable === true) run.addInput(i, fd, inputOf(entry));
        else run.addOutput(i, fd);
      }
      return resultOf(pid, run.run(), options.stdio, signalName);
    },
  };
}

function requestOf(context: NodeContext, options: SyncOptions): SpawnRequest {
  const stdio: StdioSource[] = [];
  for (let i = 0; i < options.stdio.length; i++) stdio[i] = stdioSource(options.stdio[i] as StdioEntry);
  const { cwd } = options;
  return {
    file: `${options.file}`,
    args: textList(options.args),
    env: options.envPairs ? textList(options.envPairs) : environment(context),
    stdio,
    detached: Boolean(options.detached),
    cwd: typeof cwd === 'string' && cwd !== '' ? cwd : undefined,
    processGroup: undefined,
    ignoredSignals: [],
  };
}

/** Only bytes can be given as input; the library has made them of strings. */
function isInputValid(stdio: readonly StdioEntry[]): boolean {
  for (let i = 0; i < stdio.length; i++) {
    const { input } = stdio[i] as StdioEntry;
    if (input !== undefined && input !== null && !ArrayBuffer.isView(input)) return false;
  }
  return true;
}

function inputOf({ input }: StdioEntry): Uint8Array | undefined {
  if (!ArrayBuffer.isView(input)) return undefined;
  return bytesOf(input, 0, input.byteLength);
}

function failed(error: number): SyncResult {
  return { error, status: null, signal: null, output: null, pid: 0 };
}

function resultOf(
  pid: number,
  { status, error, outputs }: SyncOutcome,
  stdio: readonly StdioEntry[],
  signalName: (signal: number) => string,
): SyncResult {
  const output: (Uint8Array | null)[] = [];
  for (let i = 0; i < stdio.length; i++) {
    const bytes = outputs.get(i);
    output[i] = bytes === undefined ? null : toBuffer(bytes);
  }
  const killedBy = status === undefined ? 0 : status.signal;
  const result: SyncResult = {
    status: status === undefined || killedBy > 0 ? null : status.code,
    signal: killedBy > 0 ? signalName(killedBy) : null,
    output,
    pid,
  };
  return error === 0 ? result : { error, ...result };
}
