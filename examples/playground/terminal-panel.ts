import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { button } from './buttons.ts';
import { TerminalView } from './terminal-view.ts';

export interface TerminalPanelOptions {
  /** What the first terminal shows at its top. */
  readonly greeting: string;
  openLink(url: string): void;
}

export interface WindowOptions {
  readonly command?: readonly string[];
  readonly cwd?: string;
  readonly name?: string;
}

interface Tab {
  readonly options: WindowOptions;
  /** The user's name for it stays. */
  isNamed: boolean;
  readonly label: HTMLButtonElement;
  readonly body: HTMLElement;
  readonly views: Set<TerminalView>;
  last: TerminalView | undefined;
}

/** Terminals in tabs; a tab may be split. There is always one: when the last shell ends, another starts. */
export class TerminalPanel {
  readonly #container: OpenAgentsContainer;
  readonly #bodies = document.createElement('div');
  readonly #labels = document.createElement('div');
  readonly #find = document.createElement('input');
  readonly #tabs: Tab[] = [];
  readonly #options: TerminalPanelOptions;
  #shown: Tab | undefined;
  #count = 0;

  constructor(parent: HTMLElement, container: OpenAgentsContainer, options: TerminalPanelOptions) {
    this.#container = container;
    this.#options = options;
    const bar = document.createElement('div');
    bar.className = 'terminal-bar';
    this.#labels.className = 'terminal-labels';
    this.#labels.setAttribute('role', 'tablist');
    this.#bodies.className = 'terminal-bodies';
    this.#find.type = 'search';
    this.#find.placeholder = 'Find';
    this.#find.setAttribute('aria-label', 'Find in the terminal');
    this.#find.addEventListener('keydown', ({ key, shiftKey }) => {
      if (key === 'Escape') {
        this.#find.value = '';
        this.#search('up');
        this.focus();
      }
      if (key === 'Enter') this.#search(shiftKey ? 'down' : 'up');
    });
    this.#find.addEventListener('input', () => this.#search('up'));
    this.#labels.addEventListener('keydown', (event) => this.#moveAmongTabs(event));
    bar.append(
      this.#labels,
      button({ icon: 'add' }, 'New terminal', () => this.open()),
      button({ icon: 'rename' }, 'Rename the terminal', () => this.#shown && this.#rename(this.#shown)),
      button({ icon: 'split' }, 'Split the terminal', () => this.split()),
      button(
        { icon: 'close' },
        'Close the terminal',
        () => this.#shown?.last && this.#end(this.#shown, this.#shown.last),
      ),
      this.#find,
    );
    parent.append(bar, this.#bodies);
    this.open();
  }

  focus(): void {
    this.#shown?.last?.focus();
  }

  /** Of the tabs, as they are shown. */
  get names(): string[] {
    return this.#tabs.map(({ label }) => label.textContent);
  }

  #search(direction: 'up' | 'down'): void {
    const found = this.#shown?.last?.find(this.#find.value, direction) ?? true;
    this.#find.setAttribute('aria-invalid', String(!found));
  }

  #moveAmongTabs({ key, target }: KeyboardEvent): void {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    const at = this.#tabs.findIndex(({ label }) => label === target);
    const next = step === 0 || at < 0 ? undefined : this.#tabs[at + step];
    if (next === undefined) return;
    this.#show(next);
    next.label.focus();
  }

  /** A new tab with a shell of its own, or the command. */
  open(options: WindowOptions = {}): void {
    const body = document.createElement('div');
    body.className = 'terminal-body';
    const [program = '/bin/sh', ...args] = options.command ?? [];
    const name = options.name ?? [program.slice(program.lastIndexOf('/') + 1), ...args].join(' ');
    const label = button(`${name} ${++this.#count}`, 'Double-click to rename', () => this.#show(tab));
    label.removeAttribute('aria-label');
    label.setAttribute('role', 'tab');
    const tab: Tab = { options, isNamed: false, label, body, views: new Set(), last: undefined };
    label.addEventListener('dblclick', () => this.#rename(tab));
    this.#tabs.push(tab);
    this.#labels.append(label);
    this.#bodies.append(body);
    this.#show(tab);
    this.#add(tab);
  }

  /** Another shell beside those of the shown tab. */
  split(): void {
    if (this.#shown !== undefined) this.#add(this.#shown);
  }

  #add(tab: Tab): void {
    const view = new TerminalView(tab.body, this.#container, {
      greeting: this.#count === 1 && tab.views.size === 0 ? this.#options.greeting : '',
      command: tab.options.command,
      cwd: tab.options.cwd,
      openLink: (url) => this.#options.openLink(url),
      titled: (title) => {
        if (!tab.isNamed && title !== '') tab.label.textContent = title;
      },
    });
    tab.views.add(view);
    tab.last = view;
    view.element.addEventListener('focusin', () => (tab.last = view));
    void view.ended.then(() => this.#end(tab, view));
    view.focus();
  }

  #end(tab: Tab, view: TerminalView): void {
    if (!tab.views.delete(view)) return;
    view.close();
    tab.last = [...tab.views].at(-1);
    if (tab.last === undefined) {
      tab.label.remove();
      tab.body.remove();
      this.#tabs.splice(this.#tabs.indexOf(tab), 1);
      const next = this.#tabs.at(-1);
      if (next === undefined) this.open();
      else if (this.#shown === tab) this.#show(next);
    }
    this.focus();
  }

  #show(tab: Tab): void {
    this.#shown = tab;
    for (const each of this.#tabs) {
      each.body.hidden = each !== tab;
      each.label.setAttribute('aria-selected', String(each === tab));
    }
    this.focus();
  }

  #rename(tab: Tab): void {
    const field = document.createElement('input');
    field.value = tab.label.textContent;
    field.size = Math.max(6, field.value.length);
    let keeps = true;
    const done = (): void => {
      if (keeps && field.value.trim() !== '') {
        tab.label.textContent = field.value.trim();
        tab.isNamed = true;
      }
      field.replaceWith(tab.label);
      this.focus();
    };
    field.addEventListener('blur', done, { once: true });
    field.setAttribute('aria-label', 'Name of the terminal');
    field.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') keeps = false;
      if (key === 'Enter' || key === 'Escape') field.blur();
    });
    tab.label.replaceWith(field);
    field.select();
  }
}
