/** The processes that a spawned one started: found in /proc by session, parentage and the cookie in their environment. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Task {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly state: string;
  readonly residentBytes: number;
  readonly threads: number;
}

export interface Tree {
  readonly leader: number;
  /** `NAME=value` in the environment of everything that it started. */
  readonly cookie: string;
  /** The leader was reaped: a process of its pid is a stranger, and then its session too. */
  readonly leaderEnded: boolean;
}

/** Only what the bridge started may be signalled; anything else is a bug of ours that must stop here. */
function assertOwn(leader: number): void {
  if (!Number.isInteger(leader) || leader <= 1 || leader === process.pid || leader === process.ppid) {
    throw new Error(`${leader} is no process of the runtime's`);
  }
}

const PAGE_BYTES = 4096;

/** Fields of /proc/pid/stat after the name, which may itself have spaces and parentheses (proc_pid_stat(5)). */
function parseStat(pid: number, stat: string): Task {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index] ?? 0);
  return {
    pid,
    state: fields[0] ?? '',
    parent: number(1),
    group: number(2),
    session: number(3),
    threads: number(17),
    residentBytes: number(21) * PAGE_BYTES,
  };
}

export function readTasks(): Task[] {
  const tasks: Task[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      tasks.push(parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1')));
    } catch {
      // It ended while the list was read.
    }
  }
  return tasks;
}

function hasCookie(task: Task, cookie: string): boolean {
  try {
    return readFileSync(`/proc/${task.pid}/environ`, 'latin1').split('\0').includes(cookie);
  } catch {
    return false;
  }
}

/**
 * Everything of the session that `leader` began, and every descendant of it that began another.
 * Never init's or the kernel's: as root, a tree of pid 0 or 1 would be the whole machine.
 */
export function treeOf({ leader, leaderEnded }: Tree, tasks: readonly Task[]): Task[] {
  assertOwn(leader);
  if (leaderEnded && tasks.some((task) => task.pid === leader)) return [];
  const members = new Set<number>();
  for (const task of tasks) if (task.pid === leader || task.session === leader) members.add(task.pid);
  for (let grew = true; grew;) {
    grew = false;
    for (const task of tasks) {
      if (members.has(task.pid) || !members.has(task.parent)) continue;
      members.add(task.pid);
      grew = true;
    }
  }
  return tasks.filter((task) => members.has(task.pid) && task.state !== 'Z');
}

/** `treeOf`, and those that left it (a daemon) but still carry the cookie. */
export function treeWithCookie(treeId: Tree, tasks: readonly Task[]): Task[] {
  const tree = treeOf(treeId, tasks);
  const known = new Set([process.pid, ...tree.map((task) => task.pid)]);
  return [
    ...tree,
    ...tasks.filter((task) => task.state !== 'Z' && !known.has(task.pid) && hasCookie(task, treeId.cookie)),
  ];
}

function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // gone already
  }
}

/** The group, or the process alone while it has not made its group yet (a terminal's child just after its fork). */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  assertOwn(leader);
  return signalOne(-leader, signal) || signalOne(leader, signal);
}

export function signalProcess(leader: number, signal: NodeJS.Signals): boolean {
  assertOwn(leader);
  return signalOne(leader, signal);
}

const KILL_ROUNDS_MAX = 10;

/** Kills the whole tree, again and again until no new member shows, so that one which forks meanwhile is caught. */
function killTree(tree: Tree): boolean {
  const killed = new Set<number>();
  for (let round = 0; round < KILL_ROUNDS_MAX; round++) {
    const fresh = treeWithCookie(tree, readTasks()).filter((task) => !killed.has(task.pid));
    if (fresh.length === 0) break;
    for (const task of fresh) signalOne(task.pid, 'SIGSTOP'); // none forks while the others die
    for (const task of fresh) signalOne(task.pid, 'SIGKILL');
    for (const task of fresh) killed.add(task.pid);
  }
  return killed.size > 0;
}

/** False if nothing of the tree was there to be signalled. */
export function signalTree(tree: Tree, signal: NodeJS.Signals): boolean {
  if (signal === 'SIGKILL') return killTree(tree);
  const members = treeWithCookie(tree, readTasks());
  return members.map((task) => signalOne(task.pid, signal)).includes(true);
}
