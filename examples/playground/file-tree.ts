import type { OpenAgentsContainer } from '../../container-api/index.ts';

const HIDDEN = new Set(['.git']);

/** The folder of the project as a tree of buttons; folders are read when they are opened. */
export class FileTree {
  readonly #root: HTMLElement;
  readonly #container: OpenAgentsContainer;
  readonly #open: (path: string) => void;
  readonly #expanded = new Set<string>();
  #current: string | undefined;

  constructor(root: HTMLElement, container: OpenAgentsContainer, open: (path: string) => void) {
    this.#root = root;
    this.#container = container;
    this.#open = open;
  }

  /** Reads the tree anew, with what was open still open. */
  async refresh(): Promise<void> {
    const list = await this.#list('', 0);
    list.className = 'tree';
    this.#root.replaceChildren(list);
  }

  select(path: string): void {
    this.#current = path;
    for (const button of this.#root.querySelectorAll('button')) {
      button.setAttribute('aria-current', String(button.dataset['path'] === path));
    }
  }

  async #list(folder: string, depth: number): Promise<HTMLUListElement> {
    const entries = await this.#container.fs.readdir(folder === '' ? '.' : folder, { withFileTypes: true });
    const list = document.createElement('ul');
    const rows = entries
      .filter((entry) => !HIDDEN.has(entry.name))
      .sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || a.name.localeCompare(b.name))
      .map((entry) =>
        this.#row(folder === '' ? entry.name : `${folder}/${entry.name}`, entry.isDirectory(), depth),
      );
    list.append(...(await Promise.all(rows)));
    return list;
  }

  async #row(path: string, isFolder: boolean, depth: number): Promise<HTMLLIElement> {
    const row = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = path.slice(path.lastIndexOf('/') + 1);
    button.dataset['path'] = path;
    button.style.setProperty('--depth', String(depth));
    button.setAttribute('aria-current', String(path === this.#current));
    row.append(button);
    if (!isFolder) {
      button.addEventListener('click', () => this.#open(path));
      return row;
    }
    const isOpen = this.#expanded.has(path);
    button.setAttribute('aria-expanded', String(isOpen));
    button.addEventListener('click', () => {
      if (!this.#expanded.delete(path)) this.#expanded.add(path);
      void this.refresh();
    });
    if (isOpen) row.append(await this.#list(path, depth + 1));
    return row;
  }
}
