/** Starting a child: the request in the parent's descriptors becomes one in the kernel's terms. */
import { Errno } from '../../base/errno.ts';
import { arrayPush } from '../../base/intrinsics.ts';
import { ARGUMENTS_MAX_BYTES } from '../../base/limits.ts';
import type { ExitStatus, ReplaceRequest, SpawnRequest, StdioSource } from '../../../polyfills/system.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import {
  type ChildDescriptor,
  CWD_GONE,
  type DescriptorGrant,
  type SpawnAnswer,
} from '../../protocol/process.ts';
import type { Children } from './children.ts';
import type { Descriptors } from '../files/descriptors.ts';
import type { Gate } from '../gate.ts';
import type { Trees } from '../files/trees.ts';

export interface SpawnContext {
  gate: Gate;
  descriptors: Descriptors;
  children: Children;
  fileSystem: FileSystem;
  trees: Trees;
}

export function spawn(
  context: SpawnContext,
  request: SpawnRequest,
  pipes: Map<number, number>,
  exited: (status: ExitStatus) => void,
): number {
  const { gate, descriptors, fileSystem } = context;
  gate.enter();
  if (textLength(request.args) + textLength(request.env) > ARGUMENTS_MAX_BYTES) return -Errno.E2BIG;
  const cwd = directoryOf(context, request.cwd);
  const granted: ChildDescriptor[] = [];
  for (let fd = 0; fd < request.stdio.length; fd++) {
    const grant = resolve(context, request.stdio[fd], fd);
    if (typeof grant === 'number') return grant;
    arrayPush(granted, grant);
  }
  const pid = gate.call({
    call: 'spawn',
    file: request.file,
    args: copyOf(request.args),
    env: copyOf(request.env),
    cwd,
    cwdIsGiven: request.cwd !== undefined,
    descriptors: granted,
    detached: request.detached,
    umask: fileSystem.credentials.umask,
    ...(request.processGroup === undefined ? {} : { processGroup: request.processGroup }),
    ...ignoredIn(request),
  });
  if (pid < 0) return pid;
  const answer = gate.payload() as SpawnAnswer;
  for (let fd = 0; fd < granted.length; fd++) {
    const ends = answer.pipes[fd];
    if (ends === undefined) continue;
    const mine = descriptors.add(descriptors.open({ kind: 'stream', ...ends }));
    if (mine >= 0) pipes.set(fd, mine);
  }
  context.children.add(pid, answer.slot, exited);
  return pid;
}

/** execve(2). → -errno: otherwise this thread is over. */
export function replace(context: SpawnContext, request: ReplaceRequest): number {
  const { gate, fileSystem } = context;
  const { file, args, env, search } = request;
  gate.enter();
  if (textLength(args) + textLength(env) > ARGUMENTS_MAX_BYTES) return -Errno.E2BIG;
  const descriptors: (DescriptorGrant | null)[] = [];
  for (let fd = 0; fd < request.descriptors.length; fd++) {
    const own = request.descriptors[fd];
    const grant = own === null || own === undefined ? null : grantOf(context, own);
    if (typeof grant === 'number') return grant;
    arrayPush(descriptors, grant);
  }
  return gate.call({
    call: 'replace',
    file,
    args: copyOf(args),
    env: copyOf(env),
    cwd: directoryOf(context, undefined),
    umask: fileSystem.credentials.umask,
    descriptors,
    search,
    ...ignoredIn(request),
  });
}

const ignoredIn = ({ ignoredSignals }: { ignoredSignals?: readonly number[] }) =>
  ignoredSignals === undefined ? {} : { ignoredSignals };

/** Where the child begins; what is given may be relative to where its parent is. */
function directoryOf({ trees, fileSystem }: SpawnContext, given: string | undefined): string {
  if (given !== undefined && given[0] === '/') return given;
  const own = trees.cwd ?? fileSystem.cwd();
  if (typeof own === 'number') return CWD_GONE;
  return given === undefined ? own : `${own}/${given}`;
}

/** Descriptors 0–2 as a thread of this process gets them: its own references to the same. */
export function standardDescriptors(descriptors: Descriptors): ChildDescriptor[] {
  const granted: ChildDescriptor[] = [];
  for (let fd = 0; fd <= 2; fd++) {
    const grant = resolve({ descriptors }, { kind: 'fd', fd }, fd);
    arrayPush(granted, typeof grant === 'number' ? { kind: 'null' } : grant);
  }
  return granted;
}

/** The kernel gives the child its own reference to each while this process waits for the answer. */
function resolve(
  { descriptors }: Pick<SpawnContext, 'descriptors'>,
  source: StdioSource | undefined,
  fd: number,
): ChildDescriptor | number {
  if (source === undefined || source.kind === 'null') return { kind: 'null' };
  if (source.kind === 'pipe') {
    const both = source.duplex === true || fd > 2;
    return { kind: 'pipe', direction: both ? 'both' : fd === 0 ? 'in' : 'out' };
  }
  return grantOf({ descriptors }, source.fd);
}

/** One of this process's descriptors, in the kernel's terms. */
function grantOf({ descriptors }: Pick<SpawnContext, 'descriptors'>, fd: number): DescriptorGrant | number {
  const description = descriptors.get(fd);
  if (description === undefined) return -Errno.EBADF;
  switch (description.kind) {
    case 'device':
      return { kind: 'device', rdev: description.device.rdev };
    case 'stream':
      return { kind: 'stream', ...description.ends };
    case 'tree': {
      const { handle, attributes } = description;
      return { kind: 'tree', handle, attributes };
    }
    case 'file':
      return { kind: 'file', ofd: description.ofd };
  }
}

function textLength(list: readonly string[]): number {
  let length = 0;
  for (let i = 0; i < list.length; i++) length += (list[i]?.length ?? 0) + 1;
  return length;
}

function copyOf(list: readonly string[]): string[] {
  const copy: string[] = [];
  for (let i = 0; i < list.length; i++) arrayPush(copy, list[i] ?? '');
  return copy;
}
