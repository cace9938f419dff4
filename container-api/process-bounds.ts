/** What a process is started with, its bounds and its capabilities, as the kernel takes them. */
import type {
  FileCapabilities,
  PageSpawn,
  ProcessBounds,
  ProcessCapabilities,
} from '../src/protocol/container.ts';
import { ContainerError } from './errors.ts';
import type { BootOptions, ContainerLimits, SpawnOptions } from './options.ts';
import type { Paths } from './paths.ts';

const DEFAULT_TERMINAL = { cols: 80, rows: 24 };

export function spawnRequest(
  command: string,
  args: string[],
  options: SpawnOptions,
  paths: Paths,
): PageSpawn {
  const size = options.terminal ?? (options.stdio === 'pty' ? DEFAULT_TERMINAL : undefined);
  const env = Object.entries(options.env ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    command,
    args,
    env: Object.fromEntries(env) as Record<string, string>,
    cwd: paths.absolute(options.cwd ?? '.'),
    terminal: size ? { columns: size.cols, rows: size.rows } : null,
    ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
    bounds: boundsOf(options.limits ?? {}),
    ...processOf(options.capabilities, 'capabilities'),
    ...filesOf(options.capabilities, (path) => paths.absolute(path)),
  };
}

/** What is asked for and not kept would be worse than a refusal: a program would run with more than it was granted. */
const NOT_KEPT: Readonly<Record<string, string>> = {
  network: 'it holds for a whole container: give it to boot()',
};

/**
 * Of boot() or, with `key` 'capabilities', of one spawn.
 * @throws ContainerError ERR_FEATURE_UNAVAILABLE for a capability that is not kept there
 */
export function processOf(
  capabilities: BootOptions['capabilities'],
  key: 'process' | 'capabilities',
): { process?: ProcessCapabilities; capabilities?: ProcessCapabilities } {
  for (const name of Object.keys(typeof capabilities === 'object' ? capabilities : {})) {
    if (name === 'process' || name === 'filesystem' || (name === 'network' && key === 'process')) continue;
    const reason = NOT_KEPT[name] ?? 'there is no such capability';
    throw new ContainerError('ERR_FEATURE_UNAVAILABLE', `capabilities.${name}: ${reason}.`);
  }
  const granted = typeof capabilities === 'object' ? capabilities.process : undefined;
  if (granted === undefined) return {};
  const { spawn, env } = granted;
  const copy: ProcessCapabilities = {};
  if (spawn !== undefined) copy.spawn = Array.isArray(spawn) ? [...spawn] : spawn;
  if (env !== undefined) copy.env = [...env];
  return { [key]: copy };
}

/** Of these a program has the system's own, whatever the container holds there. */
const SYSTEM_FOLDERS = /^\/(?:bin|dev|lib|proc|run|sbin|task|usr\/bin|usr\/lib|web)(?:\/|$)/;

/**
 * Of boot() or of one spawn.
 * @throws ContainerError ERR_FEATURE_UNAVAILABLE for a path that cannot be granted
 */
export function filesOf(
  capabilities: BootOptions['capabilities'],
  absolute: (path: string) => string,
): { files?: FileCapabilities } {
  const granted = typeof capabilities === 'object' ? capabilities.filesystem : undefined;
  if (granted === undefined) return {};
  const files: FileCapabilities = {
    read: (granted.read ?? []).map(absolute),
    write: (granted.write ?? []).map(absolute),
  };
  const own = [...files.read, ...files.write].find((path) => SYSTEM_FOLDERS.test(path));
  if (own === undefined) return { files };
  const message = `capabilities.filesystem: ${own} is the system's own, which every program has and none can be granted.`;
  throw new ContainerError('ERR_FEATURE_UNAVAILABLE', message);
}

export function boundsOf({ cpuMs, wallMs, outputBytes }: Partial<ContainerLimits>): ProcessBounds {
  return {
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(wallMs === undefined ? {} : { wallMs }),
    ...(outputBytes === undefined ? {} : { outputBytes }),
  };
}
