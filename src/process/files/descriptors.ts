/** The descriptor table of one process: small integers over open file descriptions that `dup` shares. */
import { Errno } from '../../base/errno.ts';
import { arrayPush } from '../../base/intrinsics.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import type { DescriptorGrant, PipeEnds } from '../../protocol/process.ts';
import type { TreeAttributes } from '../../protocol/trees.ts';
import { showDescriptor, type ShownDescriptor } from '../../protocol/descriptor-table.ts';
import { PipeRing } from '../../protocol/pipe.ts';
import type { Device } from '../../base/devices.ts';
import { deviceByNumber, devices } from '../../base/devices.ts';
import type { Gate } from '../gate.ts';

interface Shared {
  /** Descriptors that name this description. */
  references: number;
  nonBlocking: boolean;
}
export interface FileDescription extends Shared {
  kind: 'file';
  ofd: number;
}
export interface StreamDescription extends Shared {
  kind: 'stream';
  ends: PipeEnds;
  input: PipeRing | undefined;
  output: PipeRing | undefined;
  tty: boolean;
  /** Of a TCP connection: its peer has closed it, and something was sent since. */
  sentToNobody?: boolean;
}
export interface DeviceDescription extends Shared {
  kind: 'device';
  device: Device;
}
/** A file of a control tree. */
export interface TreeDescription extends Shared {
  kind: 'tree';
  handle: number;
  attributes: TreeAttributes;
  offset: number;
  /** O_ACCMODE bits it was opened with. */
  access: number;
  place: { mount: number; rest: string };
}
export type Description = FileDescription | StreamDescription | DeviceDescription | TreeDescription;

const O_RDWR = 2;

export class Descriptors {
  readonly #table: (Description | undefined)[] = [];
  readonly #gate: Gate;
  readonly #files: FileSystem;
  readonly #limit: number;

  constructor(gate: Gate, files: FileSystem, limit: number) {
    this.#gate = gate;
    this.#files = files;
    this.#limit = limit;
  }

  get(fd: number): Description | undefined {
    return this.#table[fd];
  }

  /** Those that are open. */
  numbers(): number[] {
    const open: number[] = [];
    for (let fd = 0; fd < this.#table.length; fd++) if (this.#table[fd]) arrayPush(open, fd);
    return open;
  }

  /** Lowest free descriptor that is at least `atLeast`; takes over the caller's reference. → fd or -EMFILE */
  add(description: Description, atLeast = 0): number {
    let fd = atLeast;
    while (fd < this.#table.length && this.#table[fd] !== undefined) fd++;
    if (fd >= this.#limit) {
      this.release(description);
      return -Errno.EMFILE;
    }
    this.#put(fd, description);
    return fd;
  }

  close(fd: number): number {
    const description = this.#table[fd];
    if (description === undefined) return -Errno.EBADF;
    this.#table[fd] = undefined;
    showDescriptor(this.#gate.memory, this.#gate.slot, fd, undefined);
    return this.release(description);
  }

  dup(fd: number, atLeast: number): number {
    const description = this.#table[fd];
    if (description === undefined) return -Errno.EBADF;
    description.references++;
    return this.add(description, atLeast);
  }

  dup2(from: number, to: number): number {
    const description = this.#table[from];
    if (description === undefined || to < 0 || to >= this.#limit) return -Errno.EBADF;
    if (from === to) return to;
    if (this.#table[to] !== undefined) this.close(to);
    description.references++;
    this.#put(to, description);
    return to;
  }

  /** One descriptor fewer names it; the last one lets the file or the pipe end go. */
  release(description: Description): number {
    if (--description.references > 0) return 0;
    switch (description.kind) {
      case 'file':
        return this.#files.close(description.ofd);
      case 'stream':
        this.#gate.post({ type: 'close', ends: description.ends });
        return 0;
      case 'tree':
        this.#gate.post({ type: 'tree-close', handle: description.handle });
        return 0;
      case 'device':
        return 0;
    }
  }

  /** What a grant of the kernel becomes here. */
  open(grant: DescriptorGrant): Description {
    const shared = { references: 1, nonBlocking: false };
    if (grant.kind === 'file') return { ...shared, kind: 'file', ofd: grant.ofd };
    if (grant.kind === 'null') return { ...shared, kind: 'device', device: devices.null };
    if (grant.kind === 'device') {
      return { ...shared, kind: 'device', device: deviceByNumber(grant.rdev) ?? devices.null };
    }
    if (grant.kind === 'tree') {
      const { handle, attributes } = grant;
      const place = { mount: 0, rest: '' };
      return { ...shared, kind: 'tree', handle, attributes, offset: 0, access: O_RDWR, place };
    }
    const ends: PipeEnds = {};
    if (grant.input !== undefined) ends.input = grant.input;
    if (grant.output !== undefined) ends.output = grant.output;
    if (grant.tty === true) ends.tty = true;
    if (grant.socket !== undefined) ends.socket = grant.socket;
    return {
      ...shared,
      kind: 'stream',
      ends,
      input: grant.input === undefined ? undefined : this.#ring(grant.input),
      output: grant.output === undefined ? undefined : this.#ring(grant.output),
      tty: grant.tty === true,
    };
  }

  install(grants: readonly (DescriptorGrant | null)[]): void {
    for (let fd = 0; fd < grants.length; fd++) {
      const grant = grants[fd];
      if (grant !== null && grant !== undefined) this.#put(fd, this.open(grant));
    }
  }

  /** Files are shared-memory descriptions: an ending process gives them back itself, pipes the kernel takes. */
  closeFiles(): void {
    for (let fd = 0; fd < this.#table.length; fd++) {
      if (this.#table[fd]?.kind === 'file') this.close(fd);
    }
  }

  #ring(id: number): PipeRing {
    return new PipeRing(this.#gate.memory, id, this.#gate.owner, this.#gate.block);
  }

  #put(fd: number, description: Description): void {
    // No holes: an index read past the end would look up Array.prototype.
    for (let i = this.#table.length; i < fd; i++) this.#table[i] = undefined;
    this.#table[fd] = description;
    showDescriptor(this.#gate.memory, this.#gate.slot, fd, shownOf(description));
  }
}

function shownOf(description: Description): ShownDescriptor {
  switch (description.kind) {
    case 'file':
    case 'tree':
      return description;
    case 'device':
      return { kind: 'device', rdev: description.device.rdev };
    case 'stream': {
      const { ends, tty } = description;
      const shown: ShownDescriptor = { kind: 'stream', tty, isSocket: ends.socket !== undefined };
      if (ends.input !== undefined) shown.input = ends.input;
      if (ends.output !== undefined) shown.output = ends.output;
      return shown;
    }
  }
}
