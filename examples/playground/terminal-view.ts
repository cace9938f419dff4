import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { colours, onColours } from './colours.ts';

export interface TerminalViewOptions {
  /** Written before the first prompt. */
  readonly greeting: string;
  /** What runs; the shell when left out. */
  readonly command?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  openLink(url: string): void;
  /** The program names its window (OSC 0 and 2). */
  titled(title: string): void;
}

/** Of text to its ground, by WCAG 2 AA. */
const READABLE_CONTRAST = 4.5;

/** One terminal: an xterm wired to a shell of its own in the container. */
export class TerminalView {
  readonly element = document.createElement('div');
  /** Resolves when the shell has ended, or could not start. */
  readonly ended: Promise<void>;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #resized = new ResizeObserver(() => this.#fitIfShown());
  readonly #unthemed = onColours(({ terminal }) => (this.#terminal.options.theme = terminal));
  #close: () => void = () => undefined;

  constructor(parent: HTMLElement, container: OpenAgentsContainer, options: TerminalViewOptions) {
    this.element.className = 'terminal-view';
    parent.append(this.element);
    this.#terminal = new Terminal({
      cursorBlink: true,
      allowProposedApi: true,
      scrollback: 5000,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
      fontSize: 13,
      // Links that a program names itself (OSC 8); xterm would ask, and open them outside of the preview.
      linkHandler: { activate: (_event, url) => options.openLink(url) },
      theme: colours().terminal,
      // Programs choose colours for the ground that they expect.
      minimumContrastRatio: READABLE_CONTRAST,
    });
    for (const addon of [this.#fit, this.#search, new WebLinksAddon((_, url) => options.openLink(url))])
      this.#terminal.loadAddon(addon);
    this.#terminal.open(this.element);
    this.#terminal.attachCustomKeyEventHandler((event) => !this.#copies(event));
    this.#fitIfShown();
    this.#resized.observe(this.element);
    if (options.greeting !== '') this.#terminal.write(options.greeting);
    this.#terminal.onTitleChange((title) => options.titled(title));
    this.ended = this.#run(container, options);
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Marks all places, and goes to the next one up or down from the last. → whether there is any */
  find(text: string, direction: 'up' | 'down'): boolean {
    this.#search.clearDecorations();
    if (text === '') return true;
    const options = { decorations: colours().found };
    return direction === 'up'
      ? this.#search.findPrevious(text, options)
      : this.#search.findNext(text, options);
  }

  /** Hangs up: the shell gets SIGHUP. */
  close(): void {
    this.#close();
    this.#resized.disconnect();
    this.#unthemed();
    this.#terminal.dispose();
    this.element.remove();
  }

  async #run(container: OpenAgentsContainer, { command: words, cwd }: TerminalViewOptions): Promise<void> {
    const [command, ...args] = words ?? [];
    try {
      const session = await container.openTerminal(this.#terminal, {
        ...(command === undefined ? {} : { command, args }),
        ...(cwd === undefined ? {} : { cwd }),
      });
      this.#close = () => session.close();
      await session.exit;
    } catch (error) {
      this.#terminal.write(
        `\u001b[31m${error instanceof Error ? error.message : String(error)}\u001b[0m\r\n`,
      );
      // To be read before the window closes.
      await new Promise<void>((resolve) => this.#terminal.onKey(() => resolve()));
    }
  }

  #fitIfShown(): void {
    if (this.element.offsetParent !== null) this.#fit.fit();
  }

  /** Ctrl+Shift+C copies what is selected; Ctrl+C belongs to the program. Pasting is the browser's. */
  #copies(event: KeyboardEvent): boolean {
    const wanted = event.ctrlKey && event.shiftKey && event.code === 'KeyC';
    if (wanted && event.type === 'keydown' && this.#terminal.hasSelection()) {
      event.preventDefault();
      void navigator.clipboard.writeText(this.#terminal.getSelection());
    }
    return wanted;
  }
}
