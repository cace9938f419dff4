/**
 * What stands between a process and this machine. `strict`: Landlock lets it see the system's programs and libraries,
 * and write only the workspace and its own temporary folder; the bridge's files, its secrets, its environment and
 * (Linux 6.12 on) signals to it are out of reach. `relaxed`: limits and no new privileges. `none`: nothing.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { OPEN_FILES_MAX } from '../limits.ts';
import { TOOLS_FOLDER, WORKERD_FOLDER } from '../processes/programs.ts';
import type { SandboxMode, Settings } from '../settings.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Sandbox {
  readonly mode: SandboxMode;
  /** The kernel's Landlock ABI in force, 0 if none is. */
  readonly landlock: number;
  /** Whether a process can read (and run) what lies at the path. */
  reads(path: string): boolean;
  confine(command: Command, options: { dieWithBridge: boolean }): Command;
}

export class SandboxError extends Error {
  override readonly name = 'SandboxError';
}

const LAUNCHER = join(import.meta.dirname, 'confine.py');
const PYTHONS = ['/usr/bin/python3', '/usr/local/bin/python3'];
const PROBE_TIMEOUT_MS = 10_000;

/** Readable and executable: programs, libraries, configuration. Never a home folder, never /run, never the bridge. */
const SYSTEM_PATHS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc',
  '/opt',
  '/proc',
  '/sys/fs/cgroup',
  '/sys/devices/system',
];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'pts', 'shm'].map(
  (name) => `/dev/${name}`,
);

async function probe(python: string): Promise<number> {
  const { stdout } = await promisify(execFile)(python, ['-I', '-S', LAUNCHER, '--probe'], {
    timeout: PROBE_TIMEOUT_MS,
    env: {},
  });
  return Number.parseInt(stdout, 10) || 0;
}

/** Node's own folder where it has one (`<prefix>/bin/node`, with npm beside it), else the one file. */
function nodePath(): string {
  const folder = dirname(process.execPath);
  const prefix = dirname(folder);
  return basename(folder) === 'bin' && prefix !== '/' ? prefix : process.execPath;
}

/** Programs that lie outside the system's folders, such as a Node from npm or nvm. */
function programPaths(settings: Settings): string[] {
  return [nodePath(), TOOLS_FOLDER, WORKERD_FOLDER, ...settings.readPaths];
}

const none: Sandbox = { mode: 'none', landlock: 0, reads: () => true, confine: (command) => command };

const within = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`);

export async function createSandbox(settings: Settings): Promise<Sandbox> {
  if (settings.sandbox === 'none') return none;
  const python = PYTHONS.find((path) => existsSync(path));
  if (python === undefined) {
    throw new SandboxError(
      `MHNOS_SANDBOX=${settings.sandbox} needs ${PYTHONS[0]} to confine processes with. Install python3, or set MHNOS_SANDBOX=none if every program here is trusted.`,
    );
  }
  const strict = settings.sandbox === 'strict';
  const landlock = strict ? await probe(python) : 0;
  if (strict && landlock === 0) {
    throw new SandboxError(
      'MHNOS_SANDBOX=strict needs Landlock, which this kernel does not offer (Linux 5.13 or newer, with "landlock" in its list of security modules). Set MHNOS_SANDBOX=relaxed to do without: processes could then read what this user can read, the token among it.',
    );
  }
  const readable = [...SYSTEM_PATHS, ...programPaths(settings)];
  const writable = [settings.workspace, settings.temporary, ...DEVICES];
  const fence = strict
    ? [
        '--landlock',
        ...readable.flatMap((path) => ['--read', path]),
        ...writable.flatMap((path) => ['--write', path]),
      ]
    : [];
  return {
    mode: settings.sandbox,
    landlock,
    reads: (path) => !strict || [...readable, ...writable].some((folder) => within(folder, path)),
    confine: ({ file, args, env }, { dieWithBridge }) => ({
      file: python,
      args: [
        ...['-I', '-S', LAUNCHER, ...fence, '--open-files', String(OPEN_FILES_MAX)],
        ...(dieWithBridge ? ['--die-with-parent'] : []),
        ...['--', file, ...args],
      ],
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [`MHNOS_ENV_${name}`, value])),
    }),
  };
}
