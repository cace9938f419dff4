/** /task: every process, and the making of new ones, as files. */
import { Errno } from '../../base/errno.ts';
import { Signal, signalNumber } from '../../base/signals.ts';
import { splitWords } from '../../base/words.ts';
import { narrowedGrants } from '../capabilities.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process/process.ts';
import { kill } from '../process/signals.ts';
import {
  type DirectoryNode,
  type FileNode,
  folder,
  link,
  type StreamNode,
  text,
  type TreeNode,
} from './node.ts';
import { mountsText } from './proc.ts';
import { openEnds, processFacts } from './process-files.ts';
import type { Task } from './task.ts';

const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');

export function taskTree(kernel: Kernel): DirectoryNode {
  const fixed: Record<string, TreeNode> = {
    new: {
      ...text(() => {
        const task = kernel.tasks.allocate();
        return typeof task === 'number' ? task : `${task.id}\n`;
      }),
    },
    self: link(({ process }) => (process === undefined ? '' : String(process.pid))),
  };
  return {
    kind: 'directory',
    mode: 0o555,
    names: () => {
      const ids = new Set([...kernel.tasks.ids(), ...kernel.table.all().map(({ pid }) => pid)]);
      return [...Object.keys(fixed), ...[...ids].sort((a, b) => a - b).map(String)];
    },
    find(name) {
      if (!/^[1-9]\d*$/.test(name)) return Object.hasOwn(fixed, name) ? fixed[name] : undefined;
      const task = kernel.tasks.get(Number(name));
      const process = task?.process ?? kernel.table.get(Number(name));
      return task || process ? taskFolder(new TaskView(kernel, task, process)) : undefined;
    },
  };
}

/** A task by its record, by its process, or both. */
class TaskView {
  readonly kernel: Kernel;
  readonly task: Task | undefined;
  readonly process: Process | undefined;

  constructor(kernel: Kernel, task: Task | undefined, process: Process | undefined) {
    this.kernel = kernel;
    this.task = task;
    this.process = process;
  }

  get id(): number {
    return this.task?.id ?? this.process?.pid ?? 0;
  }
  get status(): string {
    return this.task?.status ?? this.process?.state ?? 'exited';
  }
  get owner(): { uid: number; gid: number } {
    const { uid, gid } = this.process?.credentials ?? this.kernel.files.credentials;
    return { uid, gid };
  }
  /** Before the start. → the task, or the errno of changing it now */
  get configurable(): Task | number {
    if (this.status === 'exited') return -Errno.ESRCH;
    return this.task && !this.task.process ? this.task : -Errno.EBUSY;
  }
}

function taskFolder(view: TaskView): DirectoryNode {
  const { process, owner } = view;
  const facts = process && processFacts(view.kernel, process);
  const exit = view.task?.exit ?? process?.exit;
  const entries: Record<string, TreeNode> = {
    type: text(() => `${process?.runtime === 'remote' ? 'remote' : (process?.program ?? 'node')}\n`),
    runtime: text(() => `${process?.runtime ?? 'browser'}\n`),
    pid: text(() => `${view.id}\n`),
    ppid: text(() => `${process?.ppid ?? 0}\n`),
    pgid: text(() => `${process?.pgid ?? 0}\n`),
    status: text(() => `${view.status}\n`),
    // As a shell shows it: 128 + n for a task that signal n ended.
    exitcode: text(() => (exit ? `${exit.signal === 0 ? exit.code : 128 + exit.signal}\n` : '')),
    argv: text(() => lines(process?.argv ?? [])),
    exe: text(() => (process ? `${process.execPath}\n` : '')),
    cmd: commandFile(view),
    cwd: directoryFile(view),
    env: environmentFile(view),
    limits: text(() => limitLines(view.kernel)),
    capabilities: text(() => capabilityLines(view.kernel, process)),
    ctl: { kind: 'file', mode: 0o200, owner, write: (command) => control(view, command.trim()) },
    stdio: stdioFolder(view),
    fd: facts?.fd ?? folder({}),
    ns: text(() => mountsText(view.kernel)),
  };
  return { ...folder(entries), owner };
}

function commandFile(view: TaskView): FileNode {
  return {
    kind: 'file',
    mode: 0o644,
    owner: view.owner,
    read: () => (view.task ? `${view.task.commandLine}\n` : lines([view.process?.argv.join(' ') ?? ''])),
    write(line) {
      const task = view.configurable;
      if (typeof task === 'number') return task;
      if (line.trim() === '') return -Errno.EINVAL;
      task.commandLine = line.trim();
      return 0;
    },
  };
}

function directoryFile(view: TaskView): FileNode {
  return {
    kind: 'file',
    mode: 0o644,
    owner: view.owner,
    read() {
      const { process, task, kernel } = view;
      return `${(process && kernel.volume.cwdOf(process.slot)) ?? process?.cwd ?? task?.cwd ?? ''}\n`;
    },
    write(given) {
      const task = view.configurable;
      if (typeof task === 'number') return task;
      const path = given.trim();
      if (!path.startsWith('/')) return -Errno.EINVAL;
      const kind = view.kernel.files.kind(path);
      if (kind !== 1) return kind < 0 ? kind : -Errno.ENOTDIR;
      task.cwd = path;
      return 0;
    },
  };
}

/** `NAME=value` lines; a line without `=` takes the variable away. */
function environmentFile(view: TaskView): FileNode {
  return {
    kind: 'file',
    mode: 0o600,
    owner: view.owner,
    read: () =>
      lines(view.process?.env ?? [...(view.task?.env ?? [])].map(([name, value]) => `${name}=${value}`)),
    write(given) {
      const task = view.configurable;
      if (typeof task === 'number') return task;
      for (const line of given.split('\n')) {
        const equals = line.indexOf('=');
        if (equals === 0) return -Errno.EINVAL;
        if (equals > 0) task.env.set(line.slice(0, equals), line.slice(equals + 1));
        else if (line !== '') task.env.delete(line);
      }
      return 0;
    },
  };
}

function limitLines(kernel: Kernel): string {
  return lines(Object.entries(kernel.options.limits).map(([name, value]) => `${name} ${String(value)}`));
}

/** What it may do at most: `all`, `none`, or the names. */
function capabilityLines(kernel: Kernel, process: Process | undefined): string {
  const shown = (granted: boolean | readonly string[]): string => {
    if (typeof granted === 'boolean') return granted ? 'all' : 'none';
    return granted.length === 0 ? 'none' : granted.join(' ');
  };
  const { fetch, tcp, websocket, listen } = kernel.options.network;
  const { spawn, env } = process?.grants ?? narrowedGrants(undefined, kernel.options.process);
  const files = kernel.confinement?.granted ?? kernel.options.files;
  const all = {
    'filesystem.read': files?.read ?? true,
    'filesystem.write': files?.write ?? true,
    'network.fetch': fetch,
    'network.tcp': tcp,
    'network.websocket': websocket,
    'network.listen': listen,
    'process.spawn': spawn,
    'process.env': env,
  };
  return lines(Object.entries(all).map(([name, granted]) => `${name} ${shown(granted)}`));
}

function stdioFolder(view: TaskView): DirectoryNode {
  const ends = view.task?.stdio ?? view.process?.descriptors.slice(0, 3) ?? [];
  const entries: Record<string, StreamNode> = {};
  for (const [fd, grant] of ends.entries()) {
    if (grant === null || ('kind' in grant && grant.kind !== 'stream')) continue;
    entries[String(fd)] = {
      kind: 'stream',
      mode: 0o600,
      owner: view.owner,
      open(access, caller) {
        // Nobody will ever read it: told at once, not when the pipe is full.
        if (access !== 'read' && view.status === 'exited') return -Errno.EPIPE;
        return openEnds(view.kernel, grant, access, caller);
      },
    };
  }
  return folder(entries);
}

/** → 0, -EINVAL for a command that is not one, -ESRCH for a task that is over. */
function control(view: TaskView, line: string): number {
  const { kernel, task, process } = view;
  const [command, ...words] = line.split(/\s+/);
  const signals: Record<string, number> = { stop: Signal.SIGSTOP, cont: Signal.SIGCONT };
  switch (command) {
    case 'start':
      if (view.status === 'exited') return -Errno.ESRCH;
      return words.length > 0 ? -Errno.EINVAL : task ? kernel.tasks.start(task) : -Errno.EBUSY;
    case 'kill':
    case 'stop':
    case 'cont': {
      if (words.length > (command === 'kill' ? 1 : 0)) return -Errno.EINVAL;
      const signal = signals[command] ?? signalNumber(numbered(words[0] ?? 'SIGKILL'));
      if (signal === undefined) return -Errno.EINVAL;
      if (process === undefined || process.state === 'exited') return -Errno.ESRCH;
      return kill(kernel.table, undefined, process.pid, signal);
    }
    case 'bind': {
      const paths = splitWords(line)?.slice(1) ?? [];
      const [from, onto] = paths;
      if (paths.length !== 2 || from === undefined || onto === undefined) return -Errno.EINVAL;
      return view.status === 'exited' ? -Errno.ESRCH : kernel.binds.add(view.id, from, onto);
    }
    case 'resize': {
      const [columns, rows] = words.map(Number);
      if (words.length !== 2 || !isSize(columns) || !isSize(rows)) return -Errno.EINVAL;
      if (process === undefined || process.state === 'exited') return -Errno.ESRCH;
      return process.terminal === null
        ? -Errno.ENOTTY
        : kernel.terminals.resize(process.terminal, { columns, rows });
    }
    case 'close':
      if (words.length > 0) return -Errno.EINVAL;
      if (task === undefined) return process ? -Errno.EBUSY : -Errno.ESRCH;
      if (task.process && !task.exit) kernel.tasks.endInput(task);
      else kernel.tasks.close(task);
      return 0;
    default:
      return -Errno.EINVAL;
  }
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value > 0 && value < 65_536;
}

function numbered(word: string): string | number {
  return /^\d+$/.test(word) ? Number(word) : word;
}
