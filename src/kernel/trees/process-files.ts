/** What /proc and /task both show of a process. */
import { Errno } from '../../base/errno.ts';
import type { DescriptorGrant, PipeEnds } from '../../protocol/process.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process.ts';
import {
  type Caller,
  type DirectoryNode,
  link,
  type LinkNode,
  type StreamAccess,
  type StreamNode,
} from './node.ts';

export interface ProcessFiles {
  owner: { uid: number; gid: number };
  cwd: LinkNode;
  exe: LinkNode;
  /** The descriptors that the process started with: what it opened since is known to itself alone. */
  fd: DirectoryNode;
}

export function processFacts(kernel: Kernel, process: Process): ProcessFiles {
  const { uid, gid } = process.credentials;
  const owner = { uid, gid };
  return {
    owner,
    cwd: link(() => kernel.volume.cwdOf(process.slot) ?? process.cwd),
    exe: link(process.execPath),
    fd: {
      kind: 'directory',
      mode: 0o500,
      owner,
      names: () => process.descriptors.flatMap((grant, fd) => (grant === null ? [] : [String(fd)])),
      find(name) {
        const grant = /^\d+$/.test(name) ? process.descriptors[Number(name)] : undefined;
        return grant ? descriptorNode(kernel, process, grant) : undefined;
      },
    },
  };
}

function descriptorNode(kernel: Kernel, process: Process, grant: DescriptorGrant): LinkNode | StreamNode {
  switch (grant.kind) {
    case 'null':
      return link('/dev/null');
    case 'device':
      return link(`/dev/char/${grant.rdev >> 8}:${grant.rdev & 0xff}`);
    case 'stream':
      return streamNode(kernel, process, grant);
    default:
      return link(grant.kind === 'file' ? (kernel.files.pathOf(grant.ofd) ?? '') : 'anon_inode:[control]');
  }
}

/** A pipe end or a terminal of a process, opened anew by whoever may. */
export function streamNode(kernel: Kernel, process: Process, grant: PipeEnds): StreamNode {
  const ring = grant.input ?? grant.output ?? 0;
  return {
    kind: 'stream',
    mode: 0o600,
    owner: { uid: process.credentials.uid, gid: process.credentials.gid },
    shownAs: grant.tty === true ? `/dev/pts/${ring}` : `pipe:[${ring}]`,
    open: (access, caller) => openEnds(kernel, grant, access, caller),
  };
}

/** → ends held for the caller, -EPIPE or -ENXIO where the stream is no more. */
export function openEnds(
  kernel: Kernel,
  grant: PipeEnds,
  access: StreamAccess,
  caller: Caller,
): PipeEnds | number {
  const ends: PipeEnds = {};
  if (grant.tty === true) Object.assign(ends, grant);
  else {
    const ring = grant.input ?? grant.output;
    if (ring === undefined || !kernel.books.exists(ring))
      return access === 'write' ? -Errno.EPIPE : -Errno.ENXIO;
    if (access !== 'write') ends.input = ring;
    if (access !== 'read') ends.output = ring;
  }
  kernel.books.hold(caller.process?.holdings ?? kernel.holdings, ends);
  return ends;
}
