/** What /proc and /task both show of a process. */
import { devices } from '../../base/devices.ts';
import { Errno } from '../../base/errno.ts';
import type { ShownDescriptor } from '../../protocol/descriptor-table.ts';
import type { DescriptorGrant, PipeEnds } from '../../protocol/process.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process/process.ts';
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
  /** What it has open. */
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
      names: () => [...process.openDescriptors().keys()].map(String),
      find(name) {
        const grant = /^\d+$/.test(name) ? process.openDescriptors().get(Number(name)) : undefined;
        return grant ? descriptorNode(kernel, process, grant) : undefined;
      },
    },
  };
}

function descriptorNode(
  kernel: Kernel,
  process: Process,
  open: DescriptorGrant | ShownDescriptor,
): LinkNode | StreamNode {
  switch (open.kind) {
    case 'null':
      return link('/dev/null');
    case 'device':
      return link(deviceName(open.rdev));
    case 'stream':
      return isSocket(open) ? socketNode(process, open) : streamNode(kernel, process, open);
    case 'file':
      // As proc(5) has it; what the last name was is known to nobody any more.
      return link(kernel.files.pathOf(open.ofd) ?? '/ (deleted)');
    case 'tree':
      return link(kernel.trees.pathOf(open.handle) ?? '/ (deleted)');
  }
}

const isSocket = (open: { socket?: unknown; isSocket?: boolean }): boolean =>
  open.isSocket === true || open.socket !== undefined;

/** It is seen and cannot be opened anew: as on Linux, ENXIO. */
function socketNode({ credentials: { uid, gid } }: Process, { input, output }: PipeEnds): StreamNode {
  const shownAs = `socket:[${input ?? output ?? 0}]`;
  return { kind: 'stream', mode: 0o600, owner: { uid, gid }, shownAs, open: () => -Errno.ENXIO };
}

function deviceName(rdev: number): string {
  for (const [name, device] of Object.entries(devices)) if (device.rdev === rdev) return `/dev/${name}`;
  return `/dev/char/${rdev >> 8}:${rdev & 0xff}`;
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
