/** spawn of a child by a process. */
import { Errno } from '../../base/errno.ts';
import type {
  ChildDescriptor,
  DescriptorGrant,
  PipeEnds,
  SpawnAnswer,
  SpawnCall,
  ThreadCall,
} from '../../protocol/process.ts';
import type { Reply } from '../calls.ts';
import { spawnRefusal } from '../capabilities.ts';
import { resolveProgram } from './exec.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from './process.ts';
import { ignoredBy } from './signals.ts';
import type { StartRequest } from './admit.ts';
import { startProcess } from './start.ts';

/** Signals to groups reach a process once, by its main thread. */
const NO_GROUP = 0;

export function spawnChild(kernel: Kernel, parent: Process, call: SpawnCall, reply: Reply): void {
  const { file, args, env, cwd } = call;
  if (call.cwdIsGiven && !kernel.isFolder(cwd, { process: parent, credentials: parent.credentials })) {
    reply(-Errno.ENOENT);
    return;
  }
  const program = resolveProgram(kernel.programFiles, { file, args, env, cwd });
  if (typeof program === 'number') {
    reply(program);
    return;
  }
  const refusal = spawnRefusal(parent.grants, program);
  if (refusal !== undefined) {
    kernel.emit({ type: 'error', message: `process ${parent.pid}: ${refusal}` });
    reply(-Errno.EACCES);
    return;
  }
  const pipes: Record<number, PipeEnds> = {};
  const descriptors: DescriptorGrant[] = [];
  const giveBack = (): void => {
    for (const ends of Object.values(pipes)) kernel.books.drop(parent.holdings, ends);
  };
  for (const [fd, wanted] of call.descriptors.entries()) {
    const grant = grantFor(kernel, parent, wanted, (ends) => (pipes[fd] = ends));
    if (typeof grant === 'number') {
      giveBack();
      reply(grant);
      return;
    }
    descriptors.push(grant);
  }
  const { uid, gid, groups } = kernel.files.credentials;
  const child = startProcess(kernel, {
    program,
    cwd,
    descriptors,
    ppid: (parent.leader ?? parent).pid,
    ...groupOf(kernel, parent.leader ?? parent, call),
    terminal: call.detached ? null : parent.terminal,
    credentials: { uid, gid, groups: [...groups], umask: call.umask },
    ignored: ignoredBy(parent, program, call.ignoredSignals),
  });
  if (typeof child === 'number') {
    giveBack();
    reply(child);
    return;
  }
  reply(child.pid, { slot: child.slot, pipes } satisfies SpawnAnswer);
}

/** A thread of a process (worker_threads). */
export function startThread(kernel: Kernel, parent: Process, call: ThreadCall, reply: Reply): void {
  const leader = parent.leader ?? parent;
  const descriptors: DescriptorGrant[] = [];
  for (const wanted of call.descriptors) {
    const grant = grantFor(kernel, parent, wanted, () => {});
    if (typeof grant === 'number') {
      reply(grant);
      return;
    }
    descriptors.push(grant);
  }
  const { uid, gid, groups } = kernel.files.credentials;
  const child = startProcess(kernel, {
    program: { kind: 'node', identity: 'node', execPath: '', argv: [...leader.argv], env: [] },
    cwd: call.cwd,
    descriptors,
    ppid: parent.pid,
    group: { pgid: NO_GROUP, sid: NO_GROUP },
    terminal: leader.terminal,
    credentials: { uid, gid, groups: [...groups], umask: call.umask },
    thread: {
      leader,
      processKey: call.processKey,
      init: call.init,
      transfer: call.transfer as Transferable[],
    },
  });
  if (typeof child === 'number') reply(child);
  else reply(child.pid, { slot: child.slot, pipes: {} } satisfies SpawnAnswer);
}

/** The child's group and session: its own session, its own group, a sibling's group, or its parent's. */
function groupOf(kernel: Kernel, parent: Process, call: SpawnCall): Pick<StartRequest, 'group' | 'ownGroup'> {
  if (call.detached) return {};
  const { pgid, sid } = parent;
  if (call.processGroup === undefined) return { group: { pgid, sid } };
  const wanted = call.processGroup;
  const joins = kernel.table.all().some((process) => process.pgid === wanted && process.sid === sid);
  // A pipeline's leader may have ended before its last command starts: that one then leads.
  return wanted > 0 && joins ? { group: { pgid: wanted, sid } } : { group: { pgid, sid }, ownGroup: true };
}

/** What the child gets; `keep` takes the parent's end of a new pipe. */
function grantFor(
  kernel: Kernel,
  parent: Process,
  wanted: ChildDescriptor,
  keep: (ends: PipeEnds) => void,
): DescriptorGrant | number {
  if (wanted.kind === 'stream') return kernel.books.holds(parent.holdings, wanted) ? wanted : -Errno.EBADF;
  if (wanted.kind !== 'pipe') return wanted;
  const mine: PipeEnds = {};
  const theirs: PipeEnds = {};
  if (wanted.direction !== 'out') {
    const ring = kernel.books.allocate();
    if (ring < 0) return ring;
    mine.output = theirs.input = ring;
  }
  if (wanted.direction !== 'in') {
    const ring = kernel.books.allocate();
    if (ring < 0) {
      // The first ring has no holder yet: taking and leaving it frees it.
      kernel.books.hold(parent.holdings, mine);
      kernel.books.drop(parent.holdings, mine);
      return ring;
    }
    mine.input = theirs.output = ring;
  }
  kernel.books.hold(parent.holdings, mine);
  keep(mine);
  return { kind: 'stream', ...theirs };
}
