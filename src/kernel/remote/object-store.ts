/**
 * The project folder and its copy in the object store. Contents go between this browser and the store; the runtime takes
 * them from there into its workspace, and puts its own there. A file's key is the project's name, or the folder's that
 * `remote.folder` names, and its path.
 */
import { Errno } from '../../base/errno.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import type {
  RemoteObject,
  RemoteTransfer,
  RemoteTransferOptions,
  RemoteTransferReport,
  SyncDirection,
} from '../../protocol/remote.ts';
import { excludes } from '../../protocol/runtime/excludes.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { RemoteError } from '../../remote/errors.ts';
import type { Agreed } from '../../remote/s3/plan.ts';
import { RemoteStore } from '../../remote/s3/store.ts';
import { Transfer } from '../../remote/s3/transfer.ts';
import type { LocalTree } from '../../remote/sync.ts';
import { USER } from '../files/base-tree.ts';

const STATE_FOLDERS = [`${USER.home}/.local`, `${USER.home}/.local/state`, `${USER.home}/.local/state/mhnos`];
const O_WRONLY_CREAT_TRUNC = 0o1 | 0o100 | 0o1000;
const PRIVATE_MODE = 0o600;
const FOLDER_MODE = 0o755;
const NAME_BYTES = 8;

export interface ObjectStoreHost {
  readonly files: FileSystem;
  readonly workdir: string;
  readonly connection: RemoteConnection;
  readonly tree: LocalTree;
  readonly excludes: readonly string[];
  /** Of the runtime's workspace. */
  readonly folder: string;
  readonly ownsFolder: boolean;
}

export class ContainerStore {
  readonly store: RemoteStore;
  readonly #host: ObjectStoreHost;
  readonly #keyPrefix: string;

  constructor(host: ObjectStoreHost) {
    this.#host = host;
    this.store = new RemoteStore(host.connection);
    const { workdir, folder, ownsFolder } = host;
    // The folder of a container's own has another name each time; in the store the project is found again.
    const name = ownsFolder ? workdir.slice(workdir.lastIndexOf('/') + 1) : folder;
    this.#keyPrefix = name === '' ? '' : `${name}/`;
  }

  /** A key or prefix as commands say it: below the project's folder of the store; with a leading `/`, from the bucket's top. */
  key(word: string): string {
    return word.startsWith('/') ? word.slice(1) : this.#keyPrefix + word;
  }

  async list(prefix: string): Promise<RemoteObject[]> {
    const objects: RemoteObject[] = [];
    for await (const object of this.store.list(this.key(prefix))) {
      objects.push({ ...object, key: this.#word(object.key, prefix) });
    }
    return objects;
  }

  /** Moves what changed. The runtime's workspace comes first when objects are pulled, and last when files were pushed. */
  async transfer(
    direction: SyncDirection,
    { path = '', excludes: more = [] }: RemoteTransferOptions,
    progress: (progress: RemoteTransfer) => void,
  ): Promise<RemoteTransferReport> {
    await this.store.check();
    const { folder, tree } = this.#host;
    const patterns = [...this.#host.excludes, ...more];
    const there = { root: folder, keyPrefix: this.#keyPrefix, prefix: path, excludes: patterns };
    const before = direction === 'push' ? undefined : await this.store.moveInRuntime('push', there);
    const agreed = await this.#load();
    const options = { keyPrefix: this.#keyPrefix, path, excluded: excludes(patterns), agreed, progress };
    const report = await new Transfer(this.store, tree, options)
      .run(direction)
      .finally(() => this.#save(agreed));
    const after = direction === 'pull' ? undefined : await this.store.moveInRuntime('pull', there);
    for (const moved of [before, after]) {
      report.conflicts.push(...(moved?.conflicts ?? []));
      report.errors.push(...(moved?.errors ?? []));
    }
    return report;
  }

  #word(key: string, asked: string): string {
    if (asked.startsWith('/')) return `/${key}`;
    return key.slice(this.#keyPrefix.length);
  }

  async #load(): Promise<Map<string, Agreed>> {
    const bytes = this.#host.files.readFile(await this.#stateFile());
    if (typeof bytes === 'number') return new Map();
    try {
      return new Map(JSON.parse(new TextDecoder().decode(bytes)) as [string, Agreed][]);
    } catch {
      return new Map(); // unreadable: then what differs is a conflict, and nothing is lost
    }
  }

  async #save(agreed: ReadonlyMap<string, Agreed>): Promise<void> {
    const { files } = this.#host;
    for (const folder of STATE_FOLDERS) {
      const made = files.mkdir(folder, FOLDER_MODE);
      if (made < 0 && made !== -Errno.EEXIST) return;
    }
    const file = await this.#stateFile();
    const bytes = new TextEncoder().encode(JSON.stringify([...agreed]));
    if (files.writeFile(`${file}.new`, bytes, O_WRONLY_CREAT_TRUNC, PRIVATE_MODE) >= 0)
      files.rename(`${file}.new`, file);
  }

  /** One for each store and folder in it. */
  async #stateFile(): Promise<string> {
    const { endpoint = '', bucket = '' } = await this.store.status();
    const name = new TextEncoder().encode([endpoint, bucket, this.#keyPrefix].join(' '));
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', name)).subarray(0, NAME_BYTES);
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${STATE_FOLDERS.at(-1)}/s3-${hex}.json`;
  }
}

/** The part of the project that a word of a command line means: absolute, or from the folder it was said in. */
export function projectPath(
  word: string,
  cwd: string,
  workdir: string,
  exists: (path: string) => boolean,
): string {
  const absolute = word.startsWith('/') ? word : `${cwd}/${word}`;
  const segments: string[] = [];
  for (const segment of absolute.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const path = `/${segments.join('/')}`;
  for (const root of [workdir, '/workspace']) {
    if (path === root) return '';
    if (path.startsWith(`${root}/`)) return path.slice(root.length + 1);
  }
  // The project is all of the workspace that there is: `/` and `/src` may be said from its top.
  if (path === '/') return '';
  if (exists(workdir + path)) return path.slice(1);
  throw new RemoteError(
    'EINVAL',
    `${word} is not in the project folder ${workdir}, which is what is kept on the runtime.`,
  );
}
