import type { OpenAgentsContainer } from '../../container-api/index.ts';

const HIDDEN = new Set(['.git']);

export interface Selected {
  readonly path: string;
  readonly isFolder: boolean;
}

/** How a file stands to the external runtime's. */
export type SyncMark = 'changed here' | 'changed there' | 'changed on both sides';

export interface FileTreeEvents {
  /** A file was chosen. */
  open(path: string): void;
  /** Another file or folder is the selected one; undefined when it is gone. */
  select(selected: Selected | undefined): void;
}

/** The folder of the project as a tree of buttons; folders are read when they are opened. */
export class FileTree {
  readonly #root: HTMLElement;
  readonly #container: OpenAgentsContainer;
  readonly #events: FileTreeEvents;
  readonly #expanded = new Set<string>();
  #selected: Selected | undefined;
  #marks: ReadonlyMap<string, SyncMark> = new Map();
  /** Changes come while the tree is read: the newest reading wins. */
  #reading = 0;

  constructor(root: HTMLElement, container: OpenAgentsContainer, events: FileTreeEvents) {
    this.#root = root;
    this.#container = container;
    this.#events = events;
    root.addEventListener('keydown', (event) => this.#move(event));
  }

  get selected(): Selected | undefined {
    return this.#selected;
  }

  /** Reads the tree anew, with what was open still open. */
  async refresh(): Promise<void> {
    const reading = ++this.#reading;
    const list = await this.#list('', 0);
    if (reading !== this.#reading) return;
    list.className = 'tree';
    const focused = this.#root.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['path']
      : undefined;
    this.#root.replaceChildren(list.childElementCount > 0 ? list : emptyHint());
    if (focused !== undefined) this.#button(focused)?.focus();
    if (this.#selected !== undefined && this.#button(this.#selected.path) === null) this.select(undefined);
  }

  /** Which files are not the same on the external runtime. */
  mark(marks: ReadonlyMap<string, SyncMark>): void {
    this.#marks = marks;
    for (const button of this.#root.querySelectorAll('button')) this.#showMark(button);
  }

  #showMark(button: HTMLButtonElement): void {
    const path = button.dataset['path'] ?? '';
    const mark = this.#marks.get(path);
    button.title = mark === undefined ? path : `${path}: ${mark}, not synced`;
    if (mark === undefined) delete button.dataset['sync'];
    else button.dataset['sync'] = mark;
  }

  /** Marks it, and opens the folders above it. */
  select(selected: Selected | undefined): void {
    this.#selected = selected;
    for (const button of this.#root.querySelectorAll('button'))
      button.setAttribute('aria-current', String(button.dataset['path'] === selected?.path));
    this.#events.select(selected);
  }

  /** Shows what is in the folder of `path`. */
  async reveal(selected: Selected): Promise<void> {
    const parts = selected.path.split('/');
    for (let depth = 1; depth < parts.length; depth++) this.#expanded.add(parts.slice(0, depth).join('/'));
    await this.refresh();
    this.select(selected);
    this.#button(selected.path)?.focus();
  }

  #button(path: string): HTMLButtonElement | null {
    return this.#root.querySelector(`button[data-path="${CSS.escape(path)}"]`);
  }

  async #list(folder: string, depth: number): Promise<HTMLUListElement> {
    const list = document.createElement('ul');
    // It may be gone by the time that it is read.
    const entries = await this.#container.fs
      .readdir(folder === '' ? '.' : folder, { withFileTypes: true })
      .catch(() => []);
    const rows = entries
      .filter((entry) => !HIDDEN.has(entry.name))
      .sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || a.name.localeCompare(b.name))
      .map((entry) =>
        this.#row(
          { path: folder === '' ? entry.name : `${folder}/${entry.name}`, isFolder: entry.isDirectory() },
          depth,
        ),
      );
    list.append(...(await Promise.all(rows)));
    return list;
  }

  async #row(entry: Selected, depth: number): Promise<HTMLLIElement> {
    const { path, isFolder } = entry;
    const row = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = path.slice(path.lastIndexOf('/') + 1);
    button.dataset['path'] = path;
    this.#showMark(button);
    button.style.setProperty('--depth', String(depth));
    button.setAttribute('aria-current', String(path === this.#selected?.path));
    row.append(button);
    button.addEventListener('click', () => {
      this.select(entry);
      if (!isFolder) this.#events.open(path);
      else {
        if (!this.#expanded.delete(path)) this.#expanded.add(path);
        void this.refresh();
      }
    });
    if (!isFolder) return row;
    const isOpen = this.#expanded.has(path);
    button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) row.append(await this.#list(path, depth + 1));
    return row;
  }

  /** Up and down go through the rows, left and right close and open folders. */
  #move(event: KeyboardEvent): void {
    const buttons = [...this.#root.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const current = buttons[at];
    if (current === undefined) return;
    const expanded = current.getAttribute('aria-expanded');
    if (event.key === 'ArrowDown') buttons[at + 1]?.focus();
    else if (event.key === 'ArrowUp') buttons[at - 1]?.focus();
    else if (event.key === 'ArrowRight' && expanded === 'false') current.click();
    else if (event.key === 'ArrowLeft' && expanded === 'true') current.click();
    else return;
    event.preventDefault();
  }
}

function emptyHint(): HTMLElement {
  const hint = document.createElement('p');
  hint.className = 'hint';
  hint.textContent = 'No files yet. Make one, drop some here, or type in the terminal.';
  return hint;
}
