import { javascript } from '@codemirror/lang-javascript';
import { markdown } from '@codemirror/lang-markdown';
import { Compartment, EditorState } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import { colours, onColours } from './colours.ts';

/** How long after the last key a file is saved. */
const SAVE_DELAY_MS = 250;

function languageOf(path: string): Extension {
  if (/\.(js|mjs|cjs|jsx|json)$/.test(path)) return javascript({ jsx: path.endsWith('x') });
  if (/\.(ts|mts|cts|tsx)$/.test(path)) return javascript({ typescript: true, jsx: path.endsWith('x') });
  return path.endsWith('.md') ? markdown() : [];
}

/** The editor pane: one file at a time, saved as it is typed. */
export class Editor {
  readonly #view: EditorView;
  readonly #theme = new Compartment();
  readonly #save: (path: string, text: string) => Promise<void>;
  readonly #onState: (state: 'saved' | 'editing' | 'failed') => void;
  #path: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    parent: HTMLElement,
    save: (path: string, text: string) => Promise<void>,
    onState: (state: 'saved' | 'editing' | 'failed') => void,
  ) {
    this.#save = save;
    this.#onState = onState;
    this.#view = new EditorView({ parent, state: EditorState.create({ extensions: [this.#themed()] }) });
    onColours(({ editor }) => this.#view.dispatch({ effects: this.#theme.reconfigure(editor) }));
  }

  async open(path: string, text: string): Promise<void> {
    await this.flush();
    this.#path = path;
    this.#view.setState(
      EditorState.create({
        doc: text,
        extensions: [
          basicSetup,
          this.#themed(),
          languageOf(path),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.#changed();
          }),
        ],
      }),
    );
  }

  #themed(): Extension {
    return this.#theme.of(colours().editor);
  }

  focus(): void {
    this.#view.focus();
  }

  /** Shows nothing; what waits to be saved is of a file that is gone. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#path = undefined;
    this.#view.setState(
      EditorState.create({
        extensions: [this.#themed(), EditorState.readOnly.of(true), EditorView.editable.of(false)],
      }),
    );
  }

  /** Saves what waits to be saved: called before a command runs. */
  async flush(): Promise<void> {
    if (this.#timer === undefined || this.#path === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      await this.#save(this.#path, this.#view.state.doc.toString());
      this.#onState('saved');
    } catch {
      this.#onState('failed');
    }
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#onState('editing');
    this.#timer = setTimeout(() => void this.flush(), SAVE_DELAY_MS);
  }
}
