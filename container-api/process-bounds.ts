/** Bounds and capabilities of processes as the kernel takes them. */
import type { ProcessBounds, ProcessCapabilities } from '../src/protocol/container.ts';
import { ContainerError } from './errors.ts';
import type { BootOptions, ContainerLimits } from './options.ts';

/** What is asked for and not kept would be worse than a refusal: a program would run with more than it was granted. */
const NOT_KEPT: Readonly<Record<string, string>> = {
  filesystem:
    'every process of a container shares the memory of its files; give the program a container of its own, with a copy of what it may see (mount, export)',
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
    if (name === 'process' || (name === 'network' && key === 'process')) continue;
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

/** @throws RangeError for a bound that leaves nothing */
export function boundsOf(limits: Partial<ContainerLimits>): ProcessBounds {
  const bounds: ProcessBounds = {};
  for (const name of ['cpuMs', 'wallMs', 'outputBytes'] as const) {
    const value = limits[name];
    if (value === undefined) continue;
    if (!(value > 0)) throw new RangeError(`limits.${name} must be above 0, not ${value}.`);
    bounds[name] = value;
  }
  return bounds;
}
