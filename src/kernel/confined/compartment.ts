/**
 * The kernel of programs that see only some of the container's files. They share no memory with any other program: it
 * has memories of its own for pipes, terminals and calls and for a small tree of its own, in which the system's files are
 * and the container's folders are mounted as views that check each call. What they start is started here, so it has at
 * most what they have. Only what the page is told, numbers of processes and servers' ports leave it.
 */
import { attach } from '../../../vfs/attach.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import { CONFINED_STORAGE_BYTES } from '../../base/limits.ts';
import type { KernelEvent } from '../../protocol/container.ts';
import { USER } from '../files/base-tree.ts';
import type { Confinement } from '../confinement.ts';
import { Kernel } from '../kernel.ts';
import type { CallQueue } from '../files/mounts.ts';
import { SystemVolume } from '../files/volume.ts';
import type { FileGrants } from './grants.ts';
import { marksOf, type NoPlace, topOf } from './places.ts';
import { FilePolicy } from './policy.ts';
import { ConfinedProgramFiles } from './program-files.ts';
import { FilesView } from './view.ts';
import { FolderWatch } from './folder-watch.ts';

/** The record of all compartments in the container's tree, below those of its kernel. */
const VIEW_SLOT = 1020;

export interface CompartmentHost {
  /** The container's own kernel. */
  readonly container: Kernel;
  /** The container's files, whose calls follow no links. */
  readonly files: FileSystem;
  readonly hasSpares: boolean;
  /**
   * Of the views of a folder, by the folder of the root that it lies in: a walk and the call that it is for are one turn,
   * so no other program of any compartment makes something else of the path between the two, in what is mounted either.
   */
  queueOf(top: string): CallQueue;
  hasRoom(): boolean;
  emit(event: KernelEvent): void;
}

/** The files of the container as every compartment is given them. */
export function filesForViews({ volume }: Kernel): FileSystem {
  const credentials = { uid: USER.uid, gid: USER.gid, groups: [USER.gid], umask: 0 };
  return attach(volume.memory, { processSlot: VIEW_SLOT, credentials, followsLinks: false });
}

export class Compartment {
  readonly kernel: Kernel;
  readonly #watches: readonly FolderWatch[];

  private constructor(kernel: Kernel, watches: readonly FolderWatch[]) {
    this.kernel = kernel;
    this.#watches = watches;
  }

  /** → why there is none: a grant that leads nowhere */
  static async open(host: CompartmentHost, wanted: FileGrants): Promise<Compartment | NoPlace> {
    const { container, files } = host;
    const marks = marksOf(files, wanted);
    if ('errno' in marks) return marks;
    const { store: _store, snapshot: _snapshot, ...same } = container.options;
    const storageBytes = Math.min(same.limits.storageBytes, CONFINED_STORAGE_BYTES);
    const options = { ...same, limits: { ...same.limits, storageBytes }, isChild: true };
    const ignored = (): void => undefined;
    const volume = await SystemVolume.open(options, ignored, ignored);
    const tell = (message: string): void => host.emit({ type: 'error', message });
    const policy = new FilePolicy(wanted, tell);
    const confinement: Confinement = {
      programFiles: new ConfinedProgramFiles({ own: volume.files, container: files, policy, marks }),
      granted: { read: [...wanted.read], write: [...wanted.write] },
      hasSpares: host.hasSpares,
      relay: () => container.relay,
      hasRoom: () => host.hasRoom(),
    };
    const emit = (event: KernelEvent): void => host.emit(event);
    const { numbers } = container.table;
    const kernel = new Kernel(options, volume, container.libraryFiles, emit, { confinement, numbers });
    return new Compartment(kernel, mountViews(kernel, host, policy, marks));
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    await this.kernel.shutdown();
  }
}

function mountViews(
  { volume, trees }: Kernel,
  { container, files, queueOf }: CompartmentHost,
  policy: FilePolicy,
  marks: readonly string[],
): FolderWatch[] {
  const must = (result: number, path: string): void => {
    if (result < 0) throw new Error(`compartment: ${path}: errno ${-result}`);
  };
  return marks.map((path) => {
    const watch = new FolderWatch(path, files, volume.files, policy);
    const view = new FilesView(path, {
      files,
      policy,
      mountAt: (at) => container.trees.mounts.shareAt(at),
      onWatch: () => watch.begin(),
    });
    must(volume.makeMountPoint(path), path);
    must(
      volume.files.mountAt(
        path,
        trees.mounts.add({ path, source: path, type: 'view' }, view, queueOf(topOf(path))),
      ),
      path,
    );
    return watch;
  });
}
