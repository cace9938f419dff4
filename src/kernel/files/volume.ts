/** The container's file system as the kernel holds it: made at boot as root, used from then on as the user. */
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { holdsLock } from '../../../vfs/locks.ts';
import { markEnding, markKilled, reap } from '../../../vfs/reaper.ts';
import { workingDirectoryOf } from '../../../vfs/paths-of.ts';
import { makeReadOnly } from '../../../vfs/transaction.ts';
import { Errno } from '../../base/errno.ts';
import { BURIAL_RETRY_MS } from '../../base/limits.ts';
import type { KernelBoot } from '../../protocol/container.ts';
import { TREE_MOUNTS } from '../../protocol/trees.ts';
import type { TreeProgress } from '../../protocol/archives.ts';
import { beginTree } from '../archive/restore.ts';
import { removeStore, Store } from './store.ts';
import { viewOfStore } from './store-views.ts';
import { USER, writeBaseTree } from './base-tree.ts';

const PAGE_BYTES = 65_536;
/** The kernel's record in the file system; processes have the number of their control block. */
const KERNEL_SLOT = 0;
/** Its record for what it does as root; the storage worker has the one above. */
const ROOT_SLOT = 1022;
/** Its record for folders that are seen elsewhere too. */
const PLAIN_SLOT = 1019;

export class SystemVolume {
  readonly memory: WebAssembly.Memory;
  readonly files: SharedFileSystem;

  /** A view of a store that another container has. */
  readonly readOnly: boolean;

  readonly #store: Store | undefined;
  #rootFiles: SharedFileSystem | undefined;
  #plainFiles: SharedFileSystem | undefined;
  #abandoned = false;

  private constructor(memory: WebAssembly.Memory, store: Store | undefined, readOnly: boolean) {
    this.readOnly = readOnly;
    this.memory = memory;
    this.#store = store;
    this.files = attach(this.memory, { processSlot: KERNEL_SLOT });
  }

  /** The base tree, as far as it is not there yet, and the marks of the control trees. As root; from then on as the user. */
  #complete(workdir: string): void {
    writeBaseTree(this.files, workdir);
    for (const { path, mount } of TREE_MOUNTS) {
      const marked = this.files.mountAt(path, mount);
      if (marked < 0) throw new Error(`mount ${path}: errno ${-marked}`);
    }
    this.files.setCredentials({ uid: USER.uid, gid: USER.gid, groups: [USER.gid], umask: 0o022 });
  }

  /**
   * In memory, or in the store that the page names; a new one starts from the page's snapshot, if there is one. Throws
   * StoreRefused.
   */
  static async open(
    boot: KernelBoot,
    failed: (message: string) => void,
    restored: (progress: TreeProgress) => void,
  ): Promise<SystemVolume> {
    const { limits, workdir, store, assets, snapshot } = boot;
    const view = store?.whenBusy === 'read-only' ? await viewOfStore(store.name) : undefined;
    const pages = Math.min(65_536, Math.ceil(limits.storageBytes / PAGE_BYTES));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
    format(memory, { capacityBytes: pages * PAGE_BYTES });
    const kept = store && view === undefined ? await Store.open(memory, store, assets, failed) : undefined;
    if (kept && kept.lostBytes > 0) {
      failed(
        `The end of the store's log was unreadable: ${kept.lostBytes} bytes of the last changes are lost.`,
      );
    }
    const volume = new SystemVolume(memory, kept, view !== undefined);
    try {
      await beginTree(volume.files, kept === undefined || kept.fresh, view ?? snapshot, restored);
      volume.#complete(workdir);
      if (view !== undefined) makeReadOnly(volume.files.volume);
    } catch (error) {
      await kept?.close(volume.files.volume);
      if (kept?.fresh && store) await removeStore(store.name);
      throw error;
    }
    return volume;
  }

  /** After every process has ended: what is not on disk yet is put there. */
  async close(): Promise<void> {
    await this.#store?.close(this.files.volume);
  }

  /**
   * The folder that a page mounts on: mounting is not a user's act, so it may come into being anywhere, and it is the
   * user's own. Folders that are there already stay as they are. → 0 or -errno
   */
  makeMountPoint(path: string): number {
    const user = this.files.credentials;
    this.files.setCredentials({ uid: 0, gid: 0, groups: [0] });
    try {
      for (let slash = path.indexOf('/', 1); ; slash = path.indexOf('/', slash + 1)) {
        const part = slash < 0 ? path : path.slice(0, slash);
        const made = this.files.mkdir(part, 0o755);
        if (made >= 0) this.files.chown(part, USER.uid, USER.gid, true);
        else if (made !== -Errno.EEXIST) return made;
        if (slash < 0) return 0;
      }
    } finally {
      this.files.setCredentials(user);
    }
  }

  /** The same files for backends, whose paths are plain: they follow no links. */
  plainFiles(): SharedFileSystem {
    const credentials = { uid: USER.uid, gid: USER.gid, groups: [USER.gid], umask: 0o022 };
    this.#plainFiles ??= attach(this.memory, { processSlot: PLAIN_SLOT, credentials, followsLinks: false });
    return this.#plainFiles;
  }

  /** The same files as root has them. */
  asRoot(): SharedFileSystem {
    const umask = 0;
    this.#rootFiles ??= attach(this.memory, {
      processSlot: ROOT_SLOT,
      credentials: { uid: 0, gid: 0, umask },
    });
    return this.#rootFiles;
  }

  /** The working directory of a process, as far as it still has a name. */
  cwdOf(slot: number): string | undefined {
    return workingDirectoryOf(this.files.volume, slot);
  }

  /** The process is over: it changes nothing any more, wherever its thread is. */
  kill(slot: number): void {
    markKilled(this.files.volume, slot);
  }

  /** The process has ended by itself; so will its thread. */
  ending(slot: number): void {
    markEnding(this.files.volume, slot);
  }

  /** Whether the process is inside a change of the file system: its thread had better not be ended now. */
  holdsLock(slot: number): boolean {
    return holdsLock(this.files.volume, slot);
  }

  /**
   * After its thread has ended: its locks, transactions and open files. Several may have ended at once, each known to be
   * dead only when its turn comes: what one needs of another is waited for here, not in the file system.
   */
  async reap(slot: number): Promise<void> {
    while (!this.#abandoned && !reap(this.files.volume, slot).buried) {
      await new Promise((resolve) => setTimeout(resolve, BURIAL_RETRY_MS));
    }
  }

  /** The memory is about to go, and nothing of it is kept: what its processes have left in it is nobody's concern. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Gives another process a reference to an open file. → 0 or -errno */
  share(ofd: number, slot: number): number {
    return this.files.share(ofd, slot);
  }
}
