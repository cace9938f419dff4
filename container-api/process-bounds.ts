/** Bounds and capabilities of processes as the kernel takes them. */
import type { ProcessBounds, ProcessCapabilities } from '../src/protocol/container.ts';
import type { BootOptions, ContainerLimits } from './options.ts';

export function processOf(
  capabilities: BootOptions['capabilities'],
  key: 'process' | 'capabilities',
): { process?: ProcessCapabilities; capabilities?: ProcessCapabilities } {
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
