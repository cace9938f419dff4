/**
 * What a process may do of its own: which programs it starts, which variables it is given. Narrowed down the process
 * tree: a child has at most what its parent has. Kept here, whatever the process's own realm says.
 */
import type { ProcessCapabilities } from '../protocol/container.ts';
import type { Program } from './process/exec.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process/process.ts';

export interface Grants {
  /** Built-in programs by name, others by path; true: all. */
  spawn: true | readonly string[];
  /** Names of variables; true: all. */
  env: true | readonly string[];
}

/** Node's own way of telling a child about its channel. */
const CHANNEL_VARIABLES = new Set(['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID']);

/** The control trees through which programs are started and steered. */
const STEERING = /^\/(?:task|web)(?:\/|$)/;
const ENVIRONMENT = /^\/(?:proc|task)\/(\w+)\/(?:environ|env)$/;

export function narrowedGrants(
  parent: Grants | undefined,
  ...wanted: (ProcessCapabilities | undefined)[]
): Grants {
  const grants: Grants = { spawn: parent?.spawn ?? true, env: parent?.env ?? true };
  for (const one of wanted) {
    const { spawn = true, env } = one ?? {};
    grants.spawn = both(grants.spawn, spawn === false ? [] : spawn);
    grants.env = both(grants.env, env ?? true);
  }
  return grants;
}

function both(a: true | readonly string[], b: true | readonly string[]): true | readonly string[] {
  if (a === true) return b;
  return b === true ? a : a.filter((name) => b.includes(name));
}

/** Why the program may not be started; undefined when it may. */
export function spawnRefusal({ spawn }: Grants, { identity }: Program): string | undefined {
  if (spawn === true || spawn.includes(identity)) return undefined;
  return `the capability process.spawn does not include ${identity}`;
}

/** Why this kernel starts no such program; undefined when it does. */
export function kernelRefusal({ confinement, options }: Kernel, { kind, argv }: Program): string | undefined {
  const command = argv[0] ?? '';
  if (confinement === undefined && options.files !== undefined)
    return `the capability filesystem bounds what this container starts: ${command} is started by spawn or exec`;
  if (confinement !== undefined && kind === 'hosted')
    return `the capability filesystem does not hold for ${command}, which the page or the external runtime carries out`;
  return undefined;
}

export function grantedEnvironment({ env }: Grants, variables: readonly string[]): string[] {
  if (env === true) return [...variables];
  return variables.filter((variable) => {
    const name = variable.slice(0, variable.indexOf('='));
    return env.includes(name) || CHANNEL_VARIABLES.has(name);
  });
}

/** Whether a file of the control trees would lead around what the process was granted. */
export function isSteering(process: Process | undefined, path: string, writes: boolean): boolean {
  if (process === undefined || (process.grants.spawn === true && process.grants.env === true)) return false;
  const owner = ENVIRONMENT.exec(path)?.[1];
  if (owner !== undefined && owner !== 'self' && owner !== String((process.leader ?? process).pid))
    return true;
  return STEERING.test(path) && (writes || path.includes('/stdio/'));
}
