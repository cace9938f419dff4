import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { ContainerProcess, OpenAgentsContainer } from '../../container-api/index.ts';
import { LineEditor } from './line-editor.ts';
import { splitWords } from './words.ts';

const WELCOME =
  'Node.js runs in this page. Try \u001b[1mnode hello.js\u001b[0m, or \u001b[1mhelp\u001b[0m.\r\n\r\n';
const HELP = [
  'Each line is one command, run as a process of the container: node script.js, node -e "code", …',
  'Ctrl+C interrupts it, Ctrl+D ends its input. clear empties this terminal.',
  '',
].join('\r\n');
const red = (text: string): string => `\u001b[38;5;203m${text}\u001b[0m\r\n`;

/** The terminal pane: a prompt that runs one command at a time in the container. */
export class TerminalPane {
  readonly #terminal: Terminal;
  readonly #container: OpenAgentsContainer;
  readonly #editor: LineEditor;
  readonly #around: { before(): Promise<void>; after(): Promise<void> };
  #running: { process: ContainerProcess; input: WritableStreamDefaultWriter<string> } | undefined;

  /** `around.before` runs before each command (unsaved files), `around.after` when it has ended (the file tree). */
  constructor(
    parent: HTMLElement,
    container: OpenAgentsContainer,
    around: { before(): Promise<void>; after(): Promise<void> },
  ) {
    this.#container = container;
    this.#around = around;
    this.#terminal = new Terminal({
      convertEol: true,
      cursorBlink: true,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
      fontSize: 13,
      theme: { background: '#101216', foreground: '#d7dae0' },
    });
    const fit = new FitAddon();
    this.#terminal.loadAddon(fit);
    this.#terminal.open(parent);
    fit.fit();
    new ResizeObserver(() => fit.fit()).observe(parent);
    this.#editor = new LineEditor(this.#terminal, (line) => void this.#enter(line));
    this.#terminal.onData((data) => {
      if (this.#running === undefined) this.#editor.type(data);
      else this.#toProcess(data);
    });
    this.#terminal.write(WELCOME);
    this.#editor.start();
  }

  focus(): void {
    this.#terminal.focus();
  }

  async #enter(line: string): Promise<void> {
    const words = splitWords(line);
    const [command, ...args] = words ?? [];
    if (words === undefined) this.#terminal.write(red('A quote is not closed.'));
    else if (command === 'help') this.#terminal.write(HELP);
    else if (command === 'clear') this.#terminal.clear();
    else if (command !== undefined) await this.#run(command, args);
    this.#editor.start();
  }

  async #run(command: string, args: string[]): Promise<void> {
    await this.#around.before();
    try {
      const process = await this.#container.spawn(command, args, { env: { FORCE_COLOR: '1' } });
      this.#running = { process, input: process.input.getWriter() };
      this.#running.input.closed.catch(() => undefined);
      for await (const chunk of process.output) {
        await new Promise<void>((resolve) => this.#terminal.write(chunk, resolve));
      }
      const code = await process.exit;
      if (code !== 0) this.#terminal.write(red(`exit code ${code}`));
    } catch (error) {
      this.#terminal.write(red(error instanceof Error ? error.message : String(error)));
    } finally {
      this.#running = undefined;
      await this.#around.after();
    }
  }

  /** Without a terminal device in between, the keys that a line discipline would act on are acted on here. */
  #toProcess(data: string): void {
    if (this.#running === undefined) return;
    const { process, input } = this.#running;
    const ignore = (): undefined => undefined;
    if (data === '\u0003') {
      this.#terminal.write('^C\r\n');
      process.kill('SIGINT');
    } else if (data === '\u0004') input.close().catch(ignore);
    else {
      const text = data.replaceAll('\r', '\n');
      this.#terminal.write(text);
      input.write(text).catch(ignore);
    }
  }
}
