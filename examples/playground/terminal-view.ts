import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { OpenAgentsContainer } from '../../container-api/index.ts';

const WELCOME =
  'Node.js runs in this page. Try \u001b[1mnode hello.js\u001b[0m, or \u001b[1mls\u001b[0m.\r\n\r\n';

/** One terminal: an xterm wired to a shell of its own in the container. */
export class TerminalView {
  readonly element = document.createElement('div');
  /** Resolves when the shell has ended, or could not start. */
  readonly ended: Promise<void>;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #resized = new ResizeObserver(() => this.#fitIfShown());
  #close: () => void = () => undefined;

  constructor(parent: HTMLElement, container: OpenAgentsContainer, options: { welcome: boolean }) {
    this.element.className = 'terminal-view';
    parent.append(this.element);
    this.#terminal = new Terminal({
      cursorBlink: true,
      scrollback: 5000,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
      fontSize: 13,
      theme: { background: '#101216', foreground: '#d7dae0' },
    });
    for (const addon of [this.#fit, this.#search, new WebLinksAddon()]) this.#terminal.loadAddon(addon);
    this.#terminal.open(this.element);
    this.#terminal.attachCustomKeyEventHandler((event) => !this.#copies(event));
    this.#fitIfShown();
    this.#resized.observe(this.element);
    if (options.welcome) this.#terminal.write(WELCOME);
    this.ended = this.#run(container);
  }

  focus(): void {
    this.#terminal.focus();
  }

  find(text: string): void {
    if (text === '') this.#search.clearDecorations();
    else this.#search.findPrevious(text);
  }

  /** Hangs up: the shell gets SIGHUP. */
  close(): void {
    this.#close();
    this.#resized.disconnect();
    this.#terminal.dispose();
    this.element.remove();
  }

  async #run(container: OpenAgentsContainer): Promise<void> {
    try {
      const session = await container.openTerminal(this.#terminal);
      this.#close = () => session.close();
      await session.exit;
    } catch (error) {
      this.#terminal.write(
        `\u001b[31m${error instanceof Error ? error.message : String(error)}\u001b[0m\r\n`,
      );
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
