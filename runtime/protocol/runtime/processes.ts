// Copied from src/protocol/runtime/processes.ts by scripts/runtime-protocol.mjs: edit it there.
/** Processes: what a client may ask of them, and what the bridge tells of them. */
import * as v from 'valibot';
import { count, id, list, pid, text } from './common.ts';

export const PROCESS_TYPES = ['node', 'workerd', 'shell', 'python', 'openclaw'] as const;
export type ProcessType = (typeof PROCESS_TYPES)[number];

const columns = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));

export const spawnOptions = v.object({
  /** In the workspace; relative to its root. */
  cwd: v.optional(text),
  env: v.optional(v.record(text, text)),
  /** Milliseconds after which the whole process tree is killed; 0 or absent: never. */
  timeout: v.optional(count),
  /** A pseudo-terminal, or pipes. Default: a terminal for `shell`, pipes for the others. */
  tty: v.optional(v.boolean()),
  cols: v.optional(columns),
  rows: v.optional(columns),
  /** What the process started in the background outlives it. Default: it is ended with it. */
  detached: v.optional(v.boolean()),
});
export type SpawnOptions = v.InferOutput<typeof spawnOptions>;

/**
 * `command` is a script for `node` and `python` (or an option such as `-e`, with its value in `args`), a configuration
 * for `workerd`, a program on PATH for `shell` (default: a login bash), a subcommand for `openclaw`.
 * A request repeated with the same `id` in the same session answers with the process that the first one started.
 */
export const spawn = v.object({
  type: v.literal('spawn'),
  ...id,
  processType: v.picklist(PROCESS_TYPES),
  command: v.optional(text, ''),
  args: v.optional(list(text), []),
  options: v.optional(spawnOptions, {}),
});

export const clientProcessMessages = [
  spawn,
  /** Output from offset `from` on (default: all that is kept), then as it comes, then `exit`. */
  v.object({ type: v.literal('attach'), ...id, pid, from: v.optional(count) }),
  v.object({ type: v.literal('detach'), ...id, pid }),
  /** The simple form of a stdin frame. Refused with EAGAIN, whole, while the process does not read. */
  v.object({
    type: v.literal('write'),
    ...id,
    pid,
    data: v.string(),
    encoding: v.optional(v.picklist(['utf8', 'base64'])),
    end: v.optional(v.boolean()),
  }),
  v.object({ type: v.literal('end'), ...id, pid }),
  /** `scope`: the process alone, its group (default), or everything that it started. SIGKILL always takes everything. */
  v.object({
    type: v.literal('kill'),
    ...id,
    pid,
    signal: v.optional(v.pipe(v.string(), v.regex(/^SIG[A-Z0-9]{2,10}$/))),
    scope: v.optional(v.picklist(['process', 'group', 'tree'])),
  }),
  v.object({ type: v.literal('resize'), ...id, pid, cols: columns, rows: columns }),
  v.object({ type: v.literal('list'), ...id }),
] as const;

export const exitReason = v.picklist(['timeout', 'memory', 'processes', 'stopped', 'spawn']);

const processEntry = v.object({
  pid,
  type: v.picklist(PROCESS_TYPES),
  command: v.string(),
  args: v.array(v.string()),
  cwd: v.string(),
  tty: v.boolean(),
  startTime: v.number(),
  status: v.picklist(['running', 'exited']),
  code: v.optional(v.nullable(v.number())),
  signal: v.optional(v.nullable(v.string())),
});
export type ProcessEntry = v.InferOutput<typeof processEntry>;

const processStats = v.object({ totalSpawned: count, totalKilled: count, active: count });
export type ProcessStats = v.InferOutput<typeof processStats>;

export const serverProcessMessages = [
  v.object({ type: v.literal('spawned'), ...id, pid, tty: v.boolean() }),
  /** Output follows from `from`; `lost` bytes before it are gone; `next` is where output stands now; `stdin` bytes of this session were taken. */
  v.object({
    type: v.literal('attached'),
    ...id,
    pid,
    from: count,
    lost: count,
    next: count,
    stdin: count,
    tty: v.boolean(),
    status: v.picklist(['running', 'exited']),
  }),
  v.object({ type: v.literal('detached'), ...id, pid }),
  v.object({ type: v.literal('killed'), ...id, pid, signal: v.string() }),
  v.object({ type: v.literal('resized'), ...id, pid }),
  v.object({ type: v.literal('written'), ...id, pid }),
  v.object({ type: v.literal('processList'), ...id, processes: v.array(processEntry), stats: processStats }),
  /** Output for a client without binary frames; never splits a character. */
  v.object({ type: v.literal('stdout'), pid, data: v.string() }),
  v.object({ type: v.literal('stderr'), pid, data: v.string() }),
  /** After the last byte of output. `runtime` is milliseconds; `reason` says why the bridge ended it, if it did. */
  v.object({
    type: v.literal('exit'),
    pid,
    code: v.nullable(v.number()),
    signal: v.nullable(v.string()),
    runtime: count,
    next: count,
    reason: v.optional(exitReason),
    message: v.optional(v.string()),
  }),
] as const;
