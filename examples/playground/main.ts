import './style.css';
import {
  type BootOptions,
  inspectHost,
  OpenAgentsContainer,
  prepareStaticHost,
} from '../../container-api/index.ts';
import { Editor } from './editor.ts';
import { FileManager } from './file-manager.ts';
import { FileTree } from './file-tree.ts';
import { farewell, keepShellNames, takeFormerShells } from './former-shells.ts';
import { Panes } from './panes.ts';
import { PreviewPane } from './preview.ts';
import { RuntimeBar } from './runtime-bar.ts';
import { FIRST_FILE, sampleProject } from './sample-project.ts';
import { TerminalPanel } from './terminal-panel.ts';

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Changes come in bursts: the tree is read once for each. */
const TREE_DELAY_MS = 100;
const STORE = 'playground';
const WELCOME =
  'Node.js runs in this page. Try \u001b[1mnode hello.js\u001b[0m, or \u001b[1mls\u001b[0m.\r\n\r\n';

const STATE_TEXT = { saved: 'saved', editing: '…', failed: 'not saved' };

interface Booted {
  container: OpenAgentsContainer;
  /** Files are there again after the page was closed. */
  isKept: boolean;
  /** Why they are not. */
  reason?: string;
}

/** `npm start` and `oac serve` lend the way of this machine's npm to its registry; other hosts do not. */
async function registryOfServer(): Promise<Pick<BootOptions, 'registry' | 'corsProxy'>> {
  const from = new URL('../registry', document.baseURI);
  const answer = await fetch(from, { cache: 'no-store' }).catch(() => undefined);
  if (answer?.ok !== true || !URL.canParse(await answer.text())) return {};
  return { registry: { from }, corsProxy: new URL('../relay?url=', document.baseURI).href };
}

/** With the files of last time; without them where the browser keeps nothing, or another tab has them. */
async function boot(): Promise<Booted> {
  const options = { workdirName: 'project', ...(await registryOfServer()) };
  if (new URLSearchParams(location.search).has('forget'))
    return { container: await OpenAgentsContainer.boot(options), isKept: false, reason: 'as asked' };
  try {
    return { container: await OpenAgentsContainer.boot({ ...options, persist: STORE }), isKept: true };
  } catch (error) {
    const { code } = error as { code?: string };
    const reason =
      code === 'ERR_STORE_BUSY'
        ? 'another tab has them'
        : error instanceof Error
          ? error.message
          : String(error);
    return { container: await OpenAgentsContainer.boot(options), isKept: false, reason };
  }
}

function openFiles(
  container: OpenAgentsContainer,
  panes: Panes,
): {
  tree: FileTree;
  editor: Editor;
  close(path: string, renamedTo?: string): void;
  /** By its absolute path. */
  show(path: string): Promise<void>;
} {
  const [name, state] = [element('tab-name'), element('tab-state')];
  let shown: string | undefined;
  const editor = new Editor(
    element('editor'),
    (path, text) => container.fs.writeFile(path, text),
    (next) => (state.textContent = STATE_TEXT[next]),
  );
  const open = async (path: string): Promise<void> => {
    const text = await container.fs.readFile(path, 'utf-8');
    await editor.open(path, text);
    shown = path;
    name.textContent = path;
    state.textContent = '';
    element('editor-pane').dataset['empty'] = 'false';
    panes.show('editor');
  };
  const tree: FileTree = new FileTree(element('tree'), container, {
    open: (path) => void open(path).catch((error: Error) => (state.textContent = error.message)),
    select: (selected) => manager.selected(selected),
  });
  const close = (path: string, renamedTo?: string): void => {
    if (shown === undefined || (shown !== path && !shown.startsWith(`${path}/`))) return;
    if (renamedTo !== undefined) return void open(renamedTo + shown.slice(path.length));
    shown = undefined;
    editor.close();
    name.textContent = 'No file is open';
    state.textContent = '';
    element('editor-pane').dataset['empty'] = 'true';
  };
  const manager = new FileManager(element('files-bar'), element('files'), {
    container,
    tree,
    open: (path) => void open(path).then(() => editor.focus()),
    settle: () => editor.flush(),
    gone: close,
    report: (text) => (element('status').textContent = text),
  });
  // `edit file` in a terminal shows it here.
  const show = async (path: string): Promise<void> => {
    const file = path.startsWith(`${container.workdir}/`) ? path.slice(container.workdir.length + 1) : path;
    await open(file);
    if (file !== path) await tree.reveal({ path: file, isFolder: false });
  };
  container.actions.handle({ edit: show });
  return { tree, editor, close, show };
}

async function start(status: HTMLElement): Promise<void> {
  const begin = performance.now();
  const { container, isKept, reason } = await boot();
  const bootMs = Math.round(performance.now() - begin);
  const kept = isKept ? 'files are kept in this browser' : `files are not kept: ${reason}`;
  status.textContent = `Booted in ${bootMs} ms · ${kept}`;
  const before = await container.fs.readdir('.');
  if (before.length === 0) await container.mount(sampleProject);

  const [main] = document.getElementsByTagName('main');
  const panes = new Panes(element('panes'), main ?? document.body);
  const preview = new PreviewPane(element('preview'), container, (isShown) => {
    panes.setAvailable('preview', isShown);
    if (isShown) panes.show('preview');
  });
  const { tree, editor, show } = openFiles(container, panes);
  await tree.refresh();
  const names = await container.fs.readdir('.');
  if (names.includes(FIRST_FILE)) {
    await tree.reveal({ path: FIRST_FILE, isFolder: false });
    element('tree').querySelector<HTMLElement>('[aria-current="true"]')?.click();
  }
  // Programs read what was typed here: it is saved when the focus leaves, not only after a pause.
  element('editor').addEventListener('focusout', () => void editor.flush());

  const openLink = (url: string, waits = false): void => {
    if (!preview.showAddress(url, waits)) window.open(url, '_blank', 'noopener');
  };
  container.on('xdg-open', (target) => {
    if (URL.canParse(target)) openLink(target, true);
    else void show(target);
  });
  container.on('code', (_action, { files }) => {
    const last = files.at(-1);
    if (last !== undefined) void show(last.filepath);
  });
  const terminals = new TerminalPanel(element('terminal'), container, {
    greeting: farewell(takeFormerShells(), isKept) + WELCOME,
    openLink: (url) => openLink(url),
  });
  container.on('terminal', ({ command, cwd }) => terminals.open({ command, cwd }));
  const runtime = new RuntimeBar(element('runtime-bar'), {
    container,
    openShell: () => terminals.open({ command: ['/usr/bin/rshell'], name: 'runtime' }),
    mark: (marks) => tree.mark(marks),
  });
  watchFiles(container, tree, runtime);
  window.addEventListener('pagehide', () => keepShellNames(terminals.names));
  terminals.focus();
}

function watchFiles(container: OpenAgentsContainer, tree: FileTree, runtime: RuntimeBar): void {
  let isReading = false;
  container.fs.watch('.', { recursive: true }, () => {
    if (isReading) return;
    isReading = true;
    setTimeout(() => {
      isReading = false;
      void tree.refresh();
      runtime.filesChanged();
    }, TREE_DELAY_MS);
  });
}

/** Where the host does not send the headers, and its service worker can. */
const WORKER = new URL('../offline-worker.js', document.baseURI);

async function open(status: HTMLElement): Promise<void> {
  if (!globalThis.crossOriginIsolated) await prepareStaticHost({ worker: WORKER });
  await start(status);
  const { missing } = await inspectHost();
  status.title = [status.title, ...missing].filter((text) => text !== '').join('\n');
}

const status = element('status');
open(status).catch((error: unknown) => {
  status.dataset['state'] = 'failed';
  status.textContent = error instanceof Error ? error.message : String(error);
});

// After one load the page works without its server: see offline-worker.ts.
navigator.serviceWorker?.register(WORKER, { scope: '../' }).catch(() => undefined);
