const NAMES = ['files', 'editor', 'preview'] as const;
export type PaneName = (typeof NAMES)[number];
const LABELS: Readonly<Record<PaneName, string>> = { files: 'Files', editor: 'Editor', preview: 'Preview' };

/** In a narrow window one pane stands above the terminal: which, its tabs tell. A wide one shows all (style.css). */
export class Panes {
  readonly #main: HTMLElement;
  readonly #tabs = new Map<PaneName, HTMLButtonElement>();

  constructor(bar: HTMLElement, main: HTMLElement) {
    this.#main = main;
    for (const name of NAMES) {
      const tab = document.createElement('button');
      tab.type = 'button';
      tab.textContent = LABELS[name];
      tab.setAttribute('role', 'tab');
      tab.addEventListener('click', () => this.show(name));
      this.#tabs.set(name, tab);
    }
    bar.append(...this.#tabs.values());
    bar.addEventListener('keydown', (event) => this.#move(event));
    this.setAvailable('preview', false);
    this.show('editor');
  }

  show(name: PaneName): void {
    this.#main.dataset['pane'] = name;
    for (const [each, tab] of this.#tabs) {
      tab.setAttribute('aria-selected', String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
    }
  }

  /** A pane with nothing in it has no tab; the one that is shown then is the editor. */
  setAvailable(name: PaneName, isAvailable: boolean): void {
    const tab = this.#tabs.get(name);
    if (tab !== undefined) tab.hidden = !isAvailable;
    if (!isAvailable && this.#main.dataset['pane'] === name) this.show('editor');
  }

  #move({ key }: KeyboardEvent): void {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    const there = NAMES.filter((name) => this.#tabs.get(name)?.hidden === false);
    const next = there[there.findIndex((name) => name === this.#main.dataset['pane']) + step];
    if (step === 0 || next === undefined) return;
    this.show(next);
    this.#tabs.get(next)?.focus();
  }
}
