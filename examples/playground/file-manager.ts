import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { button } from './buttons.ts';
import { ask } from './dialogs.ts';
import type { FileTree, Selected } from './file-tree.ts';

const REVOKE_AFTER_MS = 60_000;

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

export interface FileManagerHost {
  readonly container: OpenAgentsContainer;
  readonly tree: FileTree;
  open(path: string): void;
  /** Before files are read: what is typed is saved. */
  settle(): Promise<void>;
  /** The file is not there any more under this name. */
  gone(path: string, renamedTo?: string): void;
  report(text: string): void;
}

/** What one does with files: buttons above the tree, keys in it, and files dropped on it. */
export class FileManager {
  readonly #host: FileManagerHost;
  readonly #ofSelection: HTMLButtonElement[];

  constructor(bar: HTMLElement, pane: HTMLElement, host: FileManagerHost) {
    this.#host = host;
    const act = (work: () => Promise<void>) => (): void => void this.#attempt(work);
    this.#ofSelection = [
      button(
        { icon: 'rename' },
        'Rename the selected file or folder (F2)',
        act(() => this.rename()),
      ),
      button(
        { icon: 'remove' },
        'Delete the selected file or folder (Delete)',
        act(() => this.remove()),
      ),
    ];
    bar.append(
      button(
        { icon: 'newFile' },
        'New file',
        act(() => this.#create('file')),
      ),
      button(
        { icon: 'newFolder' },
        'New folder',
        act(() => this.#create('folder')),
      ),
      button(
        { icon: 'upload' },
        'Upload files',
        act(() => this.#upload()),
      ),
      button(
        { icon: 'download' },
        'Download the selected file, or the project as zip',
        act(() => this.#download()),
      ),
      ...this.#ofSelection,
      button(
        { icon: 'backup' },
        'Back up the project as tar.gz',
        act(() => this.#backup()),
      ),
    );
    this.selected(undefined);
    pane.addEventListener('keydown', ({ key }) => {
      if (key === 'F2') act(() => this.rename())();
      if (key === 'Delete') act(() => this.remove())();
    });
    this.#takeDrops(pane);
  }

  /** Buttons that want a selection have one, or not. */
  selected(selected: Selected | undefined): void {
    for (const one of this.#ofSelection) one.disabled = selected === undefined;
  }

  async rename(): Promise<void> {
    const { tree, container } = this.#host;
    const { selected } = tree;
    if (selected === undefined) return;
    const fields = [{ name: 'path', label: 'New name', value: selected.path }];
    const answer = await ask({ title: `Rename ${baseName(selected.path)}`, fields, agree: 'Rename' });
    const path = answer?.['path'];
    if (path === undefined || path === selected.path) return;
    if (await this.#exists(path)) throw new Error(`${path} is there already`);
    await this.#host.settle();
    if (parentOf(path) !== '') await container.fs.mkdir(parentOf(path), { recursive: true });
    await container.fs.rename(selected.path, path);
    this.#host.gone(selected.path, path);
    await tree.reveal({ ...selected, path });
  }

  async remove(): Promise<void> {
    const { tree, container } = this.#host;
    const { selected } = tree;
    if (selected === undefined) return;
    const what = selected.isFolder ? 'folder, and all that is in it' : 'file';
    const answer = await ask({
      title: `Delete ${selected.path}?`,
      text: `The ${what} will be gone: there is no undo.`,
      agree: 'Delete',
      danger: true,
    });
    if (answer === undefined) return;
    await container.fs.rm(selected.path, { recursive: true });
    this.#host.gone(selected.path);
    await tree.refresh();
  }

  /** The folder that new things go into: the selected one, or that of the selected file. */
  get #folder(): string {
    const { selected } = this.#host.tree;
    if (selected === undefined) return '';
    return selected.isFolder ? selected.path : parentOf(selected.path);
  }

  async #create(kind: 'file' | 'folder'): Promise<void> {
    const { container, tree } = this.#host;
    const value = this.#folder === '' ? '' : `${this.#folder}/`;
    const fields = [{ name: 'path', label: 'Name', value }];
    const answer = await ask({ title: `New ${kind}`, fields, agree: 'Create' });
    const path = answer?.['path']?.replace(/\/+$/, '');
    if (path === undefined || path === '') return;
    if (await this.#exists(path)) throw new Error(`${path} is there already`);
    const folder = kind === 'folder' ? path : parentOf(path);
    if (folder !== '') await container.fs.mkdir(folder, { recursive: true });
    if (kind === 'file') await container.fs.writeFile(path, '');
    await tree.reveal({ path, isFolder: kind === 'folder' });
    if (kind === 'file') this.#host.open(path);
  }

  async #exists(path: string): Promise<boolean> {
    const names = await this.#host.container.fs.readdir(parentOf(path) || '.').catch(() => [] as string[]);
    return names.includes(baseName(path));
  }

  async #upload(): Promise<void> {
    const names = await this.#host.container.actions.upload(this.#absoluteFolder);
    if (names.length > 0)
      this.#host.report(`${names.length === 1 ? names[0] : `${names.length} files`} uploaded`);
  }

  get #absoluteFolder(): string {
    return join(this.#host.container.workdir, this.#folder).replace(/\/$/, '');
  }

  /** A file as it is; a folder, or the project, as a zip. */
  async #download(): Promise<void> {
    const { container, tree } = this.#host;
    await this.#host.settle();
    const { selected } = tree;
    if (selected !== undefined && !selected.isFolder) {
      save(baseName(selected.path), new Blob([await container.fs.readFile(selected.path)]));
      return;
    }
    const path = selected?.path ?? '.';
    const zip = await container.export(path, { format: 'zip' });
    save(`${baseName(selected?.path ?? container.workdir)}.zip`, new Blob([zip]));
  }

  async #backup(): Promise<void> {
    const { container } = this.#host;
    await this.#host.settle();
    const tar = await container.export('.', { format: 'tar' });
    const packed = new Blob([tar]).stream().pipeThrough(new CompressionStream('gzip'));
    save(`${baseName(container.workdir)}.tar.gz`, await new Response(packed).blob());
  }

  #takeDrops(pane: HTMLElement): void {
    const mark = (on: boolean): void => void pane.classList.toggle('drop', on);
    pane.addEventListener('dragover', (event) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      mark(true);
    });
    pane.addEventListener('dragleave', () => mark(false));
    pane.addEventListener('drop', (event) => {
      event.preventDefault();
      mark(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      void this.#attempt(() => this.#store(files));
    });
  }

  async #store(files: readonly File[]): Promise<void> {
    const { container, report } = this.#host;
    for (const file of files)
      await container.fs.writeFile(join(this.#folder, file.name), new Uint8Array(await file.arrayBuffer()));
    if (files.length > 0) report(`${files.length === 1 ? files[0]?.name : `${files.length} files`} added`);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#host.report(error instanceof Error ? error.message : String(error));
    }
  }
}

function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
