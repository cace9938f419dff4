import './style.css';
import { OpenAgentsContainer } from '../../container-api/index.ts';
import { Editor } from './editor.ts';
import { FileTree } from './file-tree.ts';
import { PreviewPane } from './preview.ts';
import { FIRST_FILE, sampleProject } from './sample-project.ts';
import { TerminalPanel } from './terminal-panel.ts';

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Changes come in bursts: the tree is read once for each. */
const TREE_DELAY_MS = 100;

const STATE_TEXT = { saved: 'saved', editing: '…', failed: 'not saved' };

async function start(status: HTMLElement): Promise<void> {
  const begin = performance.now();
  const container = await OpenAgentsContainer.boot({ workdirName: 'project' });
  status.textContent = `Booted in ${Math.round(performance.now() - begin)} ms`;
  await container.mount(sampleProject);

  new PreviewPane(element('preview'), container);
  const state = element('tab-state');
  const editor = new Editor(
    element('editor'),
    (path, text) => container.fs.writeFile(path, text),
    (next) => (state.textContent = STATE_TEXT[next]),
  );
  const open = async (path: string): Promise<void> => {
    await editor.open(path, await container.fs.readFile(path, 'utf-8'));
    element('tab-name').textContent = path;
    state.textContent = '';
    tree.select(path);
  };
  const tree = new FileTree(element('files'), container, (path) => void open(path));
  await tree.refresh();
  await open(FIRST_FILE);
  // Programs read what was typed here: it is saved when the focus leaves, not only after a pause.
  element('editor').addEventListener('focusout', () => void editor.flush());
  let isReading = false;
  container.fs.watch('.', { recursive: true }, () => {
    if (isReading) return;
    isReading = true;
    setTimeout(() => {
      isReading = false;
      void tree.refresh();
    }, TREE_DELAY_MS);
  });
  const terminal = new TerminalPanel(element('terminal'), container);
  terminal.focus();
}

const status = element('status');
start(status).catch((error: unknown) => {
  status.dataset['state'] = 'failed';
  status.textContent = error instanceof Error ? error.message : String(error);
});

// After one load the page works without its server: see offline-worker.ts.
navigator.serviceWorker.register('../offline-worker.js', { scope: '../' }).catch(() => undefined);
