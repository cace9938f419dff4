import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { TerminalView } from './terminal-view.ts';

interface Tab {
  readonly label: HTMLButtonElement;
  readonly body: HTMLElement;
  readonly views: Set<TerminalView>;
  last: TerminalView | undefined;
}

function button(text: string, title: string, click: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.title = title;
  made.setAttribute('aria-label', title);
  made.addEventListener('click', click);
  return made;
}

/** Terminals in tabs; a tab may be split. There is always one: when the last shell ends, another starts. */
export class TerminalPanel {
  readonly #container: OpenAgentsContainer;
  readonly #bodies = document.createElement('div');
  readonly #labels = document.createElement('div');
  readonly #find = document.createElement('input');
  readonly #tabs: Tab[] = [];
  #shown: Tab | undefined;
  #count = 0;

  constructor(parent: HTMLElement, container: OpenAgentsContainer) {
    this.#container = container;
    const bar = document.createElement('div');
    bar.className = 'terminal-bar';
    this.#labels.className = 'terminal-labels';
    this.#labels.setAttribute('role', 'tablist');
    this.#bodies.className = 'terminal-bodies';
    this.#find.type = 'search';
    this.#find.placeholder = 'Find';
    this.#find.setAttribute('aria-label', 'Find in the terminal');
    this.#find.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') this.#shown?.last?.find(this.#find.value);
      if (key === 'Escape') this.focus();
    });
    bar.append(
      this.#labels,
      button('+', 'New terminal', () => this.open()),
      button('◫', 'Split the terminal', () => this.split()),
      button('×', 'Close the terminal', () => this.#shown?.last && this.#end(this.#shown, this.#shown.last)),
      this.#find,
    );
    parent.append(bar, this.#bodies);
    this.open();
  }

  focus(): void {
    this.#shown?.last?.focus();
  }

  /** A new tab with a shell of its own. */
  open(): void {
    const body = document.createElement('div');
    body.className = 'terminal-body';
    const label = button(`sh ${++this.#count}`, 'Double-click to rename', () => this.#show(tab));
    label.setAttribute('role', 'tab');
    const tab: Tab = { label, body, views: new Set(), last: undefined };
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
      welcome: this.#count === 1 && tab.views.size === 0,
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
    const done = (): void => {
      if (field.value.trim() !== '') tab.label.textContent = field.value.trim();
      field.replaceWith(tab.label);
      this.focus();
    };
    field.addEventListener('blur', done, { once: true });
    field.addEventListener('keydown', ({ key }) => key === 'Enter' && field.blur());
    tab.label.replaceWith(field);
    field.select();
  }
}
